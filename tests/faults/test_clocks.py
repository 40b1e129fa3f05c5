"""Two workers on one PostgreSQL, one of them 90 s ahead: it is tomorrow there already."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot import campaign as campaigns
from tests.chat import Chat
from tests.fakes import FixedClock

BEFORE = datetime.fromisoformat("2022-05-01T23:59:15+08:00")
AHEAD = timedelta(seconds=90)
CROWD = 10


@pytest.fixture
async def workers(postgres_database):
    """A worker whose clock is right, and one whose clock is not."""
    campaign = campaigns.load("qingpu_2022")
    async with (
        Chat.open(postgres_database, FixedClock(BEFORE), campaign) as right,
        Chat.open(postgres_database, FixedClock(BEFORE + AHEAD), campaign, first_update=900) as off,
    ):
        yield right, off


async def test_one_press_on_both_counts_for_one_day(workers):
    """A press has no time of its own: whichever is first gives it its day, the other the answer."""
    right, off = workers
    pairs = [(await right.join(f"p{n}"), off.person(f"p{n}")) for n in range(CROWD)]

    answers = [
        await asyncio.gather(*(person.taps("checkins", update=f"{n}") for person in pair))
        for n, pair in enumerate(pairs)
    ]
    again = [await pair[n % 2].taps("checkins", update=f"{n}") for n, pair in enumerate(pairs)]

    told = [
        {reply.key for reply in (*both, last)} for both, last in zip(answers, again, strict=True)
    ]
    assert told == [{"checkins.paid"}] * CROWD
    assert [(await person.has()).earned for person, _ in pairs] == [5] * CROWD
    assert await right.broken() == {}


async def test_a_written_message_counts_for_the_day_it_was_written(workers):
    """It carries its time: both say the same day, and pay it once."""
    right, off = workers
    ming, elsewhere = await right.join("ming"), off.person("ming")

    replies = await asyncio.gather(
        ming.says("签到", stamped=BEFORE), elsewhere.says("签到", stamped=BEFORE)
    )

    assert sorted(reply.key for reply in replies) == ["checkins.already", "checkins.paid"]
    assert (await ming.has()).earned == 5
    assert await ming.points() == 5
    assert await right.broken() == {}


async def test_a_day_that_began_early_does_not_begin_again(workers):
    """Checked in today on one and tomorrow on the other: when tomorrow comes it is paid already."""
    right, off = workers
    ming, elsewhere = await right.join("ming"), off.person("ming")

    first = [await person.taps("checkins") for person in (ming, elsewhere, ming)]
    right.clock.ahead(seconds=60)
    then = [await person.taps("checkins") for person in (ming, elsewhere)]

    paid, already = "checkins.paid", "checkins.already"
    assert [reply.key for reply in (*first, *then)] == [paid, paid, already, already, already]
    assert (await ming.has()).earned == 10
    assert await right.broken() == {}
