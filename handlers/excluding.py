"""Excluding a candidate from a draft, for a reason, and taking it back."""

from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import auditing, choosing, contending
from bot.rules import orders
from bot.rules.corrections import REASON_MAX
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from bot.rules.selection import READER, UNIT
from storage import dialogs, places, selections
from storage.candidates import Kept
from storage.places import Act, Whom
from storage.selections import DRAFT, Selection

feature = Feature("excluding")

ASKED_FOR = timedelta(minutes=30)


@feature.on(tap="excluding.out", work=Work.WRITES, right=Right.SELECTION)
async def ask(turn: Turn) -> Reply:
    """Ask why somebody shall stand on no list."""
    found = await choosing.at_hand(turn, DRAFT)
    kept = await choosing.candidate(turn, found, turn.argument)
    target = f"excluding.why:{choosing.ref(kept)}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)
    cancel = button(f"contenders.one:{choosing.ref(kept)}", Phrase("buttons.cancel"))
    return say("excluding.ask", longest=REASON_MAX, buttons=((cancel,),))


@feature.on(tap="excluding.why", work=Work.WRITES, right=Right.SELECTION)
async def exclude(turn: Turn) -> Reply:
    """Exclude somebody from a draft; whoever confirmed it before has to do so again."""
    which, _, words = turn.argument.partition(":")
    found = await choosing.at_hand(turn, DRAFT, lock=True)
    kept = await choosing.candidate(turn, found, which)
    reason = orders.reason(words)
    if isinstance(reason, Wrong):
        raise Refusal("excluding.wrong_reason", longest=REASON_MAX)
    me = turn.person.citizen
    await dialogs.answered(turn.db, me)
    if await places.exclude(turn.db, _whom(found, kept), Act(me, reason, turn.now)):
        await _note(turn, found, kept, act="selection_excluded", reason=reason)
    return await contending.page(turn, await choosing.at_hand(turn, DRAFT), kept)


@feature.on(tap="excluding.back", work=Work.WRITES, right=Right.SELECTION)
async def include(turn: Turn) -> Reply:
    """Take an exclusion back."""
    found = await choosing.at_hand(turn, DRAFT, lock=True)
    kept = await choosing.candidate(turn, found, turn.argument)
    whom, me = _whom(found, kept), turn.person.citizen
    if await places.include(turn.db, whom, by=me, at=turn.now):
        await _note(turn, found, kept, act="selection_included", reason="")
    return await contending.page(turn, await choosing.at_hand(turn, DRAFT), kept)


def _whom(found: Selection, kept: Kept) -> Whom:
    return Whom(found.id, UNIT if kept.unit else READER, kept.number)


async def _note(turn: Turn, found: Selection, kept: Kept, *, act: str, reason: str) -> None:
    await selections.revise(turn.db, found.id)
    subject = choosing.ref(kept)
    await auditing.note(turn, act, subject, selection=found.id, reason=reason)
