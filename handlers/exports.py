"""导出: what is known as a workbook, of everything or of the own units."""

from typing import NamedTuple

from bot.exporting import OFFERED, SELECTION
from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Refusal, Reply, normal
from bot.operations import auditing, waiting
from bot.rules.rights import Right
from storage.jobs import Job

feature = Feature("exports")


class Called(NamedTuple):
    """What a report is asked for by, beside its own name."""

    report: str
    words: tuple[str, ...]


CALLED = (
    Called("participants", words=("参与者", "参与人员", "名单")),
    Called("ledger", words=("明细", "积分明细")),
    Called("units", words=("单位", "团队")),
    Called("standings", words=("榜单", "周榜", "排行")),
    Called("livestreams", words=("直播",)),
    Called("rewards", words=("兑换", "奖品", "核销")),
    Called("unreached", words=("未送达", "没收到")),
    Called("selection", words=("评选",)),
    Called("plans", words=("计划", "直播计划", "申报")),
)
NAMES = {word: each.report for each in CALLED for word in (each.report, *each.words)}


@feature.on(
    command="export",
    words=["导出"],
    tap="exports",
    work=Work.WRITES,
    right=Right.EXPORT,
    takes=True,
)
async def export(turn: Turn) -> Reply:
    """Begin an export, or say which there are."""
    if not turn.argument:
        return _offer(turn)
    what = NAMES.get(normal(turn.argument))
    if what is None:
        raise Refusal("exports.unknown", what=turn.argument[:40])
    reach = turn.reach(Right.EXPORT)
    if what not in _offered(turn):
        raise Refusal("errors.not_allowed")
    units = None if reach.everything else list(reach.units)
    told = {"what": what, "units": units}
    same = await waiting.same(turn, "export", told)
    if same is not None and same.state in waiting.BUSY:  # tapped again while it is on its way
        return _begun(what, same.id)
    job = await waiting.ask(turn, "export", **told, at=turn.now.isoformat())
    await auditing.note(turn, "exported", what, units=units)
    return _begun(what, job)


def _begun(what: str, job: int) -> Reply:
    return say("exports.begun", what=_name(what), buttons=waiting.look("exports.look", job))


def _offer(turn: Turn) -> Reply:
    reports = [
        Phrase("exports.line", {"what": _name(what), "about": Phrase(f"exports.about_{what}")})
        for what in _offered(turn)
    ]
    everything = turn.reach(Right.EXPORT).everything
    return say(
        "exports.text",
        reports=Lines(tuple(reports)),
        scope=Phrase("exports.all" if everything else "exports.own"),
        buttons=(
            *rows((button(f"exports:{what}", _name(what)) for what in _offered(turn)), wide=2),
            (button("roles"), button("menu")),
        ),
    )


def _offered(turn: Turn) -> list[str]:
    """Return the reports this person may have; the selection is of everybody."""
    everything = turn.reach(Right.EXPORT).everything
    return [what for what in OFFERED if everything or what != SELECTION]


def _name(what: str) -> Phrase:
    return Phrase(f"exports.name_{what}")


@feature.on(tap="exports.look", right=Right.EXPORT)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or hand it out."""
    return await waiting.answer(turn, feature, "exports.look")


@feature.work("export", failed="exports.failed", right=Right.EXPORT, heavy=True)
def ready(job: Job) -> Reply:
    """Hand an export out."""
    what = str(job.params["what"])
    again = ((button(f"exports:{what}", Phrase("exports.again")), button("exports")),)
    if "refused" in job.result:
        return waiting.refused(job, ((button("roles"), button("menu")),))
    told: dict[str, Param] = {"what": _name(what), "rows": int(job.result["rows"])}
    return Reply("exports.ready", told, again, job=job.id)
