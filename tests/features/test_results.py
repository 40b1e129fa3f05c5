"""我的评选: the own sheet, and the published lists."""

import pytest

from storage import holdings
from tests.selected import published, readers, short, taken


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_the_own_sheet_and_the_lists(chat, boss):
    """Measures, weights, points, place; names only of those who want it; or why there is none."""
    ming, hua = await readers(chat, ming=2, hua=1)
    none = await chat.join("none")
    await boss.taps("checkins")
    await ming.taps("settings.rename")
    await ming.says("小明")
    await ming.taps("settings.board:on")
    await published(chat, draft=await taken(chat, campaign=short(chat.campaign, size=5)))

    own = await hua.says("我的评选")
    text = hua.rendered.text
    listed = await hua.taps(hua.button("百名读书达人"))
    names = [line.params["whom"] for line in listed.params["lines"].phrases]
    units = await hua.taps("results.list:2")

    assert (own.key, own.params["number"]) == ("results.text", "2")
    assert "签到天数 1（最高 2）× 25 → 12.50 分" in text
    assert "第 2 名，12.50 分，入选" in text
    assert "提出" in text
    assert names[0] == "小明"
    assert names[1] != "小明"
    assert len(names[1]) == 4
    assert units.params["count"] == 1
    assert (await none.says("/result")).key == "results.none"
    assert (await hua.taps("results.list:77")).key == "selections.missing"


async def test_who_is_excluded_reads_why(chat, clock, boss):
    """A member of staff who reads a lot stands on no list, and the sheet says why."""
    await boss.taps("checkins")
    await readers(chat, ming=1)
    await published(chat)
    own = await boss.says("我的评选")

    assert own.key == "results.text"
    assert "不参评：活动工作人员" in boss.rendered.text


async def test_who_leaves_takes_the_sheet_along_but_for_a_number(chat, clock):
    """The own data hold the line; erased, the list shows somebody who left, at the same place."""
    ming, hua = await readers(chat, ming=2, hua=1)
    await published(chat, draft=await taken(chat, campaign=short(chat.campaign)))
    citizen = await ming.id()
    async with chat.database.reading() as db:
        rows, _ = await holdings.of(db, citizen)
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))
    await hua.taps("results.list:0")

    assert [row["checkin_days"] for row in rows["selection_readers"]] == [2]
    assert "第 1 名 （已注销）" in hua.rendered.text
    async with chat.database.reading() as db:
        rows, _ = await holdings.of(db, citizen)
    assert rows["selection_readers"] == []
