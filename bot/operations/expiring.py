"""Vouchers that nobody picked up: their points and the stock come back, each once."""

from collections.abc import Sequence

from bot.booking import Booking, Terms
from bot.feature import Tick
from bot.rules.rewards import State, Verdict
from bot.spending import Return
from storage import vouchers
from storage.vouchers import Voucher

AT_ONCE = 200


async def due(tick: Tick) -> list[Voucher]:
    """Return some of the vouchers whose last day is over."""
    return await vouchers.due(tick.db, tick.campaign_id, tick.today, most=AT_ONCE)


async def give_back(tick: Tick, found: Sequence[Voucher]) -> list[Voucher]:
    """Give them back in the bell's transaction, as the till would, and return which went back.

    Whoever somebody else holds, and whoever has several, gets the rest when it rings again.
    """
    terms = Terms(tick.campaign, tick.campaign_id, frozenset(), tick.system_now)
    booking = Booking(terms)
    acts = [_act(tick, voucher) for voucher in found]
    await booking.read(tick.db, acts)
    went = []
    for voucher, act in zip(found, acts, strict=True):
        if booking.held(act) or booking.crowded(act):
            continue
        spent = booking.decide(act)
        if spent is not None and spent.verdict is Verdict.BOOKED:
            went.append(voucher)
    await booking.write(tick.db)
    return went


def _act(tick: Tick, voucher: Voucher) -> Return:
    return Return(
        voucher.citizen,
        voucher.id,
        State.EXPIRED,
        cause=f"expired:{voucher.id}",
        day=tick.today,
        acted_at=tick.now,
    )
