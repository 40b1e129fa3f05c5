"""S16: two people with five thousand lines each become one, and two again."""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import text

from bot import merging, parting
from bot.merging import Terms
from bot.rules.linking import DEED, Booked
from bot.rules.points import Outcome
from storage import deeds, links
from storage.db import Db
from storage.deeds import NewDeed
from tests.bench.figures import Figure
from tests.bench.town import START, Town, towns

PAIRS, LINES = 3, 5_000
SLOTS, RATE = 5, 2
KINDS = ("video", "book", "audio")
GATE_MS = 2_000
NAMES = ("S16 linking", "S16 unlinking")

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Measure both on both databases."""
    figures = []
    async with towns(2 * PAIRS, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S16 {kind}: linking")
            pairs = [await _measure(town, 1 + 2 * pair, 2 + 2 * pair) for pair in range(PAIRS)]
            for name, waited in zip(NAMES, zip(*pairs, strict=True), strict=True):
                rate, told = 1000 * len(waited) / sum(waited), f"{LINES:,} lines each"
                figures.append(Figure(name, town.kind, told, (rate,), waited, lone_gate=GATE_MS))
    return figures


async def _measure(town: Town, one: int, other: int) -> tuple[float, ...]:
    """Link two, and undo it; return how many milliseconds each took."""
    for citizen in (one, other):
        async with town.database.transaction() as db:
            await _live(db, _terms(town), citizen)
    if not town.database.is_sqlite:
        async with town.database.transaction() as db:
            await db.execute(text("ANALYZE"))  # as the server does by itself after a while
    spans = []
    for act in (_link, _unlink):
        since = time.perf_counter()
        async with town.database.transaction() as db:
            await act(db, _terms(town), one, other)
        spans.append((time.perf_counter() - since) * 1000)
    return tuple(spans)


def _terms(town: Town) -> Terms:
    return Terms(town.campaign, town.campaign_id, town.campaign.day(START), START, START)


async def _live(db: Db, terms: Terms, citizen: int) -> None:
    """Book a season and much more; every other deed of the one is a deed of the other, too."""
    of = await merging.side(db, terms, citizen)
    lines, done = [], []
    for number in range(1, LINES + 1):
        day = terms.day + timedelta(days=number // (SLOTS * len(KINDS)))
        kind, slot = KINDS[number % len(KINDS)], number // len(KINDS) % SLOTS
        owner = "both" if number % 2 else str(citizen)
        once, cause = f"item:{number}:{owner}", f"t:{citizen}:{number}"
        lines.append(
            Booked(
                *(number, DEED, RATE, 0, day, kind, slot, RATE, RATE * SLOTS, once, cause),
                *("xiayang", START, START, None),
            )
        )
        done.append(
            NewDeed(
                *(citizen, kind, str(number), day, Outcome.PAID, RATE, RATE, RATE * SLOTS),
                *(once, cause, START, START),
            )
        )
    await deeds.add(db, terms.campaign_id, done)
    await merging.write(db, terms, of, lines=lines)
    await merging.recount(db, terms, await merging.side(db, terms, citizen))


async def _link(db: Db, terms: Terms, one: int, other: int) -> None:
    await merging.hold(db, one, other)
    _, told = await merging.link(db, terms, survivor=one, absorbed=other)
    if told.lines + told.void != LINES:
        raise AssertionError(f"some lines were not seen to: {told}")


async def _unlink(db: Db, terms: Terms, one: int, other: int) -> None:
    made = await links.latest(db, one)
    if made is None:
        raise AssertionError("there is no link to undo")
    await merging.hold(db, one, other)
    await links.undone(db, made.id, by=one, at=START)
    await parting.undo(db, terms, made, absorbed=other)
