"""The queue of reading notes: who sees which, and the morning's word."""

import pytest

from tests.noting import book, handed_in
from tests.push import Worker


@pytest.fixture
def database(sqlite_database):
    """Enough here; the decisions run on both."""
    return sqlite_database


async def test_an_organiser_sees_the_own_people_and_staff_all(chat, staff, mei):
    """Under /review as other things that wait; the own note is for somebody else."""
    ming = await chat.join("ming")
    zhu = await chat.join("zhu", town="zhujiajiao")
    item = await book(chat)
    empty = await mei.says("/review")
    for writer in (ming, zhu, mei):
        await handed_in(chat, writer, item)
    of_unit = await mei.says("审核")
    mine = await mei.taps("notequeue")
    every = await staff.says("/review")
    all_of_them = await staff.taps("notequeue")
    numbers = [
        int(b.target.partition(":")[2])
        for row in all_of_them.buttons
        for b in row
        if "one:" in b.target
    ]
    foreign = await mei.taps(f"moderating.one:{numbers[0]}")
    own = await mei.taps(f"moderating.one:{numbers[2]}")

    assert (empty.key, empty.params["count"]) == ("reviews.none", 0)
    assert of_unit.params["count"] == mine.params["count"] == 1
    assert every.key == "reviews.none"
    assert all_of_them.params["count"] == 3
    assert foreign.key == "errors.not_yours"
    assert own.key == "amending.own"
    assert (await ming.taps("notequeue")).key == "errors.not_allowed"

    chat.clock.ahead(days=1)
    worker = Worker(chat)
    await worker.rings()
    told = {
        who: reply.params["count"]
        for who, reply in worker.platform.sent
        if reply.key == "notequeue.waits"
    }
    assert told["mei"] == 1
    assert told["staff"] == 3
    assert "ming" not in told
