"""A generated month of a crowd, through the real till, on both databases."""

from datetime import date, datetime

from sqlalchemy import text

from bot import campaign as campaigns
from bot.sample import Story, invent
from storage import invariants, standings
from tests.chat import Chat
from tests.gates import LONG
from tests.stocked import stock

SEED = 20220423
PEOPLE = 1000 if LONG else 250


async def a_month(database, clock, *, people, seed=SEED):
    """Write April 23 to May 22 for so many people and return the bot."""
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        await stock(chat, "video", *(f"片{n}" for n in range(40)))
        await stock(chat, "book", *(f"书{n}" for n in range(40)))
        await stock(chat, "audio", *(f"听{n}" for n in range(20)))
        story = Story(database, chat.till, chat.campaign, campaign_id=chat.campaign_id, seed=seed)
        crowd = invent(chat.campaign, people=people, seed=seed)
        start = datetime.fromisoformat("2022-04-23T07:00:00+08:00")
        await story.settle(crowd, at=start)
        deeds = await story.live(crowd, first=date(2022, 4, 23), until=date(2022, 5, 23))
        return chat, deeds


async def test_the_audit_is_clean_after_a_month(database, clock, record):
    """Thousands of deeds, capped ones among them, and no invariant is broken."""
    chat, deeds = await a_month(database, clock, people=PEOPLE)

    async with database.snapshot() as db:
        broken = [n async for n, _, bad in invariants.check(db, chat.campaign.zone) if bad]
        ended = await db.execute(text("SELECT outcome, count(*) FROM deeds GROUP BY outcome"))
        counted = dict(ended.all())
        placed = await standings.participants(db, chat.campaign_id)

    assert broken == []
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
