"""Slow work as whoever asked for it sees it: begun, on its way, done, or failed."""

from collections.abc import Mapping
from typing import Any

from bot.feature import Feature, Turn, button, say
from bot.messages import Phrase, Refusal, Reply, Rows
from bot.rules import taps
from storage import jobs
from storage.jobs import Job, Wish

BUSY = frozenset({jobs.WAITING, jobs.RUNNING})


async def ask(turn: Turn, kind: str, **params: Any) -> int:
    """Ask for work in the person's language and return its number; a message asks once."""
    once = f"{kind}:{turn.cause}"
    number = await ask_once(turn, kind, once, **params)
    if number is None:  # the message came again, by another way than the kept reply
        known = await jobs.asked_once(turn.db, once)
        return known.id if known else 0
    return number


async def ask_once(turn: Turn, kind: str, once: str, /, **params: Any) -> int | None:
    """Ask for work under a key of its own; None if it was asked for before."""
    account, language = turn.account, turn.person.language or turn.incoming.language
    wish = Wish(
        turn.campaign_id,
        turn.person.citizen,
        account.channel,
        account.sender,
        kind=kind,
        params={**params, "language": language},
    )
    return await jobs.ask(turn.db, wish, once=once, at=turn.system_now)


async def same(turn: Turn, kind: str, told: Mapping[str, Any]) -> Job | None:
    """Return the last work of a kind this person asked for, if it was asked for with the same."""
    latest = await jobs.latest(turn.db, turn.person.citizen, kind)
    if latest is None or any(latest.params.get(name) != told[name] for name in told):
        return None
    return latest


def look(target: str, job: int) -> Rows:
    """Return the button that asks how far a piece of work is."""
    return ((button(f"{target}:{job}", Phrase("waiting.look")),),)


def refused(job: Job, buttons: Rows, *, files: bool = False) -> Reply:
    """Say why a piece of work came to nothing, as it told itself."""
    key, params = job.result["refused"]
    return Reply(key, params, buttons, files=files)


async def answer(turn: Turn, feature: Feature, target: str) -> Reply:
    """Say how far a piece of work is, or what it came to.

    Raises:
        Refusal: there is none, or it is not this person's, or not any more.

    """
    job = await jobs.of(turn.db, taps.number(turn.argument), turn.person.citizen)
    told = {slow.kind: slow for slow in feature.slow}
    if job is None or job.kind not in told:
        raise Refusal("waiting.gone")
    if job.state in BUSY:
        return say(
            "waiting.text", percent=job.progress, buttons=look(target, job.id), replaces=True
        )
    if job.state != jobs.DONE:
        return Reply(told[job.kind].failed)
    if not told[job.kind].gives(turn.duties, job):
        raise Refusal("errors.not_allowed")
    return told[job.kind].ready(job)
