"""Deciding over a proposal: whether it can still be done, and doing it."""

from bot.feature import Turn
from bot.messages import Phrase
from bot.operations import airing, charge, filling, proposing
from storage import approvals, livestreams, programme, proposals
from storage.programme import NewClass
from storage.proposals import WAITING, Entry, Proposal


async def fault(turn: Turn, entry: Entry) -> Phrase | None:
    """Say why a proposal cannot be approved any more; None if it can."""
    if entry.starts_at is None:
        return None
    if entry.starts_at <= turn.now:
        return Phrase("deciding.over")
    if entry.livestream is not None:
        livestream = await livestreams.of(turn.db, entry.livestream)
        if livestream is None or not airing.may_change(livestream, turn.now):
            return Phrase("deciding.class_closed")
    return Phrase("deciding.taken") if await filling.is_taken(turn, entry) else None


async def must_be_another(turn: Turn, proposal: Proposal) -> bool:
    """Say whether somebody else has to answer: whoever asked does not, if there is another."""
    is_own = proposal.asked_by == turn.person.citizen
    return turn.campaign.pushes.second_person and is_own and await charge.colleagues(turn) > 0


async def settle(turn: Turn, proposal: Proposal, state: str, *, reason: str | None = None) -> bool:
    """Answer a proposal; False if somebody else did, or it was taken back or sent anew."""
    held = await proposals.hold(turn.db, proposal.id)
    asked = await approvals.of(turn.db, proposing.matter(turn, proposal.id))
    if held is None or held.state != WAITING:
        return False
    if asked is None or asked.digest != proposing.digest(held.entry):
        return False
    me = turn.person.citizen
    if not await approvals.decide(
        turn.db, asked.id, state=state, by=me, reason=reason, at=turn.now
    ):
        return False
    return await proposals.move(turn.db, proposal.id, was=[WAITING], state=state)


async def carry_out(turn: Turn, proposal: Proposal) -> int | None:
    """Put an approved class on the programme, or change it; return which. A plan is only noted."""
    entry = proposal.entry
    if entry.starts_at is None or entry.minutes is None:
        return None
    new = NewClass(
        entry.topic,
        entry.starts_at,
        entry.minutes,
        entry.lecturer,
        entry.summary,
        entry.address,
        entry.unit,
    )
    if entry.livestream is None:
        livestream = await programme.add(turn.db, turn.campaign_id, new, at=turn.now)
        await proposals.became(turn.db, proposal.id, livestream)
        return livestream
    known = await livestreams.of(turn.db, entry.livestream)
    if known is not None:
        await programme.change(turn.db, known, new)
    return entry.livestream
