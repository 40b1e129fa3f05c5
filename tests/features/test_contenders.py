"""The lists and the sheets, as staff see them."""

import pytest

from tests.selected import readers, sealed, taken


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_lists_page_by_page_and_a_sheet_by_number(chat, staff):
    """A number alone opens the sheet, which adds up; units have their list; page two is there."""
    await readers(chat, ming=4, hua=2, **{f"p{n}": 1 for n in range(6)})
    await taken(chat)

    listed = await staff.taps("contenders:0")
    second = await staff.taps("contenders:0:1")
    await staff.taps("contenders:0")
    sheet = await staff.says("2")
    text = staff.rendered.text
    units = await staff.taps("contenders:2")
    unit = await staff.says("1")

    lines = [line.params for line in listed.params["lines"].phrases]
    assert [line["score"] for line in lines[:3]] == ["25.00", "12.50", "6.25"]
    assert (listed.params["count"], len(lines), len(second.params["lines"].phrases)) == (8, 6, 2)
    assert "第 7 名" not in text
    assert sheet.key == "contenders.page"
    assert "签到天数 2（最高 4）× 25 → 12.50 分" in text
    assert "第 2 名，12.50 分，入选" in text
    assert "同分依次比较：积分、签到天数、完成的内容" in text
    assert (units.params["count"], unit.key) == (1, "contenders.page")
    assert "参与人数 8/1500（最高 2/375）× 40 → 40.00 分" in staff.rendered.text
    assert "目标人数" in staff.rendered.text


async def test_a_sealed_list_is_the_kept_one(chat, staff):
    """Once drawn up, pages and sheets come from what was kept, and say the same."""
    await readers(chat, ming=2, hua=1)
    found = await taken(chat)
    before = await staff.taps("contenders:0")
    await sealed(chat, found)
    after = await staff.taps("contenders:0")
    await staff.says("2")

    scores = [
        [line.params["score"] for line in reply.params["lines"].phrases]
        for reply in (before, after)
    ]
    assert scores[0] == scores[1] == ["25.00", "12.50"]
    assert "签到天数 1（最高 2）× 25 → 12.50 分" in staff.rendered.text


async def test_an_empty_list(chat, staff):
    """Nobody to rank is said in words."""
    await taken(chat)

    assert (await staff.taps("contenders:0")).key == "contenders.none"
    assert (await staff.taps("contenders:2")).key == "contenders.none"
