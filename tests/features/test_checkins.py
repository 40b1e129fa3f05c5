import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.messages import Other
from storage import outages


async def test_a_check_in_pays_and_says_so(chat):
    """The first tap of a day pays 5 of 5 and says so in words."""
    ming = await chat.join("ming")

    reply = await ming.taps("checkins")

    assert reply.key == "checkins.paid"
    assert "+5" in ming.rendered.text
    assert "5/5" in ming.rendered.text


async def test_second_tap_on_one_day_pays_nothing(chat):
    """Tapping 签到 twice on one campaign day pays once, and the second answer has no plus."""
    ming = await chat.join("ming")

    await ming.taps("checkins")
    reply = await ming.taps("checkins")

    assert reply.key == "checkins.already"
    assert "+" not in ming.rendered.text
    assert "5/5" in ming.rendered.text
    assert await ming.points() == 5


@pytest.mark.parametrize(
    "word", ["签到", " 打卡 ", "/checkin", "／ＣＨＥＣＫＩＮ", "/CheckIn@shuxiang_bot", "签到\n"]
)
async def test_every_way_of_saying_it_is_understood(chat, word):
    """Words and commands are understood in full width, in any case, with blanks and a bot name."""
    ming = await chat.join("ming")

    reply = await ming.says(word)

    assert reply.key == "checkins.paid"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2022-05-01T23:59:59.999+08:00", "2022-05-02T00:00:00+08:00"),
        ("2022-05-01T15:59:59.999+00:00", "2022-05-01T16:00:00.001+00:00"),
    ],
)
async def test_the_day_turns_at_midnight_in_the_city(chat, clock, before, after):
    """One millisecond before and after midnight in Shanghai are two days."""
    ming = await chat.join("ming")

    clock.set(before)
    await ming.taps("checkins")
    clock.set(after)
    reply = await ming.taps("checkins")

    assert reply.key == "checkins.paid"
    assert reply.params["streak"] == 2


async def test_a_late_message_counts_for_the_day_it_was_written(chat, clock):
    """A message ten minutes late across midnight counts for yesterday, and says so."""
    ming = await chat.join("ming")
    clock.set("2022-05-02T00:05:00+08:00")

    late = await ming.says("签到", stamped=datetime.fromisoformat("2022-05-01T23:55:00+08:00"))
    said = ming.rendered.text
    today = await ming.says("签到")

    assert (late.key, today.key) == ("checkins.paid", "checkins.paid")
    assert "5月1日" in said
    assert (await ming.has()).earned == 10


async def test_a_message_25_hours_late_counts_for_now(chat, clock):
    """A stamp more than a day old is not believed: the message counts when it arrives."""
    ming = await chat.join("ming")
    await ming.taps("checkins")

    reply = await ming.says("签到", stamped=clock.now() - timedelta(hours=25))

    assert reply.key == "checkins.already"


async def test_a_message_from_the_future_counts_for_now(chat, clock):
    """Nobody checks in for tomorrow."""
    ming = await chat.join("ming")
    await ming.says("签到", stamped=clock.now() + timedelta(days=1))

    reply = await ming.says("签到")

    assert reply.key == "checkins.already"


async def test_the_same_update_ten_times_has_one_effect_and_one_answer(chat):
    """A platform that repeats itself gets the first answer each time, with its +5."""
    ming = await chat.join("ming")

    said = set()
    for _ in range(10):
        await ming.taps("checkins", update="7")
        said.add(ming.rendered.text)

    assert len(said) == 1
    assert "+5" in said.pop()
    assert await ming.points() == 5


async def test_sixteen_tasks_with_the_same_tap_pay_once(chat):
    """Sixteen taps at one moment, with different updates, are one award and fifteen refusals."""
    ming = await chat.join("ming")

    await asyncio.gather(*(ming.taps("checkins") for _ in range(16)))

    assert (await ming.has()).earned == 5
    assert (await ming.has()).lines == 1


async def test_a_hundred_people_at_once_are_each_paid(chat):
    """A crowd is booked in batches and nobody is forgotten."""
    crowd = [await chat.join(f"p{number}") for number in range(100)]

    await asyncio.gather(*(person.taps("checkins") for person in crowd))

    assert [await person.points() for person in crowd] == [5] * 100


async def test_phase_two_notes_the_visit_and_says_why_it_pays_nothing(chat, clock):
    """In the selection phase a check-in is recorded without a plus, with the reason."""
    ming = await chat.join("ming")
    clock.set("2022-10-07T09:00:00+08:00")

    first = await ming.taps("checkins")
    said = ming.rendered.text
    second = await ming.taps("checkins")

    assert (first.key, second.key) == ("checkins.unscored", "checkins.already")
    assert "+" not in said
    assert "0/5" in said
    assert "评选" in said
    assert (await ming.has()).visits.bit_count() == 1


@pytest.mark.parametrize(
    ("moment", "key", "date"),
    [
        ("2022-04-22T23:59:59+08:00", "errors.not_yet", "4月23日"),
        ("2022-11-01T00:00:00+08:00", "errors.over", "10月31日"),
    ],
)
async def test_outside_the_campaign_a_check_in_is_refused_with_the_date(
    chat, clock, moment, key, date
):
    """Before the first and after the last day the answer names the day."""
    ming = await chat.join("ming")
    clock.set(moment)

    reply = await ming.taps("checkins")

    assert reply.key == key
    assert date in ming.rendered.text


async def test_an_edited_message_never_scores(chat):
    """Changing an old message to 签到 is answered, not paid."""
    ming = await chat.join("ming")

    reply = await ming.sends(Other("edited"))

    assert reply.key == "help.edited"
    assert await ming.points() == 0


async def test_who_has_not_joined_is_welcomed_instead(chat):
    """签到 from a stranger leads to first contact, and nothing is stored."""
    ming = chat.person("ming")

    reply = await ming.says("签到")

    assert reply.key == "start.welcome"
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM citizens")) == 0


async def test_an_outage_day_does_not_break_a_streak(chat, clock):
    """Days on which the bot was away are bridged, free days besides, and neither is counted."""
    ming = await chat.join("ming")
    for day in (2, 3):
        clock.set(f"2022-05-0{day}T09:00:00+08:00")
        await ming.taps("checkins")
    async with chat.database.transaction() as db:
        for day in (4, 5, 6):
            await outages.mark(db, chat.campaign_id, datetime(2022, 5, day).date())  # noqa: DTZ001
        chat.till.outages = await outages.days(db, chat.campaign_id)
    clock.set("2022-05-07T09:00:00+08:00")

    reply = await ming.taps("checkins")

    assert reply.params["streak"] == 3


@pytest.mark.parametrize(
    "name", ["a\0b", "a\ud800b", "\u202eabc", "\u200b", "👨‍👩‍👧‍👦" * 50, "x" * 5000]
)
async def test_odd_texts_are_answered_and_break_nothing(chat, name):
    """NUL, half characters, right-to-left, zero width and endless text get an answer."""
    ming = await chat.join("ming")

    odd = await ming.says(name)
    reply = await ming.says(f"/checkin {name}")

    assert odd.key == "help.lost"
    assert reply.key == "checkins.paid"


async def test_a_place_code_attributes_the_check_in_and_pays_no_more(chat):
    """A place's QR code leads through first contact to a check-in there, for the usual points."""
    ming = chat.person("ming")
    await ming.says("/start place_qushuiyuan")
    await ming.taps(ming.button("我已满14周岁，同意"))
    await ming.taps(ming.button("朱家角镇"))
    await ming.taps(ming.button("在曲水园签到"))
    said = ming.rendered.text

    back = await ming.says("/start place_museum")
    again = await ming.taps(ming.button("在青浦博物馆签到"))

    assert "曲水园" in said
    assert "+5" in said
    assert (back.key, again.key) == ("start.welcome_back", "checkins.already")
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT subject FROM deeds")) == "place_qushuiyuan"


@pytest.mark.parametrize("place", ["nowhere", "", "x" * 50, "qushuiyuan:x", "' OR 1=1"])
async def test_a_foreign_place_code_is_an_ordinary_check_in(chat, place):
    """Unknown places are dropped, and the check-in counts."""
    ming = await chat.join("ming")

    await ming.says(f"/start place_{place}")
    reply = await ming.taps(f"checkins:place_{place}")

    assert reply.key == "checkins.paid"
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT subject FROM deeds")) == ""
