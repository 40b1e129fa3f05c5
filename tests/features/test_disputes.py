"""异议: a citizen disputes a line of the log, in one tap, with words or without."""

import pytest

from tests.corrections import disputes, only
from tests.engine.test_correcting import audit
from tests.engine.test_till import deed


async def test_a_line_is_disputed_without_words(chat, ming):
    """One tap and 提交; the log says that it is being looked at."""
    asked = await disputes(ming)
    before = await ming.says("明细")
    filed = await ming.taps("disputes.file:" + (await only(chat, "id")))
    await ming.says("明细")

    assert (asked.key, before.key, filed.key) == ("disputes.ask", "log.text", "disputes.filed")
    assert "（异议处理中）" in ming.rendered.text
    shown = await ming.taps(ming.button("第 1 条的异议"))
    assert shown.key == "disputes.is_open"
    assert await audit(chat) == {}


async def test_a_line_is_disputed_with_words(chat, ming):
    """A bare text answers the question; what staff read is what was written, made visible."""
    await disputes(ming)
    filed = await ming.says("我明明\u202e看完了 {user.__class__} <b>")
    shown = await ming.taps(f"disputes.about:{await only(chat, 'about')}")

    assert filed.key == "disputes.filed"
    assert shown.params["words"].params["words"] == "我明明看完了 {user.__class__} <b>"
    assert "{user.__class__} &lt;b&gt;" in ming.rendered.text


async def test_too_many_words_keep_the_question_open(chat, ming):
    """Over 300 signs are refused, and the next text is taken."""
    await disputes(ming)

    assert (await ming.says("很" * 301)).key == "disputes.too_long"
    assert (await ming.says("很" * 300)).key == "disputes.filed"


async def test_one_dispute_for_a_line(chat, ming):
    """Disputed twice, and filed twice: one row."""
    await disputes(ming)
    number = await only(chat, "id")
    for _ in range(2):
        await ming.taps(f"disputes.file:{number}")
    again = await ming.taps(f"disputes.about:{await only(chat, 'about')}")

    assert again.key == "disputes.is_open"
    assert await only(chat, "id") == number


async def test_it_is_withdrawn_and_raised_again(chat, ming):
    """Taken back, the log knows nothing of it; it can be raised anew."""
    await disputes(ming)
    await ming.says("不对")
    back = ming.button("撤回异议")
    taken = [await ming.taps(back), await ming.taps(back)]
    await ming.says("明细")
    plain = ming.rendered.text

    assert [each.key for each in taken] == ["disputes.withdrawn"] * 2
    assert "异议处理中" not in plain
    assert (await disputes(ming)).key == "disputes.ask"


async def test_a_deed_without_points_is_disputed_as_well(chat, ming):
    """Why did I not get points: an entry like any other."""
    for number in range(6):
        await chat.till.award(deed(ming.account, f"v:{number}"))

    await disputes(ming)

    assert "当日已满 10/10" in ming.rendered.text


async def test_others_cannot_touch_it(chat, ming):
    """Somebody else's entry and dispute, and what there is not."""
    hua = await chat.join("hua")
    await disputes(ming)
    number, entry = await only(chat, "id"), await only(chat, "about")

    for target in (f"disputes.file:{number}", f"disputes.withdraw:{number}"):
        assert (await hua.taps(target)).key == "disputes.unknown"
    for ref in (entry, "d999999", "x1", "d", "dx", "l1", "d" + "9" * 40, "d²", "l" + "9" * 15):
        assert (await hua.taps(f"disputes.about:{ref}")).key == "disputes.unknown"


async def test_there_is_a_most_for_one_person(chat, clock, ming):
    """Ten wait; the eleventh is asked to."""
    for number in range(11):
        await chat.till.award(deed(ming.account, f"v:{number}"))
    for page in (0, 1):
        for n in range(1, 9 if page == 0 else 3):
            await ming.taps(f"log:{page}")
            await ming.taps(ming.button(f"第 {n} 条有异议"))
            await ming.says("不对")
    await ming.taps("log:1")

    assert (await ming.taps(ming.button("第 3 条有异议"))).key == "disputes.too_many"


async def test_the_most_holds_for_those_begun_before(chat, ming):
    """Eleven questions are opened first, then all are handed in: the last one is not taken."""
    for number in range(10):
        await chat.till.award(deed(ming.account, f"v:{number}"))
    begun = []
    for page, entries in ((0, 8), (1, 3)):
        for n in range(1, entries + 1):
            await ming.taps(f"log:{page}")
            await ming.taps(ming.button(f"第 {n} 条有异议"))
            begun.append(await only(chat, "id"))
    filed = [(await ming.taps(f"disputes.file:{number}")).key for number in begun]

    assert filed == [*["disputes.filed"] * 10, "disputes.too_many"]


@pytest.mark.parametrize("way", ["file", "draft"])
async def test_erasing_takes_disputes_along(chat, ming, way):
    """Nothing of it is kept."""
    await disputes(ming)
    if way == "file":
        await ming.says("不对")
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))

    assert await only(chat, "id") == "None"
