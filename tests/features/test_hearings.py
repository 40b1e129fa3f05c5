"""Objections to the selection, answered with words."""

import pytest

from tests.push import Worker
from tests.selected import published, readers


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_refused_with_words_and_once(chat, boss, staff):
    """Beside the disputes about lines, with the sheet; previewed, told, and not twice."""
    ming, _hua = await readers(chat, ming=2, hua=1)
    await published(chat)
    await ming.says("提异议")
    await ming.says("少算了一天")
    listed = await staff.says("异议")
    line = staff.rendered.text
    page = await staff.says("1")
    sheet = staff.rendered.text
    await staff.taps(staff.button("不采纳"))
    wrong = await staff.says("！")
    seen = await staff.says("那天没有签到记录")
    confirm = staff.button("确认")
    await boss.taps("hearings.yes:1")
    await boss.says("同意")
    overtaken = await staff.taps(confirm)
    done = await boss.taps(boss.button("确认"))
    late = await boss.taps("hearings:1")
    worker = Worker(chat)
    await worker.rings()
    await ming.says("提异议")

    assert (listed.params["count"], page.key) == (1, "hearings.page")
    assert "对评选结果" in line
    assert "签到天数 2" in sheet
    assert (wrong.key, seen.key) == ("excluding.wrong_reason", "hearings.preview_no")
    assert (overtaken.key, done.key, late.key) == (
        *("amending.again", "hearings.said_yes", "hearings.over"),
    )
    assert worker.platform.told("ming")[-1] == "hearings.told_accepted"
    assert "异议已采纳" in ming.rendered.text
    assert "同意" in ming.rendered.text


async def test_nobody_answers_the_own_one_and_a_line_is_no_selection(chat, boss, staff):
    """A member of staff who objects is answered by another; other disputes are shown elsewhere."""
    await staff.taps("checkins")
    await readers(chat, ming=1)
    await published(chat)
    await staff.says("提异议")
    await staff.says("我也想参评")

    assert (await staff.taps("hearings:1")).key == "amending.own"
    assert (await boss.taps("hearings:1")).key == "hearings.page"
    assert (await boss.taps("hearings:99")).key == "amending.gone"
    assert (await boss.taps("rulings.one:1")).key == "amending.gone"
