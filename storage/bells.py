"""Which bells have rung for which slot: each slot once, whatever restarts, overlaps or jumps."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import ForeignKey, String, Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage import leases
from storage.base import Base, Id, ShortId
from storage.db import Db
from storage.many import dialect, insert_into

RUNG, LATE, SKIPPED, FAILED = "rung", "late", "skipped", "failed"
GIVEN = ("campaign", "bell", "slot", "term", "outcome", "late_seconds", "began_at")
BEFORE = "before"
"""It was due before the bot first ran here: nobody missed it."""


class BellRunRow(Base):
    """One slot of one bell. Slots are campaign time; the rest is the machine's."""

    __tablename__ = "bell_runs"

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    bell: Mapped[str] = mapped_column(String(32), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    term: Mapped[int] = mapped_column(Id)
    outcome: Mapped[str] = mapped_column(String(8))
    late_seconds: Mapped[int]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Run:
    """One slot of one bell: when it was due, what came of it, how late it was met."""

    bell: str
    slot: datetime
    outcome: str
    late_seconds: int
    began_at: datetime


async def ring(db: Db, campaign: int, run: Run, *, term: int) -> bool:
    """Note that a bell rings for a slot; False if it did before, or the term is over."""
    values = {
        "campaign": campaign,
        "bell": run.bell,
        "slot": run.slot,
        "term": term,
        "outcome": run.outcome,
        "late_seconds": run.late_seconds,
        "began_at": run.began_at,
    }
    return await db.scalar(_ring(dialect(db)), values) is not None


# Some bells ring every minute for half a year: what they ask is built once.
@cache
def _ring(named: str) -> Any:
    table = cast("Table", BellRunRow.__table__)
    given = [bindparam(name, type_=table.c[name].type).label(name) for name in GIVEN]
    made = insert_into(named, BellRunRow).from_select(
        GIVEN,
        select(*given).where(
            leases.holds(leases.LEADER, bindparam("term", type_=table.c.term.type))
        ),
    )
    return made.on_conflict_do_nothing().returning(BellRunRow.slot)


_END = (
    update(cast("Table", BellRunRow.__table__))
    .where(
        BellRunRow.campaign == bindparam("here"),
        BellRunRow.bell == bindparam("which"),
        BellRunRow.slot == bindparam("due"),
    )
    .values(ended_at=bindparam("at"))
)


async def end(db: Db, campaign: int, run: Run, *, at: datetime) -> None:
    """Note that a slot was worked off."""
    await db.execute(_END, {"here": campaign, "which": run.bell, "due": run.slot, "at": at})


async def last_slots(db: Db, campaign: int) -> dict[str, datetime]:
    """Return each bell's newest slot."""
    wanted = select(BellRunRow.bell, func.max(BellRunRow.slot))
    found = await db.execute(
        wanted.where(BellRunRow.campaign == campaign).group_by(BellRunRow.bell)
    )
    return {bell: slot for bell, slot in found}  # noqa: C416 - rows, not pairs


async def troubled(db: Db, campaign: int, most: int) -> list[Run]:
    """Return the last slots that were late, skipped or failed, the newest first."""
    columns = (
        BellRunRow.bell,
        BellRunRow.slot,
        BellRunRow.outcome,
        BellRunRow.late_seconds,
        BellRunRow.began_at,
    )
    wanted = select(*columns).where(
        BellRunRow.campaign == campaign, BellRunRow.outcome.not_in((RUNG, BEFORE))
    )
    found = await db.execute(wanted.order_by(BellRunRow.began_at.desc()).limit(most))
    return [Run(*row) for row in found]


async def lateness(db: Db, campaign: int) -> dict[str, int]:
    """Return by how many seconds each bell's newest slot was met late."""
    newest = (
        select(BellRunRow.bell, func.max(BellRunRow.slot).label("slot"))
        .where(BellRunRow.campaign == campaign)
        .group_by(BellRunRow.bell)
        .subquery()
    )
    wanted = select(BellRunRow.bell, BellRunRow.late_seconds).join(
        newest, (newest.c.bell == BellRunRow.bell) & (newest.c.slot == BellRunRow.slot)
    )
    rows = await db.execute(wanted.where(BellRunRow.campaign == campaign))
    return {bell: max(0, late) for bell, late in rows}


async def purge(db: Db, before: datetime) -> None:
    """Forget what rang in time, long ago; each bell's newest slot stays, and what had trouble."""
    newest = select(func.max(BellRunRow.slot)).group_by(BellRunRow.campaign, BellRunRow.bell)
    old = (BellRunRow.began_at < before, BellRunRow.outcome == RUNG, BellRunRow.slot.not_in(newest))
    await db.execute(delete(BellRunRow).where(*old))
