"""S16: redeeming under a steady crowd, as whole turns: page, confirm, voucher with its picture."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from sqlalchemy import insert, text

from bot.messages import Incoming, Rendered, Tap
from bot.rules.rewards import Offer, Place
from bot.till import Till
from storage import rewards
from storage.db import Db
from storage.rewards import DELIVERED, Move
from storage.totals import TotalsRow
from tests.bench.figures import Figure
from tests.bench.town import ROWS_AT_ONCE, SEED, START, Town, dispatcher_of, towns

CITIZENS = 2000
REWARDS, STOCK, PRICE = 5, 10_000, 5
TURNS, A_SECOND = 1000, 100
GATE_MS = 300
LINE = """
INSERT INTO ledger (citizen, campaign, line, kind, points, net, day, once, cause, acted_at,
                    recorded_at)
SELECT id, {campaign}, 1, 'adjustment', 100, 100, '{day}', 'bench', 'bench', {at}, {at}
  FROM citizens
"""

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Measure on both databases."""
    figures = []
    async with towns(CITIZENS, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S16 {kind}: filling")
            offered = await _fill(town)
            tell(f"S16 {kind}: redeeming")
            figures.append(await _measure(town, offered))
    return figures


async def _fill(town: Town) -> list[int]:
    """Give everybody points, and offer some rewards with stock for all."""
    at = "'2022-05-01 01:00:00.000000'"
    if not town.database.is_sqlite:
        at = "TIMESTAMPTZ '2022-05-01 01:00:00+00'"
    day = town.campaign.day(START)
    totals = [
        {
            "citizen": citizen, "campaign": town.campaign_id, "lines": 1, "earned": 0,
            "balance": 100, "debt": 0, "visits": b"", "town": None, "haste": 0, "visit_days": 0,
            "finished": 0, "lives": 0, "erased": False, "first_day": None, "back_day": None,
        }
        for citizen in range(1, CITIZENS + 1)
    ]  # fmt: skip
    async with town.database.transaction() as db:
        await db.execute(text(LINE.format(campaign=town.campaign_id, day=day, at=at)))
        for first in range(0, len(totals), ROWS_AT_ONCE):
            await db.execute(insert(TotalsRow), totals[first : first + ROWS_AT_ONCE])
        offered = [await _offer(town, db, n) for n in range(REWARDS)]
    async with town.database.transaction() as db:
        await db.execute(text("ANALYZE"))
    return offered


async def _offer(town: Town, db: Db, n: int) -> int:
    window = (town.campaign.start, town.campaign.last_day)
    offer = Offer(f"reward {n}", "", PRICE, 1, *window, 30, (Place("desk"),))
    made = await rewards.add(db, town.campaign_id, offer, at=START)
    await rewards.move(db, [Move(made, STOCK, DELIVERED, "bench")], at=START)
    return made


async def _measure(town: Town, offered: Sequence[int]) -> Figure:
    """Let people look at a reward and confirm it, so many a second, and time the confirming."""
    till = Till(town.database, town.campaign, town.campaign_id, clock=town.clock)
    dispatcher = dispatcher_of(town, till)
    chance = random.Random(SEED)
    senders = [str(1 + n % CITIZENS) for n in range(TURNS)]
    taps = []
    for n, sender in enumerate(senders):
        target = f"rewards.one:{chance.choice(offered)}"
        page = await dispatcher.handle(Incoming("telegram", sender, Tap(target), f"S16:p{n}"))
        taps.append(_confirm(page))
    waited: list[float] = []

    async def redeem(n: int) -> None:
        await asyncio.sleep(n / A_SECOND)
        since = time.perf_counter()
        tap = Incoming("telegram", senders[n], Tap(taps[n]), f"S16:c{n}")
        answer = await dispatcher.handle(tap)
        waited.append((time.perf_counter() - since) * 1000)
        if answer is None or answer.document is None:
            raise AssertionError(f"nothing was redeemed: {answer}")

    async with asyncio.TaskGroup() as tasks:
        booking = tasks.create_task(till.run())
        since = time.perf_counter()
        await asyncio.gather(*map(redeem, range(TURNS)))
        rate = TURNS / (time.perf_counter() - since)
        till.close()
        await booking
    await _verify(town)
    who = f"{A_SECOND}/s, whole turn"
    return Figure("S16 redeeming", town.kind, who, (rate,), tuple(waited), lone_gate=GATE_MS)


async def _verify(town: Town) -> None:
    """Raise if one voucher is missing, or one too many was sold."""
    async with town.database.reading() as db:
        out = await db.scalar(text("SELECT count(*) FROM vouchers"))
        left = await db.scalar(text("SELECT sum(stock) FROM rewards"))
    if (out, left) != (TURNS, REWARDS * STOCK - TURNS):
        raise AssertionError(f"{out} vouchers, {left} left")


def _confirm(page: Rendered | None) -> str:
    if page is None:
        raise AssertionError("a reward was not shown")
    return page.buttons[0][0].tap
