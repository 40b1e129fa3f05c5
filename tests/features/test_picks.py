from datetime import timedelta

from tests.push import Worker
from tests.stocked import stock

MONDAY = "2022-05-02T10:00:00+08:00"


async def picks_of(worker, who):
    """Return the titles somebody was offered, or None."""
    found = [reply for name, reply in worker.platform.sent if name == who]
    found = [reply for reply in found if reply.key == "picks.text"]
    return [button.label for row in found[-1].buttons[:-1] for button in row] if found else None


async def test_three_works_every_monday(chat, clock):
    """One of each section, and none of those already finished."""
    books = await stock(chat, "book", "甲", "乙")
    await stock(chat, "video", "丙")
    await stock(chat, "audio", "丁")
    ming, _ = await chat.join("ming"), await chat.join("hong")
    await ming.taps(f"items.open:{books[0]}")
    clock.ahead(minutes=30)
    await ming.taps(f"items.done:{books[0]}")
    worker = Worker(chat)
    clock.set(MONDAY)
    await worker.rings()
    await worker.rings()

    ours, theirs = await picks_of(worker, "ming"), await picks_of(worker, "hong")
    assert len(ours) == len(theirs) == 3
    assert "甲" not in ours
    assert ours[0] == "乙"  # the section in use comes first
    assert len([who for who, reply in worker.platform.sent if reply.key == "picks.text"]) == 2


async def test_who_has_finished_all_is_left_alone(chat, clock):
    """No work left, no message."""
    (book,) = await stock(chat, "book", "甲")
    ming = await chat.join("ming")
    await ming.taps(f"items.open:{book}")
    clock.ahead(minutes=30)
    await ming.taps(f"items.done:{book}")
    worker = Worker(chat)
    clock.set(MONDAY)
    await worker.rings()

    assert await picks_of(worker, "ming") is None


async def test_the_wording_changes_from_week_to_week(chat, clock):
    """Four openings, one after the other."""
    await stock(chat, "book", *"甲乙丙丁")
    await chat.join("ming")
    worker = Worker(chat)
    clock.set(MONDAY)
    openings = []
    for _ in range(4):
        await worker.rings()
        openings.append(worker.platform.sent[-1][1].params["opening"].key)
        clock.ahead(days=timedelta(weeks=1).days)

    assert len(set(openings)) == 4
