"""Confirmed by two different people of staff."""

import json

import pytest

from tests import duties
from tests.push import Worker
from tests.selected import current, readers, taken, worked
from tests.statements import listening


@pytest.fixture
def database(sqlite_database):
    """What is asked of SQL is tested with the engine; here one database will do."""
    return sqlite_database


async def test_two_confirm_and_one_alone_cannot(chat, boss, staff):
    """The first gets the document and its digest; only another one confirms exactly that."""
    await readers(chat, ming=2, hua=1)
    await taken(chat, by=await staff.id())

    first = await staff.taps("sealing")
    stale = staff.button("确认")
    await staff.taps(stale)
    ready = await worked(chat, staff)
    document = staff.rendered.document
    yours = await staff.taps("sealing")
    forged = await staff.taps(staff_agree := "sealing.agree:1.1.abcdefgh:ffffffff:x")
    second = await boss.taps("sealing")
    agree = boss.button("确认")
    stolen = await staff.taps(agree)
    done = await boss.taps(agree)
    again = await boss.taps(agree)

    assert (first.key, ready.key, yours.key) == ("sealing.first", "sealing.ready", "sealing.yours")
    assert json.loads(document.content)["format"] == "shuxiang-selection-1"
    assert staff_agree
    assert (forged.key, stolen.key) == ("errors.confirm_again", "errors.confirm_again")
    assert second.params["digest"] == ready.params["digest"] == done.params["digest"]
    assert (done.key, again.key) == ("sealing.confirmed", "selections.now_confirmed")
    assert (await staff.taps(stale)).key == "selections.now_confirmed"
    found = await current(chat.database, chat.campaign_id)
    assert (found.sealed_by, found.confirmed_by) == (await staff.id(), await boss.id())
    worker = Worker(chat)
    await worker.rings()
    assert worker.platform.told("owner") == ["publishing.moved"]
    assert worker.platform.told("staff") == ["publishing.moved"]
    assert worker.platform.told("ming") == []


async def test_what_changes_in_between_is_not_confirmed(chat, boss, staff):
    """An exclusion makes the drawing void, before it is done and after."""
    await readers(chat, ming=2, hua=1)
    await taken(chat, by=await staff.id())
    await staff.taps("sealing")
    await staff.taps(staff.button("确认"))
    await boss.taps("excluding.out:r2")
    await boss.says("重复")
    late = await worked(chat, staff)
    await staff.taps("sealing")
    await staff.taps(staff.button("确认"))
    await worked(chat, staff)
    await boss.taps("sealing")
    agree = boss.button("确认")
    await staff.taps("excluding.back:r2")

    assert late.key == "sealing.changed"
    assert (await boss.taps(agree)).key == "sealing.changed"


async def test_drawn_up_twice_it_stays_as_the_first_one_sealed_it(chat, boss, staff):
    """Whoever asks at the same time gets the same document; what waits for the second stays."""
    await readers(chat, ming=2, hua=1)
    await taken(chat, by=await staff.id())
    for person in (staff, boss):
        await person.taps("sealing")
        await person.taps(person.button("确认"))
    first = await worked(chat, staff)
    await boss.taps("sealing")
    agree = boss.button("确认")
    sealed = await current(chat.database, chat.campaign_id)
    with listening(chat.database) as heard:
        second = await worked(chat, boss)

    assert (first.key, second.key) == ("sealing.ready", "sealing.ready")
    assert first.params == second.params
    assert json.loads(boss.rendered.document.content)["format"] == "shuxiang-selection-1"
    assert await current(chat.database, chat.campaign_id) == sealed
    assert [each for each in heard if "DELETE FROM selection_places" in each.sql] == []
    assert (await boss.taps(agree)).key == "sealing.confirmed"


async def test_alone_one_is_told_whom_to_make_staff(chat):
    """There is no second person: the way to one is named."""
    owner = await duties.owner(chat)
    await readers(chat, ming=1)
    await taken(chat)
    await owner.taps("sealing")

    assert "/grant" in owner.rendered.text
    assert (await owner.taps("publishing")).key == "selections.now_draft"
