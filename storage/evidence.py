"""What else is known of a disputed entry: when an item was opened, how a class was joined."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.attendances import AttendanceRow, GuessRow
from storage.db import Db
from storage.items import ItemRow
from storage.shelves import OpeningRow


@dataclass(frozen=True, slots=True)
class Opening:
    """When an item was opened last and, if it was, finished; how long it takes."""

    opened_at: datetime
    closed_at: datetime | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Seat:
    """How somebody came into a class: when, and with how many tries at its word."""

    joined_at: datetime | None
    asked_at: datetime | None
    tries: int


async def opening(db: Db, campaign: int, citizen: int, *, item: int) -> Opening | None:
    """Return when somebody opened an item."""
    wanted = (
        select(OpeningRow.opened_at, OpeningRow.closed_at, ItemRow.minutes)
        .join(ItemRow, ItemRow.id == OpeningRow.item)
        .where(
            OpeningRow.citizen == citizen,
            OpeningRow.campaign == campaign,
            OpeningRow.item == item,
        )
    )
    row = (await db.execute(wanted)).first()
    return None if row is None else Opening(*row)


async def seat(db: Db, citizen: int, *, livestream: int) -> Seat:
    """Return how somebody came into a class, or tried to."""
    came = select(AttendanceRow.at).where(
        AttendanceRow.citizen == citizen, AttendanceRow.livestream == livestream
    )
    guessed = select(GuessRow.asked_at, GuessRow.tries).where(
        GuessRow.citizen == citizen, GuessRow.livestream == livestream
    )
    row = (await db.execute(guessed)).first()
    joined_at: datetime | None = await db.scalar(came.order_by(AttendanceRow.at).limit(1))
    return Seat(joined_at, row.asked_at if row else None, row.tries if row else 0)
