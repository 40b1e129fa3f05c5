"""Calls: who was rung up because a broadcast did not reach them, and what came of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.db import Db, insert

TOLD, NOBODY, WRONG, UNWANTED = "told", "nobody", "wrong", "unwanted"
OUTCOMES = (TOLD, NOBODY, WRONG, UNWANTED)


class CallRow(Base):
    """What came of the last call about a broadcast; `by` is who made it."""

    __tablename__ = "calls"
    __table_args__ = (CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),)

    broadcast: Mapped[int] = mapped_column(Id, ForeignKey("broadcasts.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(Id)


async def note(
    db: Db, broadcast: int, citizen: int, *, outcome: str, by: int, at: datetime
) -> None:
    """Note what came of a call, in place of an earlier one."""
    values = {"outcome": outcome, "by": by, "at": at}
    made = insert(db, CallRow).values(broadcast=broadcast, citizen=citizen, **values)
    keys = [CallRow.broadcast, CallRow.citizen]
    await db.execute(made.on_conflict_do_update(index_elements=keys, set_=values))
