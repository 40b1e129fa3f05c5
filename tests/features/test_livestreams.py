import asyncio
from dataclasses import replace

import pytest

from storage import livestreams, units
from storage.units import Unit
from tests.classes import counts, on_air, row

ODD = '<b>"A" & B</b> {x}'


async def changed(chat, change, *arguments, **more):
    """Do to a livestream what staff do."""
    async with chat.database.transaction() as db:
        return await change(db, *arguments, **more)


async def test_nothing_to_come_is_a_sentence_and_the_menu(chat):
    """The empty state says what will be here, in both languages."""
    ming = await chat.join("ming")

    said = await ming.says("直播")
    ming.language = "en"
    await ming.says("/live")

    assert said.key == "livestreams.empty"
    assert ming.button("Check in") == "checkins"
    assert "No livestream is coming up" in ming.rendered.text


async def test_the_list_is_numbered_and_a_number_opens(chat):
    """By start, with topic, time, lecturer; a bare number opens the page."""
    ming = await chat.join("ming")
    later, sooner = await on_air(
        chat, row("听书的学问", "2022-05-03 19:00"), row("《红楼梦》里的人情味")
    )

    listed = await ming.says("直播")
    text = ming.rendered.text
    opened = await ming.says("2")

    assert [phrase.params["topic"] for phrase in listed.params["entries"].phrases] == [
        "《红楼梦》里的人情味",
        "听书的学问",
    ]
    assert "1. “《红楼梦》里的人情味” 某老师 · 2022-05-01 19:00" in text
    assert (opened.key, opened.params["topic"]) == ("livestreams.page", "听书的学问")
    assert ming.button("提醒我") == f"livestreams.book:{later}"
    assert later != sooner


async def test_the_page_says_everything_in_both_languages(chat):
    """Topic, start in campaign time, minutes, lecturer, who holds it, summary, points."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row())

    await ming.taps(f"livestreams.open:{one}")
    chinese = ming.rendered.text
    ming.language = "en"
    await ming.taps(f"livestreams.open:{one}")

    wanted = ("在运河边读《红楼梦》", "2022-05-01 19:00", "60 分钟", "某老师", "一句话", "朱家角镇")
    assert [words for words in wanted if words not in chinese] == []
    assert "2022-05-01 18:50" in chinese
    assert "Held by Zhujiajiao Town" in ming.rendered.text
    assert "10 a day" in ming.rendered.text


async def test_many_are_paged(chat):
    """Six to a page, with the way on and back."""
    ming = await chat.join("ming")
    await on_air(chat, *(row(f"课{n}", f"2022-05-{n + 2:02} 19:00") for n in range(8)))

    first = await ming.says("直播")
    second = await ming.taps(ming.button("下一页"))

    assert (len(first.params["entries"].phrases), len(second.params["entries"].phrases)) == (6, 2)
    assert ming.button("上一页") == "livestreams:0"


async def test_booking_and_taking_it_back(chat):
    """提醒我, twice the same; 不用提醒; each is seen on the page and in the list."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row())
    await ming.taps(f"livestreams.open:{one}")

    booked = await ming.taps(ming.button("提醒我"))
    await ming.taps(f"livestreams.book:{one}")
    twice = await counts(chat, one)
    await ming.says("直播")
    listed = ming.rendered.text
    await ming.taps(f"livestreams.open:{one}")
    unbooked = await ming.taps(ming.button("不用提醒"))

    assert (booked.key, unbooked.key) == ("livestreams.booked", "livestreams.unbooked")
    assert twice == (1, 0, 0)
    assert "已约提醒" in listed
    assert await counts(chat, one) == (0, 0, 0)
    assert (await ming.taps(ming.button("撤销"))).key == "livestreams.booked"


async def test_sixteen_bookings_at_once_are_one(chat):
    """A hammered button is one booking."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row())

    await asyncio.gather(*(ming.taps(f"livestreams.book:{one}") for _ in range(16)))

    assert await counts(chat, one) == (1, 0, 0)


@pytest.mark.parametrize(
    ("moment", "labels"),
    [
        ("18:49:59", ["提醒我"]),
        ("18:50:00", ["进入直播", "提醒我"]),
        ("18:59:59", ["进入直播", "提醒我"]),
        ("19:00:00", ["进入直播"]),
        ("19:59:59", ["进入直播"]),
        ("20:00:00", ["回看"]),
    ],
)
async def test_the_page_offers_what_can_be_done_now(chat, clock, moment, labels):
    """To the second: booking before the start, joining in the slot, the recording after it."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row(replay="https://live.example.org/1/replay"))
    clock.set(f"2022-05-01T{moment}+08:00")

    await ming.taps(f"livestreams.open:{one}")
    offered = [button.label for line in ming.rendered.buttons for button in line]

    assert offered == [*labels, "直播", "菜单"]


async def test_booking_too_late_shows_how_things_stand(chat, clock):
    """An old button books nothing that runs already."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row())
    clock.set("2022-05-01T19:00:00+08:00")

    assert (await ming.taps(f"livestreams.book:{one}")).key == "livestreams.page"
    assert await counts(chat, one) == (0, 0, 0)


async def test_moved_and_cancelled_ones_say_so(chat):
    """In the list and on the page, with the new time; the list is sorted by it."""
    ming = await chat.join("ming")
    moved, off = await on_air(chat, row("甲"), row("乙"))
    new = row(start="2022-05-09 20:00").start

    await changed(chat, livestreams.postpone, moved, new)
    await changed(chat, livestreams.cancel, off)
    await ming.says("直播")
    listed = ming.rendered.text
    pages = [await ming.taps(f"livestreams.open:{each}") for each in (moved, off)]

    assert "1. “乙” 某老师 · 2022-05-01 19:00 星期日 · <b>已取消</b>" in listed
    assert "2. “甲” 某老师 · 2022-05-09 20:00 星期一 · <b>改期</b>" in listed
    assert [page.params["details"].phrases[0].key for page in pages] == [
        "livestreams.is_moved",
        "livestreams.is_cancelled",
    ]
    assert (await ming.taps(f"livestreams.book:{off}")).key == "livestreams.page"


@pytest.mark.parametrize("state", ["planned", "proposed"])
async def test_what_is_not_public_yet_is_not_shown(chat, state):
    """Neither in the list nor by its number."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row(), state=state)

    assert (await ming.says("直播")).key == "livestreams.empty"
    assert (await ming.taps(f"livestreams.open:{one}")).key == "livestreams.unknown"
    assert (await ming.taps(f"joining.join:{one}")).key == "livestreams.unknown"


@pytest.mark.parametrize(
    "argument", ["", "0", "999999", "x", "-1", "1.5", "９９", "1" * 50, "²", "1; DROP"]
)
@pytest.mark.parametrize(
    "verb",
    [f"livestreams.{verb}" for verb in ("open", "book", "unbook")]
    + ["joining.join", "joining.replay"],
)
async def test_unknown_livestreams_are_said_so(chat, verb, argument):
    """Forged and stale ids are answered in words."""
    ming = await chat.join("ming")

    assert (await ming.taps(f"{verb}:{argument}")).key == "livestreams.unknown"


async def test_what_is_over_is_found_under_earlier_ones(chat, clock):
    """Those with a recording, the newest first, and a number opens them."""
    ming = await chat.join("ming")
    await on_air(chat, row("没有回看"), row("旧", replay="https://x.example/1"))
    await on_air(chat, row("新", "2022-05-02 19:00", replay="https://x.example/2"))
    before = await ming.taps("livestreams.past")
    clock.ahead(days=3)

    await ming.says("直播")
    past = await ming.taps(ming.button("往期回看"))
    opened = await ming.says("2")

    assert before.key == "livestreams.no_past"
    assert [e.params["topic"] for e in past.params["entries"].phrases] == ["新", "旧"]
    assert opened.params["topic"] == "旧"


@pytest.mark.parametrize("topic", [ODD, "字" * 200, "🀄" * 200, "%s\\n"])
async def test_odd_topics_are_shown_as_they_are(chat, topic):
    """HTML, emoji, 200 signs and format strings break neither text nor button."""
    ming = await chat.join("ming")
    await on_air(chat, row(topic))

    listed = await ming.says("直播")
    opened = await ming.says("1")

    assert (listed.key, opened.key) == ("livestreams.text", "livestreams.page")
    assert opened.params["topic"] == topic


async def test_a_deep_link_leads_a_citizen_to_the_livestream(chat):
    """`/start live_1` offers it to whoever takes part."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row())

    await ming.says(f"/start live_{one}")
    opened = await ming.taps(ming.button("看这场直播"))

    assert opened.key == "livestreams.page"


async def test_a_deep_link_waits_through_first_contact(chat):
    """It travels in the buttons until the town is chosen; forged ones travel nowhere."""
    ming, hua = chat.person("ming"), chat.person("hua")
    [one] = await on_air(chat, row())

    await ming.says(f"/start live_{one}")
    await ming.taps(ming.button("我已满14周岁，同意"))
    await ming.taps(ming.button("朱家角镇"))
    opened = await ming.taps(ming.button("看这场直播"))
    await hua.says("/start live_x;y")

    assert opened.key == "livestreams.page"
    assert hua.button("我已满14周岁，同意") == "start.agree"


async def test_an_imported_unit_is_named(chat):
    """A school that the campaign file does not know has a name as well."""
    async with chat.database.transaction() as db:
        school = Unit("school1", units.SCHOOL, "实验中学", "Experimental School")
        await units.put(db, chat.campaign_id, [school])
    (live,) = await on_air(chat, replace(row(), unit="school1"))
    ming = await chat.join("ming")
    await ming.taps(f"livestreams.open:{live}")

    assert "实验中学" in ming.rendered.text
