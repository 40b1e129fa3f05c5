"""提异议: about the own place, in time, once."""

import pytest

from tests.selected import published, readers


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_objecting_in_time_and_too_late(chat, clock):
    """First the log is named; words are needed; it can be taken back; then it is over."""
    ming, hua = await readers(chat, ming=2, hua=1)
    before = await ming.says("/dispute")
    await published(chat)
    asked = await ming.says("提异议")
    empty = await ming.says("……")
    filed = await ming.says("少算了一天签到")
    shown = await ming.says("提异议")
    others = await hua.taps("objections.withdraw:1")
    await ming.taps("objections")
    back = await ming.taps(ming.button("撤回异议"))
    again = await ming.says("提异议")
    clock.set("2022-10-13T00:00:00+08:00")
    late = await ming.taps("objections.words:2:现在才写")
    over = await hua.says("提异议")

    assert (before.key, asked.key, empty.key) == (
        *("objections.lines", "objections.ask", "objections.wordless"),
    )
    assert asked.params["sheet"].phrases
    assert (filed.key, shown.key) == ("objections.filed", "objections.is_open")
    assert (others.key, back.key, again.key) == (
        *("disputes.unknown", "disputes.withdrawn", "objections.ask"),
    )
    assert (late.key, over.key) == ("objections.over", "objections.over")
