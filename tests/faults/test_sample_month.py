"""A generated month of a crowd, through the real till, on both databases."""

from sqlalchemy import text

from storage import standings
from tests.gates import LONG
from tests.month import SEED, a_month

PEOPLE = 1000 if LONG else 250


async def test_the_audit_is_clean_after_a_month(database, clock, record):
    """Thousands of deeds, capped ones among them, and no invariant is broken."""
    chat, deeds = await a_month(database, clock, people=PEOPLE)

    async with database.snapshot() as db:
        ended = await db.execute(text("SELECT outcome, count(*) FROM deeds GROUP BY outcome"))
        counted = dict(ended.all())
        placed = await standings.participants(db, chat.campaign_id)

    assert await chat.broken() == {}
    assert deeds > 20 * PEOPLE
    assert counted["capped"] > PEOPLE // 20
    assert counted["paid"] > 15 * PEOPLE
    assert PEOPLE * 0.9 < placed <= PEOPLE
    record("R2", f"0 broken after {deeds:,} deeds", seed=SEED)


async def test_the_same_seed_writes_the_same_month(sqlite_database, postgres_database, clock):
    """Totals agree between two runs, and between the two databases."""
    found = []
    for database in (sqlite_database, postgres_database):
        await a_month(database, clock, people=40)
        async with database.reading() as db:
            rows = await db.execute(
                text(
                    "SELECT a.sender, t.earned, t.visit_days, t.finished, t.town FROM totals t"
                    " JOIN accounts a ON a.citizen = t.citizen ORDER BY a.sender"
                )
            )
            found.append([tuple(row) for row in rows])

    assert found[0] == found[1]
