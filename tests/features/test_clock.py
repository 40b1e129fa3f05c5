from datetime import datetime, timedelta

import pytest

from bot import campaign as campaigns
from bot.clock import RehearsalClock
from storage import deployment
from tests.chat import Chat

START = datetime.fromisoformat("2022-06-15T08:30:00+08:00")


@pytest.fixture
async def rehearsal(database):
    """The bot in a rehearsal that begins in mid-June."""
    clock = RehearsalClock()
    clock.offset = clock.offset_for(START)
    async with Chat.open(database, clock, campaigns.load("qingpu_2022")) as chat:
        yield chat


@pytest.mark.parametrize(
    ("said", "hours"),
    [("/clock +1h", 1), ("/clock +1d2h", 26), ("/clock +1w", 168), ("／clock +90m", 1.5)],
)
async def test_the_owner_moves_ahead(rehearsal, said, hours):
    """Weeks, days, hours and minutes ahead; the database knows for the other processes."""
    owner = rehearsal.person("owner")

    reply = await owner.says(said)

    assert reply.key == "clock.now"
    assert abs(reply.params["moment"] - START - timedelta(hours=hours)) < timedelta(minutes=1)
    assert abs(rehearsal.clock.now() - reply.params["moment"]) < timedelta(minutes=1)
    async with rehearsal.database.reading() as db:
        assert await deployment.offset(db) == rehearsal.clock.offset


async def test_the_owner_sets_a_moment_in_the_citys_time(rehearsal):
    """A moment without an offset is the city's; the answer names the phase."""
    owner = rehearsal.person("owner")

    await owner.says("/clock 2022-10-07T09:00")

    assert "2022-10-07 09:00" in owner.rendered.text
    assert "评选" in owner.rendered.text


async def test_without_an_argument_the_time_is_told(rehearsal):
    """Looking changes nothing."""
    owner = rehearsal.person("owner")

    reply = await owner.says("/clock")

    assert abs(reply.params["moment"] - START) < timedelta(minutes=1)
    shown = [button.label for line in owner.rendered.buttons for button in line]
    assert shown == ["+1 小时", "+1 天", "+1 周"]


@pytest.mark.parametrize(
    "wish",
    ["+", "+d", "yesterday", "-1d", "+99999999d", "2022-13-01", "1999-01-01", "+1x", "9" * 99],
)
async def test_what_is_no_time_is_said_so(rehearsal, wish):
    """An unreadable time leaves the clock alone and shows how to write one."""
    owner = rehearsal.person("owner")

    reply = await owner.says(f"/clock {wish}")

    assert reply.key == "clock.unreadable"
    assert abs(rehearsal.clock.now() - START) < timedelta(minutes=1)


async def test_time_never_goes_before_what_has_happened(rehearsal):
    """Back is fine, but not before the newest deed."""
    owner = rehearsal.person("owner")
    ming = await rehearsal.join("ming")
    await owner.says("/clock +2d")
    await ming.taps("checkins")

    refused = await owner.says("/clock 2022-06-16T00:00")
    allowed = await owner.says("/clock 2022-06-17T23:00")

    assert refused.key == "clock.too_early"
    assert allowed.key == "clock.now"


async def test_a_day_ahead_is_a_new_day_to_check_in(rehearsal):
    """The walk through the season works for citizens at once."""
    owner = rehearsal.person("owner")
    ming = await rehearsal.join("ming")
    await ming.taps("checkins")
    await owner.says("/clock +1d")

    reply = await ming.taps("checkins")

    assert (reply.key, reply.params["streak"]) == ("checkins.paid", 2)


async def test_only_the_owner_moves_time(rehearsal):
    """A citizen is refused, a stranger is welcomed; neither moves anything."""
    ming = await rehearsal.join("ming")
    stranger = rehearsal.person("stranger")

    replies = [
        await ming.says("/clock +1d"),
        await ming.taps("clock:+1d"),
        await stranger.says("/clock +1d"),
    ]

    assert [reply.key for reply in replies] == ["errors.not_allowed"] * 2 + ["start.welcome"]
    assert abs(rehearsal.clock.now() - START) < timedelta(minutes=1)


async def test_a_real_campaign_has_no_clock_to_move(chat):
    """Outside a rehearsal even the owner is refused."""
    owner = chat.person("owner")

    assert (await owner.says("/clock +1d")).key == "clock.real"


async def test_the_same_leap_delivered_twice_leaps_once(rehearsal):
    """A retry of the owner's message is answered from what is kept."""
    owner = rehearsal.person("owner")

    for _ in range(3):
        await owner.says("/clock +1d", update="owner:77")

    assert abs(rehearsal.clock.now() - START - timedelta(days=1)) < timedelta(minutes=1)
