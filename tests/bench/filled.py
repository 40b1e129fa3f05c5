"""Fills a town with a season of check-ins, by the quickest way each database has.

Each tenth person, or everybody, came on five days of seven, a fifth of them on other ones: a deed
and a line for each day, totals and tallies to match. No statement waits for the disk, and the
server looks up no foreign key; every CHECK and UNIQUE is enforced as always.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import asyncpg
from sqlalchemy import insert

from bot.rules import streaks
from bot.rules.points import VISIT
from storage import tallies
from storage.db import Db
from storage.tallies import Tally
from storage.totals import TotalsRow
from tests.bench.town import ROWS_AT_ONCE, Town
from tests.city import SERIES

POINTS = 5
OFTEN, OF = 5, 7  # days a week
FEW = 10
"""Each so-manieth person is one of the few."""
PEOPLE_AT_ONCE = 5_000
AT = time(1)  # UTC
HOME = "xiayang"
SHARED = "campaign, citizen, activity, points, cap, day, once, cause, acted_at, recorded_at"
DAYS = f"""
SELECT {{campaign}}, id, '{VISIT}', {POINTS}, {POINTS}, day, '{VISIT}:' || day, {{cause}}, {{at}},
       {{at}}, {{rest}} FROM (
    SELECT z.id, s.n, {{day}} AS day FROM citizens z CROSS JOIN {{series}}
     WHERE z.id > {{after}} AND z.id <= {{until}} AND z.id % {{step}} = 0) d ORDER BY id, n"""
FILL = {
    f"INSERT INTO deeds ({SHARED}, subject, outcome, today)": f"'', 'paid', {POINTS}",
    f"INSERT INTO ledger ({SHARED}, line, kind, net, slot, rate, town)": (
        f"n, 'deed', {POINTS} * n, 0, {POINTS}, '{HOME}'"
    ),
}
NTH = f"((s.n - 1) * {OF} + z.id / {FEW} % {OFTEN}) / {OFTEN}"
SPOKEN = {
    "SQLite": {
        "day": f"date('{{start}}', '+' || ({NTH}) || ' days')",
        "cause": "printf('%020d%020d', id, n)",
        "at": f"day || ' {AT:%H:%M:%S}.000000'",
        "series": SERIES["sqlite"] + " s",
    },
    "PostgreSQL": {
        "day": f"DATE '{{start}}' + CAST({NTH} AS integer)",
        "cause": "lpad(id::text, 20, '0') || lpad(n::text, 20, '0')",
        "at": f"(day + TIME '{AT:%H:%M}') AT TIME ZONE 'UTC'",
        "series": SERIES["postgresql"],
    },
}
BEFORE = {
    "SQLite": ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -500000"),
    "PostgreSQL": ("SET session_replication_role = replica", "SET synchronous_commit = off"),
}
AFTER = {
    "SQLite": ("PRAGMA wal_checkpoint(TRUNCATE)",),  # an installation never analyses its file
    "PostgreSQL": ("VACUUM (ANALYZE)", "CHECKPOINT"),  # else autovacuum would begin meanwhile
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Filling:
    """Of so many people each `step`th is to have come so many times since the campaign began."""

    people: int
    step: int
    each: int

    @property
    def who(self) -> range:
        """Return the ids of those who came."""
        return range(self.step, self.people + 1, self.step)

    @property
    def lines(self) -> int:
        """Return how many lines that makes."""
        return len(self.who) * self.each


async def fill(town: Town, filling: Filling, *, tell: Tell) -> None:
    """Let people who live in a town have come."""
    async with town.database.transaction() as db:
        await _count(db, town, filling)
    statements = _statements(town, filling, tell=tell)
    if town.database.is_sqlite:
        file = str(town.database.url.database)
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    url = town.database.url.render_as_string(hide_password=False)
    server = await asyncpg.connect(url.replace("+asyncpg", ""))  # it has no limits of time
    try:
        for statement in statements:
            await server.execute(statement)
    finally:
        await server.close()


def _statements(town: Town, filling: Filling, *, tell: Tell) -> Iterator[str]:
    yield from BEFORE[town.kind]
    facts = {"campaign": town.campaign_id, "n": filling.each, "start": town.campaign.start}
    spoken = {name: part.format(**facts) for name, part in SPOKEN[town.kind].items()}
    for after in range(0, filling.people, PEOPLE_AT_ONCE):
        tell(f"S7 {town.kind}: {filling.lines:,} lines, {100 * after // filling.people} %")
        part = {"campaign": town.campaign_id, "step": filling.step}
        part |= {"after": after, "until": after + PEOPLE_AT_ONCE}
        for into, rest in FILL.items():
            yield into + DAYS.format(**part, **spoken, rest=rest)
    yield from AFTER[town.kind]


def _kind(citizen: int) -> int:
    """Return on which of the days of seven somebody comes."""
    return citizen // FEW % OFTEN


def _days(town: Town, kind: int, each: int) -> list[date]:
    """Return the days on which people of a kind came, the same as `NTH` does."""
    start = town.campaign.start
    return [start + timedelta(days=(n * OF + kind) // OFTEN) for n in range(each)]


async def _count(db: Db, town: Town, filling: Filling) -> None:
    """Write the totals and tallies of all that."""
    kinds = [_days(town, kind, filling.each) for kind in range(OFTEN)]
    of = Counter(map(_kind, filling.who))
    counted = [
        Tally(tallies.DEEDS, day, HOME, VISIT, of[n], of[n], POINTS * of[n])
        for n, days in enumerate(kinds)
        for day in days
    ]
    for n, days in enumerate(kinds):
        counted.append(Tally(tallies.NEW, days[0], HOME, n=of[n]))
        if filling.each > 1:
            counted.append(Tally(tallies.BACK, days[0], HOME, n=of[n]))
    await tallies.add(db, town.campaign_id, counted, worker=0)
    rows = [_totals(town, kinds[_kind(citizen)], citizen) for citizen in filling.who]
    for first in range(0, len(rows), ROWS_AT_ONCE):
        await db.execute(insert(TotalsRow), rows[first : first + ROWS_AT_ONCE])


def _totals(town: Town, days: list[date], citizen: int) -> dict[str, object]:
    start = town.campaign.start
    visits = reduce(lambda bits, day: streaks.with_visit(bits, start, day), days, 0)
    last = datetime.combine(days[-1], AT, tzinfo=UTC)
    return {
        "citizen": citizen, "campaign": town.campaign_id, "lines": len(days),
        "earned": POINTS * len(days), "balance": POINTS * len(days), "debt": 0,
        "visits": visits.to_bytes((visits.bit_length() + 7) // 8, "little"), "town": HOME,
        "haste": -int(last.timestamp() * 1_000_000), "visit_days": len(days), "finished": 0,
        "lives": 0, "erased": False, "first_day": days[0],
        "back_day": days[1] if len(days) > 1 else None,
    }  # fmt: skip
