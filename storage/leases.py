"""Who may do what only one process may, for how long: a row each, on the database's own time.

A frozen process keeps a lock of its connection for as long as it is frozen; a lease runs out.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, exists, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.db import Db, insert
from storage.deployment import database_now

LEADER = "leader"


class LeaseRow(Base):
    """One right. Its term grows whenever it changes hands, so a late holder is recognised."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    term: Mapped[int] = mapped_column(Id)
    until: Mapped[datetime]


async def holder(db: Db, name: str) -> str | None:
    """Return who had a right last, whether it has run out or not."""
    found: str | None = await db.scalar(select(LeaseRow.holder).where(LeaseRow.name == name))
    return found


async def is_held(db: Db, name: str) -> bool:
    """Say whether somebody has a right now."""
    now = await database_now(db)
    held = select(LeaseRow.name).where(LeaseRow.name == name, LeaseRow.until >= now)
    return await db.scalar(held) is not None


async def take(
    db: Db, name: str, holder: str, *, span: timedelta, dead: str | None = None
) -> int | None:
    """Take a right that is free or ours, for a while; return its term, None if another has it.

    `dead` is a holder that is known to live no more, and whose right is free.
    """
    now = await database_now(db)
    ours = {"holder": holder, "until": now + span}
    made = insert(db, LeaseRow).values(name=name, term=1, **ours).on_conflict_do_nothing()
    if await db.scalar(made.returning(LeaseRow.term)) is not None:
        return 1
    kept = update(LeaseRow).where(LeaseRow.name == name)
    renewed = kept.where(LeaseRow.holder == holder, LeaseRow.until >= now).values(until=now + span)
    term: int | None = await db.scalar(renewed.returning(LeaseRow.term))
    if term is None:
        is_free = or_(LeaseRow.until < now, LeaseRow.holder == dead)
        free = kept.where(is_free).values(term=LeaseRow.term + 1, **ours)
        term = await db.scalar(free.returning(LeaseRow.term))
    return term


async def give_up(db: Db, name: str, holder: str) -> None:
    """Let a right go, so that another need not wait for its end."""
    now = await database_now(db)
    held = update(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder)
    await db.execute(held.values(until=now - timedelta(seconds=1)))


def holds(name: str, term: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a right is still in a term, for the statement that relies on it."""
    return exists().where(LeaseRow.name == name, LeaseRow.term == term)
