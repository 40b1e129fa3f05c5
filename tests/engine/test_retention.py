"""A day that is kept no longer goes in small batches, between which everybody else writes."""

import asyncio

import pytest
from sqlalchemy import delete, func, insert, select

from bot.upkeep import DELIVERIES_KEPT
from storage import handled, pushes
from storage.handled import HandledRow
from storage.pushes import DeliveryRow, PushRow
from tests.engine.test_upkeep import upkeep_of

AT_ONCE, BATCHES = 20, 30
COUNT = AT_ONCE * BATCHES
STAYS = ("waits", "recent")
"""Of a push that is old: what was never settled, and what was settled lately."""


@pytest.fixture
async def aged(chat, clock, monkeypatch):
    """A bot with deliveries and answers that are kept no longer, and two deliveries that are."""
    for module in (pushes, handled):
        monkeypatch.setattr(module, "DELETED_AT_ONCE_MAX", AT_ONCE)
    citizen, day = await (await chat.join("ming")).id(), clock.system()
    clock.ahead(seconds=DELIVERIES_KEPT.total_seconds() + 1)
    shared = {"content": "{}", "urgency": 4, "state": pushes.PAUSED, "filled_to": 0}
    made = {"campaign": chat.campaign_id, "kind": "k", "made_at": day, "recorded_at": day}
    onces = (*STAYS, *(f"p{n}" for n in range(COUNT)))
    sent = {"state": pushes.SENT, "ref": "1", "settled_at": day}
    left = {
        "waits": {"state": pushes.WAITING, "ref": None, "settled_at": None},
        "recent": {"settled_at": clock.system()},
    }
    told = {"citizen": citizen, "urgency": 4, "not_before": day, "tries": 1}
    rows = [{"push": n, **told, **sent, **left.get(o, {})} for n, o in enumerate(onces, 1)]
    answers = [{"cause": o, "reply": "{}", "at": day} for o in onces[len(STAYS) :]]
    async with chat.database.transaction() as db:
        await db.execute(delete(HandledRow))  # those of joining
        many = [{"id": n, "once": o, **made, **shared} for n, o in enumerate(onces, 1)]
        await db.execute(insert(PushRow), many)
        await db.execute(insert(DeliveryRow), rows)
        await db.execute(insert(HandledRow), answers)
    return chat


async def left(chat):
    """Count the deliveries and the old answers that are left."""
    async with chat.database.reading() as db:
        told = await db.scalar(select(func.count()).select_from(DeliveryRow))
        answers = await db.scalar(select(func.count()).select_from(HandledRow))
    return told - len(STAYS), answers


async def test_a_minute_deletes_a_limited_number(aged):
    """However many wait for it; what is not settled, or was lately, stays and is in no way."""
    upkeep = upkeep_of(aged)
    seen = []
    for _ in range(3):
        await upkeep.pulse()
        seen.append(await left(aged))
    for _ in range(BATCHES):
        await upkeep.pulse()

    assert seen == [(COUNT - AT_ONCE * n,) * 2 for n in (1, 2, 3)]
    assert await left(aged) == (0, 0)


async def test_others_write_between_two_batches(aged):
    """With batch after batch, a check-in is answered long before the last."""
    upkeep, begun = upkeep_of(aged), asyncio.Event()

    async def delete_all():
        for _ in range(BATCHES):
            await upkeep.pulse()
            begun.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(delete_all())
        await begun.wait()
        await aged.person("ming").taps("checkins")
        meanwhile = await left(aged)

    assert all(0 < count < COUNT for count in meanwhile), meanwhile
    assert await left(aged) == (0, 0)
