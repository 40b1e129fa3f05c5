"""Handing a reward out for a voucher's code: by a desk that is in charge of a place, exactly once.

Both the chat and the page that a scanned code opens ask here. Whoever guesses codes hears the same,
after the same work, of one that nobody has and of one that is for another desk.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.feature import Kind, Turn
from bot.operations import auditing, pushing, redeeming
from bot.rules.rewards import Place, State
from bot.rules.rights import Right
from storage import rewards, vouchers
from storage.rewards import Reward
from storage.vouchers import Voucher


class Answer(StrEnum):
    """What a desk is told of a code."""

    READY = "ready"
    HANDED = "handed"  # by this very message
    USED = "used"  # before, or by another desk at the same moment
    ENDED = "ended"  # cancelled, or nobody came in time
    WRONG = "wrong"  # nobody's, or not for this desk
    LOCKED = "locked"  # too many wrong ones; this one was not looked at


@dataclass(frozen=True, slots=True)
class Shown:
    """What a desk sees: the voucher, its reward, and the places this person may hand it out at.

    `left` are the tries that are left after a wrong code, `until` is when they come back (system
    time). Each place has its number in the reward's list.
    """

    answer: Answer
    voucher: Voucher | None = None
    reward: Reward | None = None
    places: tuple[tuple[int, Place], ...] = ()
    left: int = 0
    until: datetime | None = None


async def look(turn: Turn, code: str) -> Shown:
    """Look a code up; a wrong one uses up one of this person's tries. Needs a writing turn."""
    me = turn.person.citizen
    left = await vouchers.take_try(turn.db, me, at=turn.system_now)
    if left is None:
        return Shown(Answer.LOCKED, until=await vouchers.free_at(turn.db, me))
    hashed = redeeming.hashed(turn.secret, code)
    voucher = await vouchers.coded(turn.db, turn.campaign_id, hashed)
    shown = await _shown(turn, voucher)
    if shown.answer is Answer.WRONG:
        if not left:
            await auditing.note(turn, "voucher_guessed", "")
        return Shown(Answer.WRONG, left=left, until=await vouchers.free_at(turn.db, me))
    await vouchers.give_try_back(turn.db, me)
    return shown


async def hand_out(turn: Turn, number: int, place: int, *, told: Kind) -> Shown:
    """Hand a reward out at a place, by its number in the reward's list, and tell its holder.

    However many desks do so at once, one has handed it out and the others see when and where.
    Needs a writing turn.
    """
    shown = await _shown(turn, (await vouchers.of(turn.db, [number])).get(number))
    here = dict(shown.places).get(place)
    if shown.answer is not Answer.READY or shown.voucher is None or shown.reward is None:
        return shown
    if here is None:  # the places were changed, or the duty was revoked
        return Shown(Answer.WRONG)
    by, title = turn.person.citizen, shown.reward.offer.title
    if not await vouchers.hand_out(turn.db, number, place=here.name, by=by, at=turn.now):
        return await _shown(turn, (await vouchers.of(turn.db, [number])).get(number))
    await auditing.note(turn, "handed_out", title, voucher=number, place=here.name)
    content = {"citizens": [shown.voucher.citizen], "voucher": number}
    await pushing.push(turn, told, once=f"voucher:{number}:handed", content=content)
    after = (await vouchers.of(turn.db, [number])).get(number)
    return Shown(Answer.HANDED, after, shown.reward, shown.places)


async def _shown(turn: Turn, voucher: Voucher | None) -> Shown:
    """Say how a voucher stands at this desk; the same statements, whichever it is."""
    reward = await rewards.of(turn.db, voucher.reward if voucher else 0)
    listed = reward.offer.places if reward else ()
    reach = turn.reach(Right.VERIFY)
    places = tuple(
        (n, each)
        for n, each in enumerate(listed)
        if reach.everything or (each.unit and reach.covers(each.unit))
    )
    if voucher is None or voucher.campaign != turn.campaign_id or not places:
        return Shown(Answer.WRONG)
    match redeeming.standing(voucher, turn.campaign.day(turn.now)):
        case State.OPEN:
            answer = Answer.READY
        case State.USED:
            answer = Answer.USED
        case _:
            answer = Answer.ENDED
    return Shown(answer, voucher, reward, places)
