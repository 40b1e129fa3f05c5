"""Corrections that staff prepared: what, why, who asked and who agreed, and the line it became."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert_one

DRAFT, WAITING, BOOKED, REFUSED = "draft", "waiting", "booked", "refused"
OPEN = (DRAFT, WAITING)
DELETED_AT_ONCE_MAX = 2000


class CorrectionRow(Base):
    """One correction. Whoever asked or agreed is never the one whose points it moves."""

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint(f"state IN {(DRAFT, WAITING, BOOKED, REFUSED)}", name="state"),
        CheckConstraint("(state = 'booked') = (line IS NOT NULL)", name="line"),
        CheckConstraint(
            '"by" <> citizen AND (second IS NULL OR (second <> citizen AND second <> "by"))',
            name="others",
        ),
        CheckConstraint("reason <> ''", name="reason"),
        Index(
            "uq_corrections_line",
            *("citizen", "campaign", "line"),
            unique=True,
            sqlite_where=text("line IS NOT NULL"),
            postgresql_where=text("line IS NOT NULL"),
        ),
        Index("ix_corrections_by", "campaign", "by", "decided_at"),
        Index(
            "ix_corrections_drafts",
            "made_at",
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int] = mapped_column(Integer)
    day: Mapped[date]
    activity: Mapped[str | None] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    once: Mapped[str] = mapped_column(String(80))
    reverses: Mapped[int | None] = mapped_column(Integer)
    debt: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(200))
    by: Mapped[int] = mapped_column(Id)
    second: Mapped[int | None] = mapped_column(Id)
    dispute: Mapped[int | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(8))
    line: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """A correction to be previewed; `debt` is what it would leave to owe, as it was seen."""

    campaign: int
    citizen: int
    kind: str
    points: int
    day: date
    reason: str
    by: int
    activity: str | None = None
    subject: str = ""
    once: str = ""
    reverses: int | None = None
    debt: int = 0
    dispute: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as it stands."""

    id: int
    campaign: int
    citizen: int
    kind: str
    points: int
    day: date
    reason: str
    by: int
    activity: str | None
    subject: str
    once: str
    reverses: int | None
    debt: int
    dispute: int | None
    second: int | None
    state: str
    line: int | None


COLUMNS = tuple(getattr(CorrectionRow, name) for name in Correction.__slots__)


async def add(db: Db, new: NewCorrection, *, at: datetime) -> int:
    """Keep a draft and return its id; `at` is system time."""
    values: dict[str, Any] = {name: getattr(new, name) for name in new.__slots__}
    return await insert_one(db, CorrectionRow, **values, state=DRAFT, made_at=at)


async def of(db: Db, correction: int) -> Correction | None:
    """Return a correction; None if there is none, or its citizen was erased."""
    found = (await db.execute(select(*COLUMNS).where(CorrectionRow.id == correction))).first()
    return None if found is None else Correction(*found)


async def agree_to_debt(db: Db, correction: int, debt: int) -> None:
    """Note the debt that is shown now, while the draft is not decided."""
    mine = (CorrectionRow.id == correction, CorrectionRow.state == DRAFT)
    await db.execute(update(CorrectionRow).where(*mine).values(debt=debt))


async def wait(db: Db, correction: int) -> bool:
    """Let a draft wait for a second person; False if it is no draft any more."""
    mine = (CorrectionRow.id == correction, CorrectionRow.state == DRAFT)
    moved = update(CorrectionRow).where(*mine).values(state=WAITING)
    return await db.scalar(moved.returning(CorrectionRow.id)) is not None


async def book(db: Db, correction: int, *, line: int, second: int | None, at: datetime) -> bool:
    """Note the line it became; False if it was decided before, or is gone. `at` is system time."""
    mine = (CorrectionRow.id == correction, CorrectionRow.state.in_(OPEN))
    values = {"state": BOOKED, "line": line, "second": second, "decided_at": at}
    moved = update(CorrectionRow).where(*mine).values(**values)
    return await db.scalar(moved.returning(CorrectionRow.id)) is not None


async def refuse(db: Db, correction: int, *, second: int, at: datetime) -> bool:
    """Note that the second person said no; False if it does not wait any more."""
    mine = (CorrectionRow.id == correction, CorrectionRow.state == WAITING)
    values = {"state": REFUSED, "second": second, "decided_at": at}
    moved = update(CorrectionRow).where(*mine).values(**values)
    return await db.scalar(moved.returning(CorrectionRow.id)) is not None


async def adjusted_by(db: Db, campaign: int, by: int, *, since: datetime) -> int:
    """Return how many points somebody adjusted alone since a moment of system time."""
    wanted = select(func.sum(func.abs(CorrectionRow.points))).where(
        CorrectionRow.campaign == campaign,
        CorrectionRow.by == by,
        CorrectionRow.decided_at >= since,
        CorrectionRow.state == BOOKED,
        CorrectionRow.second.is_(None),
    )
    return int(await db.scalar(wanted) or 0)


async def of_lines(
    db: Db, campaign: int, citizen: int, *, lines: Collection[int]
) -> dict[int, Correction]:
    """Return the corrections that became these lines of somebody's ledger, by line."""
    wanted = select(*COLUMNS).where(
        CorrectionRow.citizen == citizen,
        CorrectionRow.campaign == campaign,
        CorrectionRow.line.in_(lines),
    )
    found = (Correction(*row) for row in await db.execute(wanted))
    return {each.line: each for each in found if each.line is not None}


async def purge(db: Db, before: datetime) -> None:
    """Forget drafts that nobody confirmed, made before a moment of system time."""
    old = (
        select(CorrectionRow.id)
        .where(CorrectionRow.state == DRAFT, CorrectionRow.made_at < before)
        .limit(DELETED_AT_ONCE_MAX)
    )
    await db.execute(delete(CorrectionRow).where(CorrectionRow.id.in_(old)))
