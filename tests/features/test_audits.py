"""The audit: every act of staff is a line that nobody changes."""

import pytest
from sqlalchemy import text

from storage import audit
from storage.db import DatabaseFault
from tests.duties import appoint, owner


async def test_what_was_done_is_listed(chat):
    """A code that was made and taken is two lines, the newest first."""
    boss = await owner(chat)
    assert (await boss.says("审计")).key == "audits.none"
    await appoint(chat, "ming", "zhujiajiao", by=boss)

    reply = await boss.says("审计")

    assert (reply.key, reply.params["count"]) == ("audits.text", 2)
    acts = [phrase.params["act"].key for phrase in reply.params["lines"].phrases]
    assert acts == ["audit.role_taken", "audit.granted"]
    async with chat.database.reading() as db:
        kept = await audit.newest(db, chat.campaign_id, offset=0, limit=9)
    assert {(line.subject, line.details["role"], line.details["unit"]) for line in kept} == {
        ("朱家角镇", "unit", "zhujiajiao")
    }


async def test_it_has_pages(chat):
    """Seven acts take two pages."""
    boss = await owner(chat)
    for _ in range(7):
        await boss.says("/grant jinze")

    assert (await boss.says("/audit")).params["pages"] == 2
    assert len((await boss.taps("audits:1")).params["lines"].phrases) == 1


async def test_an_act_that_is_refused_leaves_no_line(chat):
    """What did not happen is not noted."""
    boss = await owner(chat)

    await boss.says("/grant 火星镇")

    assert (await boss.says("/audit")).key == "audits.none"


@pytest.mark.parametrize("change", ["UPDATE audit SET act = 'x'", "DELETE FROM audit"])
async def test_no_line_is_changed(chat, change):
    """The database refuses, whoever asks."""
    boss = await owner(chat)
    await boss.says("/grant jinze")

    with pytest.raises(DatabaseFault):
        async with chat.database.transaction() as db:
            await db.execute(text(change))
