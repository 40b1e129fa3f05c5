"""Halting a push, and letting it go on: a hand, the circuit, an author who lost the right."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import literal_column, select, tuple_, update

from storage.db import Db
from storage.pushes import (
    ENDED,
    FILLING,
    OPEN,
    PAUSED,
    SENDING,
    SKIPPED,
    STOPPED,
    WAITING,
    DeliveryRow,
    PushRow,
)

HALTED = "stopped"
"""Why a delivery was skipped: its push was stopped."""
OVER = "another campaign runs"
"""Why a delivery was skipped: its campaign runs no more."""
ON = (FILLING, OPEN)
CLEARED_AT_ONCE_MAX = 2000


async def states(db: Db, pushes: Collection[int]) -> dict[int, str]:
    """Return the states of pushes."""
    wanted = select(PushRow.id, PushRow.state).where(PushRow.id.in_(pushes))
    return {push: state for push, state in await db.execute(wanted)}  # noqa: C416 - rows, not pairs


async def pause(db: Db, push: int) -> bool:
    """Hold a push back; False if it was not going out."""
    return await _move(db, push, ON, state=PAUSED)


async def trip(db: Db, push: int) -> bool:
    """Hold a push back that fails too often, unless somebody has looked and let it go on."""
    watched = (PushRow.id == push, PushRow.state.in_(ON), PushRow.watched)
    held = update(PushRow).where(*watched).values(state=PAUSED).returning(PushRow.id)
    return await db.scalar(held) is not None


async def resume(db: Db, push: int) -> bool:
    """Let a paused push go on; it is looked after no more, somebody has."""
    # Whether all receivers had been added is not remembered: it is found out again.
    return await _move(db, push, (PAUSED,), state=FILLING, watched=False)


async def stop(db: Db, push: int) -> bool:
    """End a push; False if it had ended."""
    return await _move(db, push, (*ON, PAUSED), state=STOPPED)


async def _move(db: Db, push: int, before: Collection[str], **values: object) -> bool:
    which = (PushRow.id == push, PushRow.state.in_(before))
    moved = update(PushRow).where(*which).values(**values).returning(PushRow.id)
    return await db.scalar(moved) is not None


async def stopped(db: Db, campaign: int) -> int | None:
    """Return a stopped push whose deliveries may still wait."""
    wanted = select(PushRow.id).where(PushRow.campaign == campaign, PushRow.state == STOPPED)
    found: int | None = await db.scalar(wanted.order_by(PushRow.id).limit(1))
    return found


async def end_others(db: Db, campaign: int, *, at: datetime) -> None:
    """End whatever waits to be said of other campaigns; `at` is system time.

    What their sender left on its way is settled as ever: it may have arrived.
    """
    theirs = select(PushRow.id).where(PushRow.campaign != campaign)
    waiting = update(DeliveryRow).where(
        DeliveryRow.state == literal_column(f"'{WAITING}'"), DeliveryRow.push.in_(theirs)
    )
    values = {"state": SKIPPED, "reason": OVER, "settled_at": at}
    await db.execute(waiting.values(**values))
    going = (PushRow.campaign != campaign, PushRow.state.in_((*ON, PAUSED, STOPPED)))
    await db.execute(update(PushRow).where(*going).values(state=ENDED))


async def clear(db: Db, push: int, *, at: datetime) -> None:
    """Settle what still waits of a stopped push, a limited number at once; else claims wade in it.

    `at` is system time.
    """
    urgency = select(PushRow.urgency).where(PushRow.id == push).scalar_subquery()
    some = (
        select(DeliveryRow.push, DeliveryRow.citizen)
        .where(
            DeliveryRow.state == literal_column(f"'{WAITING}'"),
            DeliveryRow.urgency == urgency,
            DeliveryRow.push == push,
        )
        .limit(CLEARED_AT_ONCE_MAX)
    )
    keys = tuple_(DeliveryRow.push, DeliveryRow.citizen)
    values = {"state": SKIPPED, "reason": HALTED, "settled_at": at}
    done = update(DeliveryRow).where(keys.in_(some)).values(**values)
    cleared = await db.execute(done)
    if getattr(cleared, "rowcount", 0):
        return
    flying = select(DeliveryRow.citizen).where(
        DeliveryRow.push == push, DeliveryRow.state == literal_column(f"'{SENDING}'")
    )
    if await db.scalar(flying.limit(1)) is None:
        await _move(db, push, (STOPPED,), state=ENDED)
