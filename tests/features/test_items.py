import asyncio

import pytest
from sqlalchemy import update

from storage.items import ItemRow
from tests.stocked import stock

ODD = '<b>"A" & B</b> 📚'


async def test_a_book_is_opened_read_and_paid(chat, clock):
    """The link is handed out; after five minutes 我读完了 pays 2 of 10."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")

    opened = await ming.taps(f"items.open:{book}")
    urls = [button.url for row in ming.rendered.buttons for button in row if button.url]
    clock.ahead(minutes=5)
    paid = await ming.taps(ming.button("我读完了"))

    assert opened.key == "items.opened"
    minute = chat.texts.text("items.opened", "en", {**opened.params, "wait": 1})
    assert "After 1 minute at least" in minute
    assert urls == ["https://books.example/0-红楼梦"]
    assert paid.key == "items.paid"
    assert "+2" in ming.rendered.text
    assert "2/10" in ming.rendered.text


async def test_too_early_says_how_long_is_left(chat, clock):
    """The shorter of the item's and the activity's minutes count, to the second."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")

    answers = []
    for seconds in (0, 239, 60, 1):
        clock.ahead(seconds=seconds)
        answers.append(await ming.taps(f"items.done:{book}"))

    assert [(a.key, a.params.get("left")) for a in answers] == [
        ("items.too_early", 5),
        ("items.too_early", 2),
        ("items.too_early", 1),
        ("items.paid", None),
    ]


async def test_a_short_item_waits_no_longer_than_it_takes(chat, clock):
    """min(the item's minutes, the activity's)."""
    ming = await chat.join("ming")
    [poem] = await stock(chat, "book", "静夜思", minutes=2)
    await ming.taps(f"items.open:{poem}")
    clock.ahead(minutes=2)

    assert (await ming.taps(f"items.done:{poem}")).key == "items.paid"


async def test_opening_again_does_not_restart_the_time(chat, clock):
    """Looking at the link a second time costs nothing."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=4)
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=1)

    assert (await ming.taps(f"items.done:{book}")).key == "items.paid"


async def test_five_videos_fill_the_day_and_the_sixth_scores_tomorrow(chat, clock):
    """10/10, then the reason; the capped video is not burnt."""
    ming = await chat.join("ming")
    videos = await stock(chat, "video", *(f"视频{n}" for n in range(6)))
    answers = []
    for video in videos:
        await ming.taps(f"items.open:{video}")
        clock.ahead(minutes=1)
        answers.append((await ming.taps(f"items.done:{video}")).key)
    said = ming.rendered.text
    clock.ahead(days=1)
    await ming.taps(f"items.open:{videos[5]}")
    clock.ahead(minutes=1)
    next_day = await ming.taps(f"items.done:{videos[5]}")

    assert answers == ["items.paid"] * 5 + ["items.capped"]
    assert "10/10" in said
    assert "+" not in said
    assert (next_day.key, next_day.params["today"]) == ("items.paid", 2)


async def test_a_video_scores_once_and_a_book_once_a_day(chat, clock):
    """Repeat rules: once for video, daily for a book, each after a new opening."""
    ming = await chat.join("ming")
    [video], [book] = await stock(chat, "video", "片"), await stock(chat, "book", "书")
    outcomes = {}
    for day in range(2):
        for item in (video, book):
            for _ in range(2):
                await ming.taps(f"items.open:{item}")
                clock.ahead(minutes=5)
                answer = await ming.taps(f"items.done:{item}")
                outcomes.setdefault((day, item), []).append(answer.key)
        clock.ahead(days=1)

    assert outcomes == {
        (0, video): ["items.paid", "items.already"],
        (0, book): ["items.paid", "items.already"],
        (1, video): ["items.already", "items.already"],
        (1, book): ["items.paid", "items.already"],
    }


async def test_finishing_without_opening_or_after_finishing_is_refused_with_the_count(chat, clock):
    """A finish closes the opening: an old message's button asks to open again."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")

    never = await ming.taps(f"items.done:{book}")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)
    await ming.taps(f"items.done:{book}")
    closed = await ming.taps(f"items.done:{book}")

    assert (never.key, never.params["today"]) == ("items.not_opened", 0)
    assert (closed.key, closed.params["today"], closed.params["cap"]) == ("items.closed", 2, 10)


async def test_a_repeated_finish_reads_the_same_again(chat, clock):
    """The retry of a lost answer is +2 once more, not a refusal."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)

    answers = [await ming.taps(f"items.done:{book}", update="m:9") for _ in range(3)]

    assert {(a.key, a.params["points"], a.params["today"]) for a in answers} == {
        ("items.paid", 2, 2)
    }
    assert await ming.points() == 2


async def test_sixteen_finishes_at_once_pay_once(chat, clock):
    """A hammered button is one award."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)

    await asyncio.gather(*(ming.taps(f"items.done:{book}") for _ in range(16)))

    assert await ming.points() == 2


async def test_anothers_opening_is_not_mine(chat, clock):
    """A forwarded finish button does nothing for who has not opened."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)

    assert (await hua.taps(f"items.done:{book}")).key == "items.not_opened"


async def test_a_stranger_who_finishes_is_welcomed(chat):
    """First contact comes before points."""
    [book] = await stock(chat, "book", "红楼梦")

    assert (await chat.person("new").taps(f"items.done:{book}")).key == "start.welcome"


@pytest.mark.parametrize(
    "argument", ["", "0", "999999", "x", "-1", "1.5", "９９", "1" * 50, "1; DROP"]
)
@pytest.mark.parametrize("verb", ["items.open", "items.done", "shelf.keep", "shelf.drop"])
async def test_unknown_items_are_said_so(chat, verb, argument):
    """Forged and stale ids are answered in words."""
    ming = await chat.join("ming")

    assert (await ming.taps(f"{verb}:{argument}")).key == "items.unknown"


async def test_a_retired_item_is_not_opened_but_can_be_finished(chat, clock):
    """Whoever had opened it loses nothing."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    async with chat.database.transaction() as db:
        await db.execute(update(ItemRow).values(retired_at=clock.now()))
    clock.ahead(minutes=5)

    assert (await hua.taps(f"items.open:{book}")).key == "items.retired"
    assert (await ming.taps(f"items.done:{book}")).key == "items.paid"


async def test_after_phase_one_a_finish_is_noted_without_points(chat, clock):
    """Phase 2: recorded, no plus, the reason."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", "红楼梦")
    clock.set("2022-10-08T09:00:00+08:00")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=5)

    assert (await ming.taps(f"items.done:{book}")).key == "items.unscored"
    assert "+" not in ming.rendered.text


@pytest.mark.parametrize(
    "title", [ODD, "字" * 300, "🀄" * 300, "{points.__class__}", "%s\\n", "a_b%"]
)
async def test_odd_titles_are_shown_as_they_are(chat, title):
    """HTML, emoji, 300 signs and format strings break neither text nor button nor list."""
    ming = await chat.join("ming")
    [book] = await stock(chat, "book", title)

    listed = await ming.says("看书")
    opened = await ming.says("1")

    assert (listed.key, opened.key) == ("sections.text", "items.opened")
    assert len(ming.rendered.buttons) > 1
    assert await ming.taps(f"items.keep:{book}") is not None


async def test_nothing_is_promised_where_nothing_scores(chat, clock):
    """What a page says a finish will pay is what it pays: in the second phase, nothing."""
    [book] = await stock(chat, "book", "红楼梦")
    ming = await chat.join("ming")
    assert "现在点“签到”" in ming.rendered.text
    await ming.taps(f"items.open:{book}")
    assert "，得 2 分。" in ming.rendered.text
    clock.set("2022-10-08T09:00:00+08:00")

    await ming.taps(f"items.open:{book}")
    opened = ming.rendered.text
    late = await chat.join("late")

    assert "会记下来，评选阶段不计分" in opened
    assert "得 2 分" not in opened
    assert "+5" not in late.rendered.text
    assert "不再计分" in late.rendered.text
