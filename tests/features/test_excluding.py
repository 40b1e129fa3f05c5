"""Excluding a candidate, and taking it back."""

import pytest

from storage import audit
from tests.selected import current, readers, sealed, taken


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_excluded_with_a_reason_and_taken_back(chat, staff):
    """The best value is another's then; who sealed before has to do so again; both are noted."""
    await readers(chat, ming=4, hua=2)
    await sealed(chat, await taken(chat))
    await staff.taps("contenders.one:r1")
    await staff.taps(staff.button("不参评（写原因）"))
    empty = await staff.says("…")
    await staff.taps("excluding.out:r1")
    out = await staff.says("资料不符")
    excluded = staff.rendered.text
    listed = await staff.taps("contenders:0")
    found = await current(chat.database, chat.campaign_id)
    await staff.taps("contenders.one:r1")
    back = await staff.taps(staff.button("收回，恢复参评"))
    again = await staff.taps("excluding.back:r1")

    assert (empty.key, out.key) == ("excluding.wrong_reason", "contenders.page")
    assert "不参评：资料不符" in excluded
    assert [line.params["score"] for line in listed.params["lines"].phrases] == ["25.00"]
    assert (found.digest, found.sealed_by, found.revision) == (None, None, 2)
    assert (back.key, again.key) == ("contenders.page", "contenders.page")
    assert "第 1 名，25.00 分" in staff.rendered.text
    assert (await current(chat.database, chat.campaign_id)).revision == 3
    async with chat.database.reading() as db:
        lines = await audit.newest(db, chat.campaign_id, offset=0, limit=2)
    assert [line.act for line in lines] == ["selection_included", "selection_excluded"]
    assert lines[1].details["reason"] == "资料不符"


async def test_a_unit_is_excluded_too(chat, staff):
    """Its number is its own, apart from the readers'."""
    await readers(chat, ming=1)
    await taken(chat)
    await staff.taps("contenders:2")
    await staff.says("1")
    await staff.taps(staff.button("不参评（写原因）"))
    await staff.says("已撤并")

    assert "不参评：已撤并" in staff.rendered.text
    assert (await staff.taps("contenders:2")).key == "contenders.none"
    assert (await staff.taps("contenders:0")).params["count"] == 1
