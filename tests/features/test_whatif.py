"""What if the weights were others."""

import pytest

from tests.selected import current, readers, short, taken
from tests.stocked import stock


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_who_would_come_in_and_who_would_leave(chat, clock, staff):
    """Weights that do not add up are named; the same change nothing; nothing is stored."""
    reader = await chat.join("reader")
    for book in await stock(chat, "book", "一", "二", "三"):
        await reader.taps(f"items.open:{book}")
        clock.ahead(minutes=6)
        await reader.taps(f"items.done:{book}")
    await readers(chat, ming=3)
    found = await taken(chat, campaign=short(chat.campaign))
    number = (await reader.says("我的")).params["number"].replace("-", "")

    await staff.taps("whatif")
    asked = await staff.taps(staff.button("百名读书达人"))
    few = await staff.says("50 50")
    more = await staff.says("50 50 50 50")
    changed = await staff.says("１ ９７ 1 1")
    text = staff.rendered.text
    await staff.taps(staff.button("再试一次"))
    same = await staff.says("97，1，1，1")
    await staff.taps("whatif.of:2")
    units = await staff.says("0 100 0 0 0")

    assert asked.params["example"] == "25 25 25 25"
    assert (few.key, few.params) == ("whatif.how_many", {"count": 4, "given": 2})
    assert (more.key, more.params) == ("whatif.not_whole", {"total": 200, "whole": 100})
    assert (changed.key, changed.params["count"], changed.params["gone"]) == ("whatif.text", 1, 1)
    assert text.index("会进来 1 个") < text.index(number) < text.index("会出去 1 个")
    assert (same.key, units.key) == ("whatif.same", "whatif.same")
    assert await current(chat.database, chat.campaign_id) == found
