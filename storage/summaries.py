"""Summary reports that units handed in: every version, numbered and dated, by its hash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Integer,
    Row,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules.summaries import Counted
from storage.base import Base, Id, ShortId
from storage.db import Db, insert_one


class SummaryRow(Base):
    """A version of a unit's report; its content is in the cabinet, by this hash.

    `job` is the piece of work that read it: done again, it keeps nothing twice.
    """

    __tablename__ = "summaries"
    __table_args__ = (UniqueConstraint("campaign", "unit", "version"), UniqueConstraint("job"))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    unit: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(SmallInteger)
    handed_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    handed_at: Mapped[datetime]
    job: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(Integer)
    characters: Mapped[int] = mapped_column(Integer)
    cases: Mapped[int] = mapped_column(SmallInteger)
    pictures: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True, slots=True)
class Summary:
    """A version that was handed in, and what was counted in it."""

    id: int
    unit: str
    version: int
    handed_at: datetime
    job: int
    hash: str
    bytes: int
    counted: Counted


@dataclass(frozen=True, slots=True)
class NewSummary:
    """A report that was read, before it has a version."""

    campaign: int
    unit: str
    by: int
    at: datetime
    job: int
    hash: str
    bytes: int
    counted: Counted


def _summary(row: Row[Any]) -> Summary:
    counted = Counted(row.characters, row.cases, row.pictures)
    kept = (row.id, row.unit, row.version, row.handed_at, row.job, row.hash)
    return Summary(*kept, row.bytes, counted)


async def add(db: Db, new: NewSummary) -> Summary:
    """Keep a report as the next version; the same piece of work again keeps the one it has."""
    theirs = select(SummaryRow).where(SummaryRow.job == new.job)
    if (known := (await db.execute(theirs)).first()) is not None:
        return _summary(known)
    latest = select(func.max(SummaryRow.version)).where(
        SummaryRow.campaign == new.campaign, SummaryRow.unit == new.unit
    )
    await insert_one(
        db,
        SummaryRow,
        campaign=new.campaign,
        unit=new.unit,
        version=int(await db.scalar(latest) or 0) + 1,
        handed_by=new.by,
        handed_at=new.at,
        job=new.job,
        hash=new.hash,
        bytes=new.bytes,
        **new.counted._asdict(),
    )
    return _summary((await db.execute(theirs)).one())


async def of(db: Db, campaign: int, summary: int) -> Summary | None:
    """Return a version by its number among all."""
    wanted = select(SummaryRow).where(SummaryRow.id == summary, SummaryRow.campaign == campaign)
    row = (await db.execute(wanted)).first()
    return None if row is None else _summary(row)


async def versions(db: Db, campaign: int, unit: str) -> list[Summary]:
    """Return all versions of a unit, the newest first."""
    wanted = select(SummaryRow).where(SummaryRow.campaign == campaign, SummaryRow.unit == unit)
    return [_summary(row) for row in await db.execute(wanted.order_by(SummaryRow.version.desc()))]


async def latest(db: Db, campaign: int) -> dict[str, Summary]:
    """Return the newest version of each unit that handed something in."""
    wanted = select(SummaryRow).where(SummaryRow.campaign == campaign)
    rows = await db.execute(wanted.order_by(SummaryRow.unit, SummaryRow.version))
    return {row.unit: _summary(row) for row in rows}


async def hashes(db: Db) -> set[str]:
    """Return the hashes of all versions there are."""
    return set(await db.scalars(select(SummaryRow.hash)))
