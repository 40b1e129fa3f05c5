from tests.classes import on_air, row
from tests.stocked import stock


async def test_the_log_lists_every_deed_with_its_reason(chat, clock):
    """Paid, capped and unscored deeds stand there with title, points, count and reason."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    for video in await stock(chat, "video", *(f"片{n}" for n in range(6))):
        await ming.taps(f"items.open:{video}")
        clock.ahead(minutes=1)
        await ming.taps(f"items.done:{video}")

    await ming.says("明细")
    said = ming.rendered.text

    assert "签到 +5（当日 5/5）" in said
    assert "《片4》 +2（当日 10/10）" in said
    assert "《片5》 0（当日已满 10/10）" in said
    assert said.index("片5") < said.index("片0")


async def test_a_class_stands_in_the_log_by_its_topic(chat, clock):
    """Joined for points, and one that came over the cap; an odd topic is shown as it is."""
    ming = await chat.join("ming")
    ids = await on_air(chat, row("读《红楼梦》"), row("乙"), row("<b>丙</b>"))
    clock.set("2022-05-01T19:00:00+08:00")
    for live in ids:
        await ming.taps(f"joining.join:{live}")
    await ming.says("明细")
    said = ming.rendered.text

    assert "“读《红楼梦》” +5（当日 5/10）" in said
    assert "“&lt;b&gt;丙&lt;/b&gt;” 0（当日已满 10/10）" in said


async def test_long_logs_have_pages(chat, clock):
    """Nine days are two pages, newest first; past the end it says so."""
    ming = await chat.join("ming")
    for _ in range(9):
        await ming.taps("checkins")
        clock.ahead(days=1)

    await ming.says("/log")
    first = ming.rendered.text
    await ming.taps(ming.button("更早的"))
    second = ming.rendered.text
    past = await ming.taps("log:7")

    assert first.count("签到 +5") == 8
    assert second.count("签到 +5") == 1
    assert "5月1日" in second
    assert past.key == "log.no_more"


async def test_an_empty_log_says_how_to_begin(chat):
    """The empty state."""
    ming = await chat.join("ming")

    assert (await ming.says("明细")).key == "log.empty"


async def test_titles_are_shown_to_their_reader_only(chat, clock):
    """Nobody reads in another's log."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    [book] = await stock(chat, "book", "日记")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    await ming.taps(f"items.done:{book}")

    assert (await hua.says("明细")).key == "log.empty"
