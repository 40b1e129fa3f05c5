"""A unit's classes as those in charge see and change them."""

import pytest

from storage.proposals import APPROVED, REPLACED, WAITING
from tests.classes import counts, on_air, row
from tests.duties import appoint
from tests.proposed import approve, classes, form, hand_in, states
from tests.push import Worker

CLASS = "在运河边读《红楼梦》"
WHEN = "2022-06-18 19:00"


@pytest.fixture
async def live(chat):
    """A class of 朱家角镇 that came by a file."""
    (live,) = await on_air(chat, row(CLASS, WHEN))
    return live


async def change(person, live, old="", new=""):
    """Take a class's form, change something, hand it in, and return the proposal's number."""
    await person.taps(f"programme.edit:{live}")
    text = person.rendered.text.partition("/propose")[2]
    assert old in text
    return await hand_in(person, "/propose" + text.replace(old, new))


async def test_the_list_is_the_units_own(chat, boss, mei, live):
    """An organiser sees her unit's, staff everybody's; a number alone opens one."""
    lan = await appoint(chat, "lan", "liantang", by=boss)
    mine, none, everything = [await p.taps("programme") for p in (mei, lan, boss)]

    assert (mine.key, none.key) == ("programme.text", "programme.none")
    assert everything.params["count"] == 1
    assert (await mei.says("1")).key == "programme.one"


async def test_the_page_shows_what_only_they_see(chat, mei, live):
    """The address, the code word, and how many booked."""
    ming = await chat.join("ming")
    await ming.taps(f"livestreams.book:{live}")
    await mei.taps(f"programme.one:{live}")

    assert "https://live.example.org/1" in mei.rendered.text
    assert "预约 1 人，参加 0 人" in mei.rendered.text
    assert await counts(chat, live) == (1, 0, 0)


@pytest.mark.parametrize(
    "head",
    ["programme.one:", "programme.edit:", "code_words:", "code_words.given:", "code_words.drop:",
     "recordings:", "recordings.given:", "recordings.drop:"],
)  # fmt: skip
async def test_other_units_stay_out(chat, boss, live, head):
    """By no button, forged or forwarded."""
    lan = await appoint(chat, "lan", "liantang", by=boss)
    ming = await chat.join("ming")

    assert (await lan.taps(f"{head}{live}")).key == "errors.not_yours"
    assert (await ming.taps(f"{head}{live}")).key == "errors.not_allowed"
    for odd in ("", "x", "999", "9" * 30):
        assert (await boss.taps(f"{head}{odd}")).key == "livestreams.unknown"
    by_form = await lan.says(form(单位="练塘镇", 直播编号=str(live)))
    assert by_form.params["problems"].phrases[0].params["why"].key == "filling.no_reference"


async def test_a_new_time_waits_and_is_then_told(chat, clock, boss, mei, live):
    """Until it is approved the old time holds; then those who booked are told."""
    worker = Worker(chat)
    ming = await chat.join("ming")
    await ming.taps(f"livestreams.book:{live}")
    number = await change(mei, live, WHEN, "2022-06-25 19:00")
    before = (await classes(chat))[0]
    await worker.rings()
    untold = worker.platform.told("ming")
    page = await boss.taps(f"proposals.review:{number}")
    await approve(boss, number)
    clock.ahead(minutes=1)
    await worker.rings()

    (after,) = await classes(chat)
    was = [p for p in page.params["details"].phrases if p.key == "proposals.was"]
    assert [phrase.params["label"].key for phrase in was] == ["filling.label_time"]
    assert (before.starts_at.day, after.starts_at.day, after.state) == (18, 25, "postponed")
    assert (after.ends_at - after.starts_at).seconds == 3600
    assert untold == []
    assert worker.platform.told("ming") == ["changes.moved"]
    assert await counts(chat, live) == (1, 0, 0)


async def test_new_words_change_nothing_else(chat, clock, boss, mei, live):
    """Topic, lecturer, summary, address; nobody is told of a new time, and the word stays."""
    worker = Worker(chat)
    await mei.taps(f"code_words.given:{live}:明月")
    ming = await chat.join("ming")
    await ming.taps(f"livestreams.book:{live}")
    await approve(boss, await change(mei, live, "某老师", "李老师"))
    clock.ahead(minutes=1)
    await worker.rings()

    (made,) = await classes(chat)
    assert (made.lecturer, made.state, made.version, made.word) == ("李老师", "approved", 1, "明月")
    assert worker.platform.told("ming") == []


async def test_a_change_is_late_only_with_its_time(chat, clock, mei, live):
    """A week before, the summary may change, the time not; after the start nothing may."""
    clock.set("2022-06-11T09:00:00+08:00")
    await mei.taps(f"programme.edit:{live}")
    text = mei.rendered.text.partition("/propose")[2]
    moved = await mei.says("/propose" + text.replace(WHEN, "2022-06-19 19:00"))
    worded = await mei.says("/propose" + text.replace("一句话", "两句话"))
    same = await mei.says("/propose" + text)
    clock.set("2022-06-18T19:00:00+08:00")
    begun = await mei.says("/propose" + text.replace("一句话", "两句话"))

    reasons = [reply.params["problems"].phrases[0].params["why"].key for reply in (moved, begun)]
    assert reasons == ["filling.time_early", "filling.class_closed"]
    assert worded.key == "proposing.preview"
    assert same.params["problems"].phrases[0].key == "filling.nothing_new"
    assert (await mei.taps(f"programme.edit:{live}")).key == "programme.one"


async def test_the_second_change_replaces_the_first(chat, boss, mei, live):
    """One change of a class waits at a time."""
    first = await change(mei, live, "某老师", "李老师")
    second = await change(mei, live, "某老师", "王老师")

    assert await states(chat) == {first: REPLACED, second: WAITING}
    await approve(boss, second)
    assert (await classes(chat))[0].lecturer == "王老师"
    assert await states(chat) == {first: REPLACED, second: APPROVED}


async def test_a_change_of_what_was_cancelled_is_not_approved(chat, boss, mei, live):
    """The organiser called it off meanwhile, with a confirming tap."""
    number = await change(mei, live, "某老师", "李老师")
    await boss.taps(f"proposals.review:{number}")
    target = boss.button("通过")
    await mei.taps(f"programme.one:{live}")
    asked = await mei.taps(mei.button("取消直播"))
    await mei.taps(mei.button("确认"))
    reply = await boss.taps(target)

    assert asked.key == "airings.cancel_asked"
    assert reply.params["state"].key == "deciding.class_closed"
    (made,) = await classes(chat)
    assert (made.state, made.lecturer) == ("cancelled", "某老师")


async def test_a_new_topic_may_not_be_another_class_s(chat, boss, mei, live):
    """Two classes of one name and first time would be one."""
    await on_air(chat, row("别的课", WHEN))
    await mei.taps(f"programme.edit:{live}")
    text = mei.rendered.text.partition("/propose")[2]
    reply = await mei.says("/propose" + text.replace(CLASS, "别的课"))

    assert reply.params["problems"].phrases[0].params["why"].key == "filling.taken"


async def test_a_returned_change_may_keep_its_new_time(chat, clock, boss, mei, live):
    """It was in time when it was handed in; sent again under its number it still is."""
    number = await change(mei, live, WHEN, "2022-06-17 19:00")
    clock.set("2022-06-10T09:00:00+08:00")
    await boss.taps(f"verdicts.why:returned:{number}")
    await boss.says("简介太短")
    await mei.taps(f"proposals.edit:{number}")
    text = mei.rendered.text.partition("/propose")[2]
    again = await hand_in(mei, "/propose" + text.replace("一句话", "两句话"))
    await approve(boss, again)

    (made,) = await classes(chat)
    assert (made.starts_at.day, made.summary, made.state) == (17, "两句话", "postponed")
