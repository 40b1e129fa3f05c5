"""The numbers kept by the till: what they count, once, whoever writes, and filled afterwards."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from bot.booking import Deed
from bot.till import Till
from storage import tallies
from storage.tallies import Count, Span, Tally
from tests.chat import Chat
from tests.stocked import stock
from tests.storage.test_invariants import broken, live

DAY = date(2022, 5, 1)
LATE = datetime.fromisoformat("2022-05-01T00:01:00+08:00")
MAY = Span(date(2022, 5, 1), date(2022, 6, 1))
EVERYTHING = """
SELECT campaign, kind, CAST(day AS text), town, key, sum(n), sum(paid), sum(points) FROM tallies
 GROUP BY campaign, kind, day, town, key ORDER BY 1, 2, 3, 4, 5
"""
DAYS = "SELECT citizen, CAST(first_day AS text), CAST(back_day AS text) FROM totals ORDER BY 1"


async def counted(chat, kind):
    """Read the counts of a kind in May, day by day."""
    async with chat.database.reading() as db:
        return await tallies.by_day(db, chat.campaign_id, kind, span=MAY)


async def by_town(chat, kind):
    """Read how many there are of a kind in each town."""
    async with chat.database.reading() as db:
        found = await tallies.by_town(db, chat.campaign_id, kind)
    return {town: count.n for town, count in found.items()}


async def test_deeds_are_counted_by_day_town_and_activity(chat):
    """A check-in in each of two towns, and a capped video that scores nothing."""
    ming, hua = await chat.join("ming"), await chat.join("hua", town="baihe")
    for person in (ming, hua):
        await person.taps("checkins")
        await person.taps("checkins")
    for number in range(6):
        now = chat.clock.now()
        once = f"item:{number}"
        deed = Deed(ming.account, "video", once, day=DAY, acted_at=now, cause=once)
        await chat.till.award(deed)

    async with chat.database.reading() as db:
        everywhere = await tallies.by_key(db, chat.campaign_id, tallies.DEEDS, span=MAY)
        at_home = await tallies.by_key(db, chat.campaign_id, tallies.DEEDS, town="xiayang")

    assert everywhere == {"checkin": Count(2, 2, 10), "video": Count(6, 5, 10)}
    assert at_home == {"checkin": Count(1, 1, 5), "video": Count(6, 5, 10)}


async def test_a_participant_is_counted_once_in_the_town_of_the_first_line(chat):
    """A later move shifts later deeds only."""
    hua = await chat.join("hua", town="baihe")
    await hua.taps("checkins")
    chat.clock.ahead(days=1)
    await hua.says("/start town_xiayang")
    await hua.taps(hua.button("确认"))
    await hua.taps("checkins")

    assert await by_town(chat, tallies.NEW) == {"baihe": 1}
    assert await by_town(chat, tallies.JOINED) == {"baihe": 1}
    assert await by_town(chat, tallies.DEEDS) == {"baihe": 1, "xiayang": 1}


@pytest.mark.parametrize(
    ("days", "back"), [(0, 0), (1, 1), (7, 1), (8, 0)], ids=["same day", "next", "7th", "8th"]
)
async def test_who_scores_again_within_seven_days_came_back(chat, days, back):
    """The same day is no return, the seventh day after is, the eighth is too late."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps("checkins")
    chat.clock.ahead(days=days, minutes=1)
    await ming.taps(f"items.open:{book}")
    chat.clock.ahead(minutes=10)
    await ming.taps(f"items.done:{book}")

    assert {day: found[""].n for day, found in (await counted(chat, tallies.BACK)).items()} == (
        {DAY: 1} if back else {}
    )


async def test_a_return_is_counted_once(chat):
    """Coming on each of ten days is one return."""
    ming = await chat.join("ming")
    for _ in range(10):
        await ming.taps("checkins")
        chat.clock.ahead(days=1)

    assert await by_town(chat, tallies.BACK) == {"xiayang": 1}


async def test_a_late_message_counts_on_its_day_and_leaves_the_first_day(chat):
    """Who was first booked on 2 May is a participant of that day, whatever arrives after it."""
    ming = await chat.join("ming")
    chat.clock.ahead(days=1)
    await ming.taps("checkins")
    late = chat.clock.now() - timedelta(hours=23)
    await ming.says("签到", stamped=late)

    new = await counted(chat, tallies.NEW)
    deeds = await counted(chat, tallies.DEEDS)
    async with chat.database.snapshot() as db:
        assert await broken(chat, db) == {}
    assert set(new) == {date(2022, 5, 2)}
    assert set(deeds) == {date(2022, 5, 1), date(2022, 5, 2)}


async def test_items_and_places_count_what_names_them(chat):
    """Top lists come from what was finished and where people checked in."""
    place = chat.campaign.places[0].id
    books = await stock(chat, "book", "红楼梦", "西游记")
    people = [await chat.join(f"p{n}") for n in range(3)]
    for person in people:
        await person.taps(f"checkins:place_{place}")
    for book, readers in zip(books, (people, people[:1]), strict=True):
        for person in readers:
            await person.taps(f"items.open:{book}")
    chat.clock.ahead(minutes=10)
    for book, readers in zip(books, (people, people[:1]), strict=True):
        for person in readers:
            await person.taps(f"items.done:{book}")

    async with chat.database.reading() as db:
        items = await tallies.top(db, chat.campaign_id, ["book", "video"], most=5)
        first = await tallies.top(db, chat.campaign_id, ["book"], most=1)
        places = await tallies.top(db, chat.campaign_id, ["checkin"], most=5)
        one = await tallies.of_subject(db, chat.campaign_id, "book", name=str(books[0]))

    assert [(top.subject, top.n) for top in items] == [(str(books[0]), 3), (str(books[1]), 1)]
    assert first == items[:1]
    assert [(top.subject, top.n) for top in places] == [(f"place_{place}", 3)]
    assert one == Count(3, 3, 6)


async def test_two_workers_add_to_rows_of_their_own(chat):
    """What is told is the sum; neither waits for the other's row."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    other = Till(chat.database, chat.campaign, chat.campaign_id, clock=chat.clock, worker=1)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(other.run())
        await ming.taps("checkins")
        await other.award(Deed(hua.account, "checkin", "x", day=DAY, acted_at=LATE, cause="hua:x"))
        other.close()
        await running

    async with chat.database.reading() as db:
        kept = await db.execute(
            text("SELECT worker, n FROM tallies WHERE kind = 'deeds' ORDER BY 1")
        )
        rows = [tuple(row) for row in kept]
    assert rows == [(0, 1), (1, 1)]
    assert await by_town(chat, tallies.DEEDS) == {"xiayang": 2}


async def test_registering_twice_at_once_counts_once(chat):
    """Two taps on a town at the same moment are one registration."""
    ming = chat.person("ming")
    await ming.taps("start.agree")

    await asyncio.gather(*(ming.taps("start.town:xiayang", update=str(n)) for n in range(4)))

    assert await by_town(chat, tallies.JOINED) == {"xiayang": 1}


async def test_a_deep_link_counts_its_town(chat):
    """Whoever comes by a poster registers with the consent alone."""
    ming = chat.person("ming")
    await ming.says("/start town_baihe")
    await ming.taps(ming.button("我已满14周岁，同意"))
    await ming.says("/start town_baihe")

    async with chat.database.reading() as db:
        assert await tallies.registered(db, chat.campaign_id) == 1
    assert await by_town(chat, tallies.JOINED) == {"baihe": 1}


async def test_who_erases_everything_stays_counted(chat):
    """The sums stay, under nobody's name."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))

    async with chat.database.snapshot() as db:
        assert await broken(chat, db) == {}
    assert await by_town(chat, tallies.NEW) == {"xiayang": 1}
    assert await by_town(chat, tallies.JOINED) == {"xiayang": 1}


async def test_nothing_to_count_writes_nothing(chat):
    """And the same key twice in one go is added up first."""
    async with chat.database.transaction() as db:
        await tallies.add(db, chat.campaign_id, [], worker=0)
        twice = [Tally(tallies.JOINED, DAY, "baihe"), Tally(tallies.JOINED, DAY, "baihe", n=2)]
        await tallies.add(db, chat.campaign_id, twice, worker=0)
        await tallies.add(db, chat.campaign_id, twice[:1], worker=0)

    assert await by_town(chat, tallies.JOINED) == {"baihe": 4}


@pytest.fixture(params=["sqlite_database", "spare_postgres_database"])
def spare_database(request):
    """A database of the test's own, of each kind."""
    return request.getfixturevalue(request.param)


async def test_the_migration_counts_what_was_booked_before(spare_database, clock):
    """A database that comes up from before the numbers has the same as one that kept them."""
    async with Chat.open(spare_database, clock, campaigns.load("qingpu_2022")) as chat:
        await live(chat, corrected=False)  # before the numbers there were no corrections
        async with spare_database.reading() as db:
            kept = [[tuple(r) for r in await db.execute(text(q))] for q in (EVERYTHING, DAYS)]
        await spare_database.downgrade("0006")

        await spare_database.upgrade()

        async with spare_database.snapshot() as db:
            filled = [[tuple(r) for r in await db.execute(text(q))] for q in (EVERYTHING, DAYS)]
            assert await broken(chat, db) == {}
    assert filled == kept
