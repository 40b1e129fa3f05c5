"""What a file that was sent would do, and what it did, as its sender is told."""

from collections.abc import Mapping
from typing import Any

from bot.feature import button
from bot.messages import Lines, Param, Phrase, Reply, Rows
from storage.jobs import Job

Result = Mapping[str, Any]


def preview(job: Job) -> Reply:
    """Say what a file is, which of its rows are good and which are not, and ask."""
    result, name = job.result, str(job.params["name"])
    if "refused" in result:
        return _refused(name, result)
    new = bool(result["added"] or result["changed"])
    ask = Phrase("imports.ask") if new else Phrase("imports.nothing_new")
    return Reply(
        "imports.preview",
        {
            "file": name,
            "kind": Phrase(f"imports.kind_{result['kind']}"),
            **{key: int(result[key]) for key in ("rows", "added", "changed", "unchanged")},
            "bad": _bad(result),
            "ignored": _ignored(result),
            "ask": ask if result["rows"] else Phrase("imports.no_rows"),
        },
        _choice(job) if new else ((button("imports"), button("menu")),),
        job=job.id,
    )


def taken(job: Job) -> Reply:
    """Say what taking a file over came to."""
    result, name = job.result, str(job.params["name"])
    if "refused" in result:
        return _refused(name, result)
    counts = {key: int(result[key]) for key in ("added", "changed", "unchanged")}
    kind = Phrase(f"imports.kind_{result['kind']}")
    buttons = ((button("imports"), button("menu")),)
    return Reply("imports.taken", {"file": name, "kind": kind, **counts}, buttons)


def _refused(name: str, result: Result) -> Reply:
    key, params = result["refused"]
    reason = Phrase(key, params)
    again = ((button("imports"), button("menu")),)
    return Reply("imports.refused", {"file": name, "reason": reason}, again, files=True)


def _choice(job: Job) -> Rows:
    take = button(f"imports.take:{job.id}", Phrase("buttons.confirm"))
    return ((take, button(f"imports.drop:{job.id}", Phrase("buttons.cancel"))),)


def _bad(result: Result) -> Param:
    bad, shown = int(result["bad"]), result["problems"]
    if not bad:
        return ""
    lines = tuple(
        Phrase("imports.problem", {"line": line, "reason": Phrase(key, params)})
        for line, key, params in shown
    )
    more = bad - len(lines)
    rest = Phrase("imports.more", {"more": more}) if more else ""
    return Phrase("imports.bad", {"bad": bad, "lines": Lines(lines), "more": rest})


def _ignored(result: Result) -> Param:
    names = ", ".join(result["ignored"])
    return Phrase("imports.ignored", {"names": names}) if names else ""
