import asyncio
from datetime import datetime

import pytest

from bot import campaign as campaigns
from bot.campaign import BUNDLED
from storage import livestreams
from tests.chat import Chat
from tests.classes import counts, on_air, row

REPLAY = "https://live.example.org/1/replay"
WORD = "书香 满城"


def links(person):
    """Return the addresses of the last answer."""
    return [button.url for line in person.rendered.buttons for button in line if button.url]


@pytest.fixture
async def ming(chat, clock):
    """Somebody who takes part, on the evening of 1 May, when a class has just begun."""
    clock.set("2022-05-01T19:00:00+08:00")
    return await chat.join("ming")


async def test_joining_pays_once_and_hands_out_the_address(chat, ming):
    """+5 of 10 with the link; the second time the link and the reason; in both languages."""
    [one] = await on_air(chat, row())

    paid = await ming.taps(f"joining.join:{one}")
    said, address = ming.rendered.text, links(ming)
    again = await ming.taps(f"joining.join:{one}")
    ming.language = "en"
    await ming.taps(f"joining.join:{one}")

    assert (paid.key, again.key) == ("joining.paid", "joining.already")
    assert "+5" in said
    assert "5/10" in said
    assert address == links(ming) == ["https://live.example.org/1"]
    assert "has earned its points already" in ming.rendered.text
    assert "+" not in ming.rendered.text
    assert (await ming.points(), (await ming.has()).lives) == (5, 1)
    assert await counts(chat, one) == (0, 1, 0)


@pytest.mark.parametrize(
    ("moment", "key", "status"),
    [
        ("18:49:59", "joining.closed", "livestreams.is_coming"),
        ("18:50:00", "joining.paid", None),
        ("19:59:59", "joining.paid", None),
        ("20:00:00", "joining.closed", "livestreams.is_over_replay"),
    ],
)
async def test_only_the_slot_scores_to_the_second(chat, clock, ming, moment, key, status):
    """Ten minutes before the start until the end; else when it opens, or the recording."""
    [one] = await on_air(chat, row(replay=REPLAY))
    clock.set(f"2022-05-01T{moment}+08:00")

    said = await ming.taps(f"joining.join:{one}")

    found = said.params.get("status")
    assert (said.key, found and found.key) == (key, status)
    assert (said.params["today"], said.params["cap"]) == (5 if status is None else 0, 10)
    assert await ming.points() == said.params["today"]


async def test_too_early_says_when_and_over_offers_the_recording(chat, clock, ming):
    """The answers lead on."""
    [early], [late] = (
        await on_air(chat, row("早", "2022-05-02 19:00")),
        await on_air(chat, row("晚", "2022-05-01 17:00", replay=REPLAY)),
    )

    await ming.taps(f"joining.join:{early}")
    opens = ming.rendered.text
    await ming.taps(f"joining.join:{late}")

    assert "2022-05-02 18:50" in opens
    assert ming.button("回看") == f"joining.replay:{late}"
    assert "回看不计分" in ming.rendered.text


async def test_a_repeated_join_reads_the_same_again(chat, clock, ming):
    """The retry of a lost answer is +5 once more, even after the class."""
    [one] = await on_air(chat, row())

    answers = [await ming.taps(f"joining.join:{one}", update="m:9") for _ in range(2)]
    clock.ahead(hours=1)
    answers.append(await ming.taps(f"joining.join:{one}", update="m:9"))

    assert {(a.key, a.params["points"], a.params["today"]) for a in answers} == {
        ("joining.paid", 5, 5)
    }
    assert await ming.points() == 5


async def test_sixteen_joins_at_once_pay_once(chat, ming):
    """A hammered button is one award and one person in class."""
    [one] = await on_air(chat, row())

    await asyncio.gather(*(ming.taps(f"joining.join:{one}") for _ in range(16)))

    assert (await ming.points(), (await ming.has()).lives) == (5, 1)
    assert await counts(chat, one) == (0, 1, 0)


async def test_the_third_livestream_of_the_day_is_noted_without_points(chat, ming):
    """10/10 and the reason; however often it is tapped, it is noted once."""
    ids = await on_air(chat, row("甲"), row("乙"), row("丙"))

    answers = [await ming.taps(f"joining.join:{each}") for each in ids]
    said = ming.rendered.text
    await asyncio.gather(*(ming.taps(f"joining.join:{ids[2]}") for _ in range(8)))
    again = await ming.taps(f"joining.join:{ids[2]}")
    second = await ming.taps(f"joining.join:{ids[1]}")

    assert [a.key for a in answers] == ["joining.paid", "joining.paid", "joining.capped"]
    assert "10/10" in said
    assert "+" not in said
    assert (again.key, second.key) == ("joining.capped", "joining.already")
    assert (await ming.points(), (await ming.has()).lives) == (10, 3)
    assert await counts(chat, ids[2]) == (0, 1, 0)
    assert links(ming)
    assert await chat.broken() == {}


async def test_the_retry_of_what_filled_the_day_is_paid_as_before(chat, ming):
    """The last +5 of a day reads the same again, not capped."""
    ids = await on_air(chat, row("甲"), row("乙"))
    await ming.taps(f"joining.join:{ids[0]}")

    answers = [await ming.taps(f"joining.join:{ids[1]}", update="m:2") for _ in range(2)]

    assert [(a.key, a.params["today"]) for a in answers] == [("joining.paid", 10)] * 2


@pytest.mark.parametrize(("moment", "day"), [("23:59:59", 1), ("00:00:00", 2)])
async def test_a_class_over_midnight_counts_on_the_day_of_the_tap(chat, clock, ming, moment, day):
    """One second decides on the day, and the cap is that day's."""
    ids = await on_air(chat, row("甲"), row("乙"), row("夜", "2022-05-01 23:30"))
    for each in ids[:2]:
        await ming.taps(f"joining.join:{each}")
    clock.set(f"2022-05-0{day}T{moment}+08:00")

    said = await ming.taps(f"joining.join:{ids[2]}")

    paid = {1: ("joining.capped", 10), 2: ("joining.paid", 5)}
    assert (said.key, said.params["today"]) == paid[day]


async def test_a_capped_class_scores_after_midnight(chat, clock, ming):
    """What the cap refused is not burnt."""
    ids = await on_air(chat, row("甲"), row("乙"), row("夜", "2022-05-01 23:30"))
    for each in ids[:2]:
        await ming.taps(f"joining.join:{each}")
    clock.set("2022-05-01T23:40:00+08:00")
    capped = await ming.taps(f"joining.join:{ids[2]}")
    clock.set("2022-05-02T00:10:00+08:00")

    assert capped.key == "joining.capped"
    assert (await ming.taps(f"joining.join:{ids[2]}")).key == "joining.paid"
    assert await chat.broken() == {}


async def test_a_class_over_midnight_counts_once(chat, clock, ming):
    """Joined before midnight over the cap and after it for points, alone and at once: one class."""
    ids = await on_air(chat, row("甲"), row("乙"), row("夜", "2022-05-01 23:30"))
    for each in ids:
        await ming.taps(f"joining.join:{each}")
    clock.set("2022-05-01T23:40:00+08:00")
    await ming.taps(f"joining.join:{ids[2]}")
    before = (await ming.has()).lives
    clock.set("2022-05-02T00:10:00+08:00")
    await asyncio.gather(*(ming.taps(f"joining.join:{ids[2]}") for _ in range(4)))

    assert (before, (await ming.has()).lives) == (3, 3)
    assert await chat.broken() == {}


async def test_after_phase_one_a_join_is_noted_without_points(chat, clock, ming):
    """Phase 2: recorded, no plus, the reason, the way in."""
    [one] = await on_air(chat, row("评选", "2022-10-08 19:00"))
    clock.set("2022-10-08T19:00:00+08:00")

    said = await ming.taps(f"joining.join:{one}")

    assert said.key == "joining.unscored"
    assert "+" not in ming.rendered.text
    assert links(ming)


async def test_a_cancelled_class_lets_nobody_in(chat, ming):
    """It says so, and hands out nothing."""
    [one] = await on_air(chat, row())
    async with chat.database.transaction() as db:
        await livestreams.cancel(db, one)

    said = await ming.taps(f"joining.join:{one}")

    assert said.params["status"].key == "livestreams.is_cancelled"
    assert links(ming) == []
    assert await ming.points() == 0


async def test_a_moved_class_lets_people_in_at_its_new_time(chat, clock, ming):
    """The old slot says the new time; the new slot pays."""
    [one] = await on_air(chat, row())
    async with chat.database.transaction() as db:
        await livestreams.postpone(db, one, datetime.fromisoformat("2022-05-03T09:00:00+08:00"))

    old = await ming.taps(f"joining.join:{one}")
    said = ming.rendered.text
    clock.set("2022-05-03T08:50:00+08:00")
    new = await ming.taps(f"joining.join:{one}")

    assert old.params["status"].key == "livestreams.is_moved"
    assert "2022-05-03 09:00" in said
    assert new.key == "joining.paid"


async def test_a_class_that_was_ended_early_is_over(chat, ming):
    """Its state counts before its time."""
    [one] = await on_air(chat, row(), state="ended")

    said = await ming.taps(f"joining.join:{one}")

    assert said.params["status"].key == "livestreams.is_over"


async def test_a_stranger_who_joins_is_welcomed(chat, clock):
    """First contact comes before points, and before any address."""
    [one] = await on_air(chat, row())
    clock.set("2022-05-01T19:00:00+08:00")
    new = chat.person("new")

    answers = [await new.taps(f"joining.{verb}:{one}") for verb in ("join", "replay", "word")]

    assert [a.key for a in answers[:2]] == ["start.welcome"] * 2
    assert answers[2].key == "livestreams.unknown"


async def test_watching_again_scores_nothing_and_says_so(chat, clock, ming):
    """Before and after; it is counted apart from joining."""
    [one] = await on_air(chat, row(replay=REPLAY))
    early = await ming.taps(f"joining.replay:{one}")
    clock.ahead(hours=1)

    await ming.taps(f"livestreams.open:{one}")
    before = ming.rendered.text
    answers = [await ming.taps(ming.button("回看")) for _ in range(1)]
    answers.append(await ming.taps(f"joining.replay:{one}"))

    assert early.key == "joining.no_replay"
    assert "回看不计分" in before
    assert "回看不计分" in ming.rendered.text
    assert "+" not in ming.rendered.text
    assert [a.key for a in answers] == ["joining.replayed"] * 2
    assert links(ming) == [REPLAY]
    assert await counts(chat, one) == (0, 0, 1)
    assert await ming.points() == 0


async def test_a_campaign_may_pay_for_watching_again(database, clock, tmp_path):
    """With `replay_scores = true` it pays by the same once key, said beforehand."""
    text = (BUNDLED / "qingpu_2022.toml").read_text(encoding="utf-8")
    file = tmp_path / "other.toml"
    file.write_text(text.replace("replay_scores = false", "replay_scores = true"), encoding="utf-8")
    async with Chat.open(database, clock, campaigns.load(str(file))) as chat:
        clock.set("2022-05-01T19:00:00+08:00")
        ming, hua = await chat.join("ming"), await chat.join("hua")
        [one] = await on_air(chat, row(replay=REPLAY))
        await ming.taps(f"joining.join:{one}")
        clock.ahead(hours=1)

        await hua.taps(f"livestreams.open:{one}")
        before = hua.rendered.text
        twice = await ming.taps(f"joining.replay:{one}")
        answers = [await hua.taps(f"joining.replay:{one}", update="h:1") for _ in range(2)]

        assert "回看也计分" in before
        assert twice.key == "joining.already"
        assert [a.key for a in answers] == ["joining.paid"] * 2
        assert links(hua) == [REPLAY]
        assert await counts(chat, one) == (0, 1, 1)
        assert (await ming.points(), await hua.points()) == (5, 5)


async def test_erasing_takes_bookings_and_guesses_along(chat, clock, ming):
    """Who came stays counted under nobody's name; who is to be reminded is forgotten."""
    [one] = await on_air(chat, row())
    [two] = await on_air(chat, row("乙", "2022-05-02 19:00"), word=WORD)
    await ming.taps(f"joining.join:{one}")
    await ming.taps(f"livestreams.book:{two}")
    await ming.says("注销")

    await ming.taps(ming.button("注销，全部删掉"))

    assert await counts(chat, one) == (0, 1, 0)
    assert await counts(chat, two) == (0, 0, 0)
    assert await chat.broken() == {}
