"""The audit of a city's ledger takes seconds: every invariant over a hundred thousand lines."""

import itertools
import time

import pytest
from sqlalchemy import insert, select, text

from bot import campaign as campaigns
from bot.rules import cards
from storage import invariants
from storage.base import Base
from storage.citizens import CitizenRow
from tests.gates import LONG
from tests.month import SEED, a_month

LINES, SECONDS_MAX = (1_000_000, 30) if LONG else (100_000, 5)
PEOPLE, APART = 60, 100_000
TABLES = ("consents", "accounts", "deeds", "ledger", "totals")
CHANGED = {"sender": "t.sender || ':' || c.n", "citizen": f"t.citizen + {APART} * c.n"}
NUMBERED = "WITH RECURSIVE c(n) AS (SELECT {0} UNION ALL SELECT n + 1 FROM c WHERE n < {1})"
AT_ONCE = 40  # copies: no statement may take long


def copied(table, first, last):
    """Write the SQL that gives other people what stands in a table of the first ones."""
    columns = [c.name for c in Base.metadata.tables[table].columns if c.name != "id"]
    values = ", ".join(CHANGED.get(name, f"t.{name}") for name in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) {NUMBERED.format(first, last)}"
        f" SELECT {values} FROM {table} t CROSS JOIN c WHERE t.citizen < {APART}"
    )


async def lived(database, clock):
    """Let sixty people live through a month at the real till; return how many lines it came to."""
    await a_month(database, clock, people=PEOPLE)
    async with database.reading() as db:
        return await db.scalar(text("SELECT count(*) FROM ledger"))


async def copy(database, copies):
    """Let so many crowds live exactly like the first, with numbers of their own."""
    async with database.transaction() as db:
        people = (await db.execute(select(CitizenRow.__table__))).mappings().all()
        for n in range(1, copies + 1):
            number = (cards.from_chance((n * PEOPLE + k) * 7919 + 17) for k in range(PEOPLE))
            copy_of = [
                each | {"id": each["id"] + APART * n, "number": next(number)}
                for each in map(dict, people)
            ]
            await db.execute(insert(CitizenRow), copy_of)
    for table, first in itertools.product(TABLES, range(1, copies + 1, AT_ONCE)):
        async with database.transaction() as db:
            await db.execute(text(copied(table, first, min(first + AT_ONCE - 1, copies))))
    async with database.transaction() as db:
        grown = ", ".join(f"{name} = {name} * {copies + 1}" for name in ("n", "paid", "points"))
        await db.execute(text(f"UPDATE tallies SET {grown}"))
    async with database.transaction() as db:
        await db.execute(text("ANALYZE"))


@pytest.fixture(params=["sqlite", "postgres"] if LONG else ["sqlite"])
def city(request):
    """An empty database; a short run looks at one kind."""
    return request.getfixturevalue(f"{request.param}_database")


async def test_a_citys_ledger_is_audited_in_seconds(city, clock, record):
    """Nothing is broken in the copies of a month, and looking at all of it takes no minute."""
    database = city
    lines = await lived(database, clock)
    copies = LINES // lines
    await copy(database, copies)

    since, zone = time.perf_counter(), campaigns.load("qingpu_2022").zone
    async with database.snapshot() as db:
        broken = [name async for name, _, bad in invariants.check(db, zone) if bad]
        counted = await db.scalar(text("SELECT count(*) FROM ledger"))
    took = time.perf_counter() - since

    assert broken == []
    assert counted == lines * (copies + 1) >= LINES
    record("R15", f"{counted:,} in {took:.1f} s", seed=SEED, met=took <= SECONDS_MAX)
