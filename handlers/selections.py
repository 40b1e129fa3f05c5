"""评选: how far the selection is, and what can be done next; taking the snapshot."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Lines, Phrase, Reply, Rows
from bot.operations import auditing, charge, choosing, scoring, waiting
from bot.rules import calendar
from bot.rules.rights import Right
from storage import disputes, jobs, profiles, selections
from storage.jobs import Job
from storage.selections import CONFIRMED, DRAFT, FINAL, PUBLISHED, Selection

feature = Feature("selections")

JOB = "selection"


@feature.on(command="selection", words=["评选"], tap="selections", right=Right.SELECTION)
async def status(turn: Turn) -> Reply:
    """Say how far it is, list by list, and offer what comes next."""
    found = await selections.current(turn.db, turn.campaign_id)
    if found is None and await jobs.is_under_way(turn.db, turn.campaign_id, JOB):
        again = button("selections", Phrase("waiting.look"))
        return say("selections.under_way", buttons=((again,), (button("roles"), button("menu"))))
    if found is None:
        take = button("selections.take", Phrase("selections.take"))
        return say("selections.none", buttons=((take,), (button("roles"), button("menu"))))
    lists = tuple(
        Phrase(
            "selections.list",
            {
                "name": scoring.called(award),
                "size": award.rule.size,
                "reserve": award.rule.reserve,
            },
        )
        for award in found.awards
    )
    return say(
        "selections.text",
        state=await _state(turn, found),
        at=found.as_of,
        readers=found.readers,
        units=found.units,
        version=found.rule_version,
        lists=Lines(lists),
        digest=Phrase("selections.digest", {"digest": found.digest}) if found.digest else "",
        buttons=_ways(found),
    )


async def _state(turn: Turn, found: Selection) -> Phrase:
    objections = await disputes.count_open(
        turn.db, turn.campaign_id, about=f"{disputes.OF_SELECTION}{found.id}"
    )
    state = "sealed" if found.state == DRAFT and found.digest else found.state
    last = found.objections_until
    return Phrase(
        f"selections.is_{state}",
        {
            "by": await _number(turn, found.sealed_by),
            "second": await _number(turn, found.confirmed_by),
            "last": "" if last is None else last - calendar.ONE_DAY,
            "open": objections,
        },
    )


async def _number(turn: Turn, citizen: int | None) -> str:
    shown = await profiles.shown(turn.db, citizen) if citizen else None
    return shown.number if shown else ""


def _ways(found: Selection) -> Rows:
    lists = (
        button(f"contenders:{n}", scoring.called(award)) for n, award in enumerate(found.awards)
    )
    ways: list[Button] = []
    if found.state == DRAFT:
        ways += [button("whatif", Phrase("whatif.name")), button("sealing", Phrase("sealing.name"))]
    if found.state == CONFIRMED:
        ways.append(button("publishing", Phrase("publishing.name")))
    if found.state == PUBLISHED:
        ways += [button("rulings"), button("publishing.finish", Phrase("publishing.finish"))]
    ways.append(button("exports:selection", Phrase("selections.export")))
    if not found.is_out:
        ways.append(button("selections.take", Phrase("selections.again")))
    return (*rows(lists), *rows(ways), (button("roles"), button("menu")))


@feature.on(tap="selections.take", right=Right.SELECTION)
async def take(turn: Turn) -> Reply:
    """Say what a snapshot would hold and replace, and ask."""
    found = await selections.current(turn.db, turn.campaign_id)
    if found is not None and found.state in {PUBLISHED, FINAL}:
        return say("selections.out", buttons=choosing.back())
    confirm = button(turn.confirming("selections.taken"), Phrase("buttons.confirm"))
    cancel = button("selections", Phrase("buttons.cancel"))
    early = choosing.scores_until(turn)
    alone = not await charge.colleagues(turn)
    return say(
        "selections.ask",
        at=turn.now,
        before=Phrase("selections.replaces", {"at": found.as_of}) if found else "",
        early=Phrase("selections.early", early.params) if early else "",
        alone=Phrase("sealing.alone") if alone else "",
        buttons=((confirm, cancel),),
    )


@feature.on(tap="selections.taken", work=Work.WRITES, right=Right.SELECTION)
async def taken(turn: Turn) -> Reply:
    """Ask for the snapshot; it is taken beside the answering."""
    turn.confirmed("selections.taken")
    job = await waiting.ask(turn, JOB, at=turn.now.isoformat())
    await auditing.note(turn, "selection_asked", str(job))
    return say("selections.begun", buttons=waiting.look("selections.look", job))


@feature.on(tap="selections.look", right=Right.SELECTION)
async def look(turn: Turn) -> Reply:
    """Say how far the snapshot is."""
    return await waiting.answer(turn, feature, "selections.look")


@feature.work(JOB, failed="selections.failed", right=Right.SELECTION, heavy=True)
def ready(job: Job) -> Reply:
    """Say that the snapshot is taken."""
    if "refused" in job.result:
        return waiting.refused(job, choosing.back())
    counts = {name: int(job.result[name]) for name in ("readers", "units")}
    return Reply("selections.ready", counts, choosing.back())
