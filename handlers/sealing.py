"""Confirming a selection, by two: the first has the lists drawn up, the second agrees to them."""

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, charge, choosing, waiting
from bot.rules import calendar
from bot.rules.rights import Right
from storage import citizens, selections
from storage.jobs import Job
from storage.selections import DRAFT, Selection

feature = Feature("sealing")

JOB = "selection_seal"


@feature.on(tap="sealing", right=Right.SELECTION)
async def confirming(turn: Turn) -> Reply:
    """Offer the next of the two confirmations, to whom it is for."""
    found = await choosing.at_hand(turn, DRAFT)
    cancel = button("selections", Phrase("buttons.cancel"))
    if found.digest is None:
        _is_complete(turn, found)
        alone = not await charge.colleagues(turn)
        begin = f"sealing.begin:{choosing.stamp(found)}"
        confirm = button(turn.confirming(begin), Phrase("buttons.confirm"))
        return say(
            "sealing.first",
            at=found.as_of,
            alone=Phrase("sealing.alone") if alone else "",
            buttons=((confirm, cancel),),
        )
    by = await citizens.number(turn.db, found.sealed_by or 0)
    if found.sealed_by == turn.person.citizen:
        alone = not await charge.colleagues(turn)
        return say(
            "sealing.yours",
            digest=found.digest,
            alone=Phrase("sealing.alone") if alone else "",
            buttons=choosing.back(),
        )
    agree = f"sealing.agree:{choosing.stamp(found)}.{found.digest[:8]}"
    confirm = button(turn.confirming(agree), Phrase("buttons.confirm"))
    return say(
        "sealing.second",
        by=by,
        at=found.as_of,
        digest=found.digest,
        buttons=((confirm, cancel),),
    )


def _is_complete(turn: Turn, found: Selection) -> None:
    """Refuse a snapshot that was taken while points were still earned."""
    _, until = calendar.scoring(turn.campaign.spans)
    if turn.campaign.day(found.as_of) < until:
        raise Refusal("sealing.too_early", day=until)


@feature.on(tap="sealing.begin", work=Work.WRITES, right=Right.SELECTION)
async def begin(turn: Turn) -> Reply:
    """Have the lists drawn up, beside the answering."""
    found = await choosing.same(turn, turn.confirmed("sealing.begin"), DRAFT)
    _is_complete(turn, found)
    job = await waiting.ask(
        turn, JOB, selection=found.id, revision=found.revision, at=turn.now.isoformat()
    )
    await auditing.note(turn, "selection_asked", str(job), selection=found.id)
    return say("sealing.begun", buttons=waiting.look("sealing.look", job))


@feature.on(tap="sealing.look", right=Right.SELECTION)
async def look(turn: Turn) -> Reply:
    """Say how far it is, or hand the document out."""
    return await waiting.answer(turn, feature, "sealing.look")


@feature.work(JOB, failed="sealing.failed", right=Right.SELECTION, heavy=True)
def ready(job: Job) -> Reply:
    """Hand the document out, with its digest."""
    if "refused" in job.result:
        return waiting.refused(job, choosing.back())
    params = {"digest": str(job.result["digest"])}
    return Reply("sealing.ready", params, choosing.back(), job=job.id)


@feature.on(tap="sealing.agree", work=Work.WRITES, right=Right.SELECTION)
async def agree(turn: Turn) -> Reply:
    """Confirm, as the second person, exactly what was shown."""
    stamp, _, digest = turn.confirmed("sealing.agree").rpartition(".")
    found = await choosing.same(turn, stamp, DRAFT)
    if found.digest is None or found.digest[:8] != digest:
        raise Refusal("sealing.changed")
    me = turn.person.citizen
    if not await selections.confirm(turn.db, found.id, digest=found.digest, by=me, at=turn.now):
        raise Refusal("sealing.not_by_first")
    await choosing.moved(turn, found, act="selection_confirmed", what="confirmed")
    publish = button("publishing", Phrase("publishing.name"))
    return say("sealing.confirmed", digest=found.digest, buttons=((publish,), *choosing.back()))
