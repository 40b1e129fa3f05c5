import asyncio
from datetime import datetime

import pytest

from tests.classes import counts, on_air, row
from tests.duties import appoint
from tests.features.test_joining import links
from tests.proposed import acts

WORD = "书香 满城"


@pytest.fixture
async def ming(chat, clock):
    """Somebody who takes part, on the evening of 1 May, when a class has just begun."""
    clock.set("2022-05-01T19:00:00+08:00")
    return await chat.join("ming")


@pytest.mark.parametrize("said", [WORD, "  书香　满城 ", "书香 满城\n"])
async def test_the_code_word_pays(chat, ming, said):
    """The address comes first, the points with the word, however it is spaced."""
    [one] = await on_air(chat, row(), word=WORD)

    asked = await ming.taps(f"joining.join:{one}")
    address, before = links(ming), (await ming.points(), await counts(chat, one))
    paid = await ming.says(said)

    assert (asked.key, paid.key) == ("joining.ask_word", "joining.paid")
    assert address == ["https://live.example.org/1"]
    assert before == (0, (0, 0, 0))
    assert "+5" in ming.rendered.text
    assert await counts(chat, one) == (0, 1, 0)


async def test_five_wrong_words_and_no_more(chat, ming):
    """Each says how many tries are left; asking again gives no new ones, nor does the right one."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")

    answers = [await ming.says(f"不知道{n}") for n in range(5)]
    await ming.taps(f"joining.join:{one}")
    last = await ming.says(WORD)

    assert [(a.key, a.params["left"]) for a in answers] == [
        *(("joining.wrong_word", left) for left in (4, 3, 2, 1)),
        ("joining.no_tries", 0),
    ]
    assert last.key == "joining.no_tries"
    assert await ming.points() == 0


async def test_a_fifth_word_may_still_be_right(chat, ming):
    """Four wrong ones cost nothing but themselves."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")
    for n in range(4):
        await ming.says(f"不知道{n}")

    assert (await ming.says(WORD)).key == "joining.paid"


async def test_a_repeated_wrong_word_takes_one_try(chat, ming):
    """The platform's second delivery is no second guess."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")

    answers = [await ming.says("不知道", update="m:7") for _ in range(3)]

    assert [a.params["left"] for a in answers] == [4, 4, 4]


async def test_guesses_at_once_are_no_more_than_five(chat, ming):
    """Nobody gets past the limit by sending everything at the same time."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")

    await asyncio.gather(*(ming.says(f"不知道{n}") for n in range(12)))

    assert (await ming.says(WORD)).key == "joining.no_tries"


async def test_a_repeated_right_word_reads_the_same_again(chat, ming):
    """The retry is +5, another text is told that it has scored."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")

    answers = [await ming.says(WORD, update="m:8") for _ in range(2)]
    answers += [await ming.says(WORD), await ming.taps(f"joining.join:{one}")]

    keys = [a.key for a in answers]
    assert keys == ["joining.paid"] * 2 + ["joining.already"] * 2
    assert await ming.points() == 5


@pytest.mark.parametrize(
    ("stamp", "key"), [("19:59:59", "joining.paid"), ("20:00:00", "joining.closed")]
)
async def test_a_word_counts_when_it_was_sent(chat, clock, ming, stamp, key):
    """A message that arrives after the class has the platform's own time."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")
    clock.set("2022-05-01T20:05:00+08:00")

    stamped = datetime.fromisoformat(f"2022-05-01T{stamp}+08:00")

    assert (await ming.says(WORD, stamped=stamped)).key == key


async def test_the_word_is_for_the_class_that_asked_last(chat, ming):
    """Of two at the same time, each has its own word and its own tries."""
    [one] = await on_air(chat, row("甲"), word="甲的口令")
    [two] = await on_air(chat, row("乙"), word="乙的口令")
    await ming.taps(f"joining.join:{one}")
    chat.clock.ahead(seconds=1)
    await ming.taps(f"joining.join:{two}")

    wrong = await ming.says("甲的口令")
    right = await ming.says("乙的口令")

    assert (wrong.key, wrong.params["topic"]) == ("joining.wrong_word", "乙")
    assert (right.key, right.params["topic"]) == ("joining.paid", "乙")


async def test_commands_win_over_the_word(chat, ming):
    """签到 in class is a check-in."""
    [one] = await on_air(chat, row(), word=WORD)
    await ming.taps(f"joining.join:{one}")

    assert (await ming.says("签到")).key == "checkins.paid"


async def test_those_in_charge_set_the_word_in_the_chat(chat):
    """Asked for, taken from the next text, shown on the page, needed to join, and taken off."""
    (live,) = await on_air(chat, row())
    mei = await appoint(chat, "mei", "zhujiajiao")
    asked = await mei.taps(f"code_words:{live}")
    done = await mei.says("  明月  几时有 ")
    await mei.taps(f"programme.one:{live}")
    shown = mei.rendered.text

    assert (asked.key, done.key) == ("code_words.ask", "code_words.is_set")
    assert "口令：明月 几时有" in shown
    chat.clock.set("2022-05-01T19:05:00+08:00")
    ming = await chat.join("ming")
    assert (await ming.taps(f"joining.join:{live}")).key == "joining.ask_word"
    assert (await ming.says("明月 几时有")).key == "joining.paid"
    await mei.taps(f"code_words:{live}")
    assert (await mei.taps(mei.button("不用口令"))).key == "code_words.dropped"
    lan = await chat.join("lan")
    assert (await lan.taps(f"joining.join:{live}")).key == "joining.paid"
    assert await acts(chat) == ["live_word_set", "live_word_dropped"]


@pytest.mark.parametrize("word", ["\u200b", "长" * 41, "7", "０８", "\u202e\0"])
async def test_words_that_will_not_do(chat, word):
    """Nothing, too much, and what would be taken for a place in a list; it keeps asking."""
    (live,) = await on_air(chat, row())
    mei = await appoint(chat, "mei", "zhujiajiao")
    await mei.taps(f"code_words:{live}")

    assert (await mei.says(word)).key in {"code_words.wrong", "code_words.is_number"}
    assert (await mei.says("明月")).key == "code_words.is_set"


async def test_a_class_that_is_over_needs_no_word(chat, clock):
    """Nor one that is off."""
    (live,) = await on_air(chat, row())
    mei = await appoint(chat, "mei", "zhujiajiao")
    await mei.taps(f"code_words:{live}")
    clock.set("2022-05-01T20:00:00+08:00")

    assert (await mei.taps(f"code_words:{live}")).key == "code_words.over"
    assert (await mei.taps(f"code_words.given:{live}:明月")).key == "code_words.over"
