"""Signals: days that look odd, for staff to look at; and the deeds they are found in."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db
from storage.deeds import NO_DEEDS, DeedRow
from storage.items import ItemRow
from storage.many import Listed, Query, dialect, insert_all
from storage.shelves import OpeningRow

ROWS_AT_ONCE = 1000


class SignalRow(Base):
    """Something odd about somebody's day; it asks, and changes nothing."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("citizen", "campaign", "day", "kind"),
        Index(
            "ix_signals_unseen",
            *("campaign", "id"),
            sqlite_where=text("looked_at IS NULL"),
            postgresql_where=text("looked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(16))
    count: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(Integer)
    found_at: Mapped[datetime]
    looked_by: Mapped[int | None] = mapped_column(Id)
    looked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class NewSignal:
    """Something odd: how many deeds, and the number that is odd."""

    citizen: int
    day: date
    kind: str
    count: int
    value: int


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it stands."""

    id: int
    campaign: int
    citizen: int
    day: date
    kind: str
    count: int
    value: int
    looked_by: int | None


COLUMNS = tuple(getattr(SignalRow, name) for name in Signal.__slots__)


async def add(db: Db, campaign: int, found: Sequence[NewSignal], *, at: datetime) -> int:
    """Note signals; those of the same person, day and kind are there once."""
    rows = [
        {
            "campaign": campaign,
            "citizen": each.citizen,
            "day": each.day,
            "kind": each.kind,
            "count": each.count,
            "value": each.value,
            "found_at": at,
        }
        for each in found
    ]
    return await insert_all(db, SignalRow, rows)


async def of(db: Db, signal: int) -> Signal | None:
    """Return a signal, None if there is none."""
    row = (await db.execute(select(*COLUMNS).where(SignalRow.id == signal))).first()
    return None if row is None else Signal(*row)


async def of_day(db: Db, campaign: int, citizen: int, *, day: date) -> list[Signal]:
    """Return what looked odd about somebody's day, looked at or not."""
    wanted = select(*COLUMNS).where(
        SignalRow.citizen == citizen, SignalRow.campaign == campaign, SignalRow.day == day
    )
    return [Signal(*row) for row in await db.execute(wanted.order_by(SignalRow.kind))]


async def count_unseen(db: Db, campaign: int) -> int:
    """Return how many signals nobody has looked at."""
    wanted = select(func.count()).select_from(SignalRow)
    wanted = wanted.where(SignalRow.campaign == campaign, SignalRow.looked_at.is_(None))
    return int(await db.scalar(wanted) or 0)


async def unseen(db: Db, campaign: int, *, offset: int, limit: int) -> list[Signal]:
    """Return a page of what nobody has looked at, the oldest first."""
    wanted = select(*COLUMNS).where(SignalRow.campaign == campaign, SignalRow.looked_at.is_(None))
    rows = await db.execute(wanted.order_by(SignalRow.id).offset(offset).limit(limit))
    return [Signal(*row) for row in rows]


async def look(db: Db, signal: int, *, by: int, at: datetime) -> bool:
    """Note that somebody looked and found nothing wrong; False if another did before."""
    waits = (SignalRow.id == signal, SignalRow.looked_at.is_(None))
    seen = update(SignalRow).where(*waits).values(looked_by=by, looked_at=at)
    return await db.scalar(seen.returning(SignalRow.id)) is not None


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed as signals look at it."""

    citizen: int
    day: date
    activity: str
    subject: str
    cause: str
    acted_at: datetime

    @property
    def item(self) -> int | None:
        """Return the item it finished, None if it is about something else."""
        return int(self.subject) if self.subject.isdecimal() else None


async def last_deed(db: Db) -> int:
    """Return the number of the newest deed."""
    return int(await db.scalar(select(func.max(DeedRow.id))) or 0)


async def deeds_between(
    db: Db, campaign: int, *, after: int, up_to: int
) -> AsyncIterator[Sequence[Deed]]:
    """Hand out the deeds of a span of numbers, person by person, a limited number at once."""
    columns = tuple(getattr(DeedRow, name) for name in Deed.__slots__)
    wanted = (
        select(*columns)
        .where(
            DeedRow.id > after,
            DeedRow.id <= up_to,
            DeedRow.campaign == campaign,
            DeedRow.outcome.not_in(NO_DEEDS),
        )
        .order_by(DeedRow.citizen, DeedRow.day)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    rows = await db.stream(wanted)
    async for part in rows.partitions():
        yield [Deed(*row) for row in part]


@dataclass(frozen=True, slots=True)
class Opened:
    """When an item was opened and finished, by which message, and how long it takes."""

    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    minutes: int


async def openings(
    db: Db, campaign: int, keys: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Opened]:
    """Return the openings of these (citizen, item)."""
    if not keys:
        return {}
    given = {"campaign": campaign, **_OPENINGS.rows(dialect(db), keys)}
    rows = await db.execute(_openings(dialect(db)), given)
    return {(citizen, item): Opened(*more) for citizen, item, *more in rows}


_OPENINGS = Listed("openings_asked", OpeningRow.citizen, OpeningRow.item)


@cache
def _openings(named: str) -> Query:
    wanted: Query = (
        select(
            OpeningRow.citizen,
            OpeningRow.item,
            OpeningRow.opened_at,
            OpeningRow.closed_at,
            OpeningRow.closed_by,
            ItemRow.minutes,
        )
        .join(ItemRow, ItemRow.id == OpeningRow.item)
        .where(OpeningRow.campaign == bindparam("campaign"))
    )
    return _OPENINGS.find(named, wanted)
