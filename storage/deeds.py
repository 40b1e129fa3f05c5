"""Deeds: every check-in, finish or join, whether it moved points or not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    CompoundSelect,
    ForeignKey,
    Integer,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Conflict, Db
from storage.ledger import Line, LineRow, is_reversed
from storage.many import Listed, dialect, insert_all, plain

UNDONE, REDONE = "undone:", "redone:"
"""How the cause of a deed begins that came with a link which was undone: it may be done again,
under the number of the line that took it back; or it was."""
NO_DEEDS = ("tomorrow", "spent")  # what only keeps a limit used, or counts for nothing


class DeedRow(Base):
    """One deed. A deed over the cap takes no `once` key, so it can still score another day."""

    __tablename__ = "deeds"
    __table_args__ = (
        UniqueConstraint("citizen", "campaign", "cause"),
        UniqueConstraint("citizen", "campaign", "once"),
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("(outcome = 'paid') = (points > 0)", name="outcome"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    activity: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    day: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(8))
    points: Mapped[int] = mapped_column(Integer)
    today: Mapped[int] = mapped_column(Integer)
    cap: Mapped[int] = mapped_column(Integer)
    once: Mapped[str | None] = mapped_column(String(80))
    cause: Mapped[str] = mapped_column(String(40))
    acted_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class NewDeed:
    """A deed to be written; `today` is what its activity paid that day, this deed included."""

    citizen: int
    activity: str
    subject: str
    day: date
    outcome: str
    points: int
    today: int
    cap: int
    once: str | None
    cause: str
    acted_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A deed that is in the database already."""

    citizen: int
    once: str | None
    cause: str
    outcome: str
    points: int
    today: int
    cap: int


async def known(
    db: Db,
    campaign: int,
    *,
    onces: Collection[tuple[int, str]],
    causes: Collection[tuple[int, str]],
) -> list[Known]:
    """Return the deeds with these once keys, and those with these causes, by citizen."""
    named = dialect(db)
    given = {"campaign": campaign, **_ONCES.rows(named, onces), **_CAUSES.rows(named, causes)}
    return [Known(*row) for row in await db.execute(_known(named), given)]


_ONCES = Listed("onces", DeedRow.citizen, DeedRow.once)
_CAUSES = Listed("causes", DeedRow.citizen, DeedRow.cause)


@cache
def _known(named: str) -> CompoundSelect[*tuple[Any, ...]]:
    columns = (
        DeedRow.citizen,
        DeedRow.once,
        DeedRow.cause,
        DeedRow.outcome,
        DeedRow.points,
        DeedRow.today,
        DeedRow.cap,
    )
    # Two halves, each served by its own unique index; an OR over both would be a scan.
    wanted = select(*columns).where(DeedRow.campaign == bindparam("campaign"))
    return union_all(_ONCES.find(named, wanted), _CAUSES.find(named, wanted))


async def add(db: Db, campaign: int, deeds: Sequence[NewDeed]) -> None:
    """Write deeds, all or none.

    Raises:
        Conflict: one of them is there already; the transaction must be given up.

    """
    rows = [{"campaign": campaign, **plain(deed)} for deed in deeds]
    if await insert_all(db, DeedRow, rows) != len(deeds):
        raise Conflict("deeds", None, RuntimeError("somebody wrote a deed past the lock"))


async def redo(db: Db, campaign: int, done: Sequence[tuple[int, str]]) -> None:
    """Note that deeds which a link had put there were done anew: (citizen, number of the line)."""
    for citizen, number in done:
        mine = (DeedRow.citizen == citizen, DeedRow.campaign == campaign)
        freed = update(DeedRow).where(*mine, DeedRow.cause == f"{UNDONE}{number}")
        await db.execute(freed.values(cause=f"{REDONE}{number}"))


async def subject(db: Db, campaign: int, citizen: int, *, once: str) -> str:
    """Return what a deed is about: an item, a place, a livestream, or nothing of its own."""
    mine = (DeedRow.citizen == citizen, DeedRow.campaign == campaign, DeedRow.once == once)
    return await db.scalar(select(DeedRow.subject).where(*mine)) or ""


async def stands(db: Db, campaign: int, citizen: int, *, subject: str, without: str | None) -> bool:
    """Say whether a citizen has a deed of this subject whose line was not taken back.

    One once key, if given, is left out.
    """
    wanted = _standing(campaign, citizen, without=without).where(DeedRow.subject == subject)
    return await db.scalar(wanted.limit(1)) is not None


async def done(db: Db, campaign: int, citizen: int) -> list[tuple[date, str]]:
    """Return each day with each activity of a citizen whose line was not taken back."""
    wanted = _standing(campaign, citizen, without=None)
    rows = await db.execute(wanted.with_only_columns(DeedRow.day, DeedRow.activity).distinct())
    return [(day, activity) for day, activity in rows]


async def is_kept(db: Db, campaign: int, citizen: int, *, line: Line) -> bool:
    """Say whether the day of a line has another deed of its activity that was not taken back."""
    wanted = _standing(campaign, citizen, without=line.once)
    wanted = wanted.where(DeedRow.day == line.day, DeedRow.activity == line.activity)
    return await db.scalar(wanted.limit(1)) is not None


def _standing(campaign: int, citizen: int, *, without: str | None) -> Select[int]:
    its_line = (
        LineRow.citizen == DeedRow.citizen,
        LineRow.campaign == DeedRow.campaign,
        LineRow.once == DeedRow.once,
    )
    return select(DeedRow.id).where(
        DeedRow.citizen == citizen,
        DeedRow.campaign == campaign,
        DeedRow.outcome.not_in(NO_DEEDS),
        or_(DeedRow.once.is_(None), DeedRow.once != (without or "")),
        ~exists().where(*its_line, is_reversed()),
    )


async def newest(db: Db) -> datetime | None:
    """Return the campaign moment of the latest deed of all."""
    found: datetime | None = await db.scalar(select(func.max(DeedRow.acted_at)))
    return found
