"""How often a tap asks the database. BEGIN and COMMIT are not counted."""

import asyncio
from datetime import datetime

import pytest

from bot import campaign as campaigns
from bot.booking import Deed
from bot.clock import RehearsalClock
from tests.chat import Chat
from tests.statements import listening
from tests.stocked import stock

START = datetime.fromisoformat("2022-06-15T08:30:00+08:00")
# Account and totals, the day, what is known; the deed, the line, the totals, the numbers.
# PostgreSQL locks.
TILL = {"sqlite": 7, "postgresql": 8}


async def sent(chat, said):
    """Return the statements that one tap or text needs."""
    with listening(chat.database) as heard:
        await said
    return heard


def video(chat, person, number):
    """Describe a video watched today."""
    now = chat.clock.now()
    once = f"{now}:{number}"
    day = chat.campaign.day(now)
    return Deed(person.account, "video", once, day=day, acted_at=now, cause=f"test:{once}")


def kind(chat):
    """Name the database of this chat."""
    return chat.database.url.get_backend_name()


async def test_a_check_in_needs_the_tills_share_and_no_more(chat):
    """A lone check-in asks nothing beside the till."""
    ming = await chat.join("ming")

    assert len(await sent(chat, ming.taps("checkins"))) == TILL[kind(chat)]


async def test_a_finish_needs_one_read_beside_the_till_and_closes_what_was_open(chat, clock):
    """The item at hand is one read; the till pays; closing the opening rides along."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)

    heard = await sent(chat, ming.taps(f"items.done:{book}"))

    assert len(heard) == 1 + TILL[kind(chat)] + 1
    assert [s.sql.split()[0] for s in heard].count("UPDATE") == 1


async def test_opening_an_item_needs_six_statements(chat):
    """Answered before? Who, the item with what it is to them, its notes; opened, answered."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")

    assert len(await sent(chat, ming.taps(f"items.open:{book}"))) == 6


async def test_the_own_place_needs_four_reads_and_scans_nobody(chat):
    """The person, what they have, ties with neighbours, the spread of points; no more for many."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    alone = await sent(chat, ming.says("/rank"))
    for number in range(10):
        await (await chat.join(f"p{number}")).taps("checkins")

    crowded = await sent(chat, ming.says("/rank"))

    assert len(alone) == len(crowded) == 4
    assert sum(statement.rows for statement in crowded) <= 1 + 1 + (1 + 4) + 1


async def test_the_own_place_in_a_big_campaign_needs_three_reads(chat, monkeypatch):
    """Among more than can be counted at each tap, how many have how much is read now and then."""
    monkeypatch.setattr("bot.standings.EXACT_MAX", 2)
    for number in range(4):
        await (await chat.join(f"p{number}")).taps("checkins")
    ming = await chat.join("ming")
    await ming.taps("checkins")
    await ming.says("/rank")

    assert len(await sent(chat, ming.says("/rank"))) == 3


async def test_a_repeated_check_in_writes_nothing(chat):
    """The second tap and the platform's second try only read."""
    ming = await chat.join("ming")
    await ming.taps("checkins", update="1")

    for update in ("1", "2"):
        heard = await sent(chat, ming.taps("checkins", update=update))
        assert len(heard) == TILL[kind(chat)] - 4
        assert not any(statement.sql.startswith("INSERT") for statement in heard)


async def test_a_crowd_at_the_till_needs_as_many_statements_as_one(chat):
    """Thirty check-ins that arrive together are one batch."""
    people = [await chat.join(f"p{number}") for number in range(30)]

    heard = await sent(chat, asyncio.gather(*(person.taps("checkins") for person in people)))

    assert len(heard) == TILL[kind(chat)]


@pytest.mark.parametrize(
    ("said", "count"),
    [("/me", 2), ("/menu", 1), ("/help", 1)],
)
async def test_a_turn_that_reads_asks_who_it_is_and_what_it_shows(chat, said, count):
    """`me` reads the person, then totals and day at once; menu and help only the person."""
    ming = await chat.join("ming")

    assert len(await sent(chat, ming.says(said))) == count


async def test_an_unknown_text_also_asks_what_it_may_belong_to(chat):
    """The person, the open question and the shown list; then, as any reading turn, the person."""
    ming = await chat.join("ming")

    assert len(await sent(chat, ming.says("what is this"))) == 4


async def test_the_clock_costs_the_owner_the_share_of_a_writing_turn(database):
    """What was answered before, who it is, what they are in charge of, the answer to keep."""
    clock = RehearsalClock()
    clock.offset = clock.offset_for(START)
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        owner = await chat.person("owner").joins()

        assert len(await sent(chat, owner.says("/clock"))) == 4


async def test_nobody_but_the_owner_gets_past_the_first_questions_with_the_clock(chat):
    """A citizen is refused after three reads, and nothing is kept."""
    ming = await chat.join("ming")

    assert len(await sent(chat, ming.says("/clock"))) == 3


async def test_a_long_history_costs_a_check_in_nothing(chat):
    """Who came for a month reads as many rows, in the same statements, as who comes first."""
    old, new = await chat.join("old"), await chat.join("new")
    for _ in range(30):
        await old.taps("checkins")
        for number in range(3):
            await chat.till.award(video(chat, old, number))
        chat.clock.ahead(days=1)
    await new.taps("checkins")
    await old.taps("checkins")
    chat.clock.ahead(days=1)

    one = await sent(chat, new.taps("checkins"))
    other = await sent(chat, old.taps("checkins"))

    assert [(s.sql, s.rows) for s in other] == [(s.sql, s.rows) for s in one]
