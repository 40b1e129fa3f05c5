"""The candidates of a selection, as they were when its snapshot was taken: readers and units.

What is kept of a reader is a number of the selection's own, which tells nobody who it is; who was
erased since has no other tie to it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    case,
    delete,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules import selection as rules
from bot.rules.points import VISIT
from bot.rules.rights import Role
from bot.rules.selection import ERASED, ORGANISERS, STAFF, Candidate, Rule
from storage import roles
from storage.base import Base, Id
from storage.citizens import YOUNG, CitizenRow
from storage.db import Db
from storage.ledger import REVERSAL, SCORED, LineRow
from storage.many import Query, insert_all
from storage.roles import DutyRow
from storage.selections import REPLACED, SelectionRow
from storage.totals import TotalsRow

ROWS_AT_ONCE = 2000
READER_COUNTS = (
    *("checkin_days", "online_learning", "videos", "livestreams"),
    *("points", "finished", "first"),
)
"""What is kept of a reader: the measures, and what else decides between equal scores."""
UNIT_COUNTS = (
    *("target", "people", "participants", "online_learning", "videos"),
    *("livestreams_organised", "attendance"),
    *("points", "checkin_days", "finished", "livestreams", "first"),
)


class ReaderRow(Base):
    """A participant of the campaign; `marks` are what may exclude somebody, joined by commas."""

    __tablename__ = "selection_readers"
    __table_args__ = (
        CheckConstraint(
            "checkin_days >= 0 AND online_learning >= 0 AND videos >= 0 AND livestreams >= 0"
            " AND points >= 0 AND finished >= 0",
            name="counts",
        ),
        Index("uq_selection_readers_citizen", "selection", "citizen", unique=True),
    )

    selection: Mapped[int] = mapped_column(Id, ForeignKey("selections.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    citizen: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    marks: Mapped[str] = mapped_column(String(40))
    checkin_days: Mapped[int] = mapped_column(Integer)
    online_learning: Mapped[int] = mapped_column(Integer)
    videos: Mapped[int] = mapped_column(Integer)
    livestreams: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    finished: Mapped[int] = mapped_column(Integer)
    first: Mapped[int] = mapped_column(BigInteger)


class UnitRow(Base):
    """A town, bureau or school, with what its people did and the classes it organised."""

    __tablename__ = "selection_units"
    __table_args__ = (CheckConstraint("target >= 0 AND people >= 0", name="counts"),)

    selection: Mapped[int] = mapped_column(Id, ForeignKey("selections.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    unit: Mapped[str] = mapped_column(String(32))
    marks: Mapped[str] = mapped_column(String(40))
    target: Mapped[int] = mapped_column(Integer)
    people: Mapped[int] = mapped_column(Integer)
    participants: Mapped[int] = mapped_column(Integer)
    online_learning: Mapped[int] = mapped_column(Integer)
    videos: Mapped[int] = mapped_column(Integer)
    livestreams_organised: Mapped[int] = mapped_column(Integer)
    attendance: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    checkin_days: Mapped[int] = mapped_column(Integer)
    finished: Mapped[int] = mapped_column(Integer)
    livestreams: Mapped[int] = mapped_column(Integer)
    first: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Kept:
    """A candidate as the snapshot has it; `unit` is its code, or empty for a reader.

    `citizen` is None for units, and for readers who were erased since.
    """

    number: int
    marks: tuple[str, ...]
    counts: tuple[int, ...]
    citizen: int | None = None
    unit: str = ""

    @property
    def names(self) -> Sequence[str]:
        """Return what the counts are."""
        return UNIT_COUNTS if self.unit else READER_COUNTS

    def count(self, name: str) -> int:
        """Return a count by its name."""
        return self.counts[self.names.index(name)]

    def value(self, measure: str) -> int | Fraction:
        """Return what counts: a reader's number as it is, a unit's against its target."""
        count = self.count(measure)
        if not self.unit:
            return count
        target = self.count("target")
        return Fraction(count, target) if target else 0

    def candidate(self, rule: Rule, *, decided: bool) -> Candidate:
        """Return the candidate for a list; `decided` is whether staff excluded it."""
        return Candidate(
            self.number,
            tuple(map(self.value, rule.weights)),
            tuple(map(self.count, rule.ties)),
            rules.barred(self.marks, rule.exclude, decided=decided),
        )


def _marks(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted: the campaign, and the activities that make each measure."""

    campaign: int
    counts: Mapping[str, Sequence[str]]


async def participants(db: Db, of: Counting) -> AsyncIterator[Kept]:
    """Return everybody with a scored line that stands, in the order of their ids.

    Each line counts once: a scored one as one, the reversal that takes it back as minus one.
    """
    in_charge = set(await roles.owners(db))
    number = 0
    rows = await db.stream(_participants(of).execution_options(yield_per=ROWS_AT_ONCE))
    async for part in rows.partitions():
        for row in part:
            number += 1
            yield _participant(row, number=number, in_charge=in_charge)


def _participant(row: Sequence[Any], *, number: int, in_charge: AbstractSet[int]) -> Kept:
    citizen, band, left, erased, has_staff, has_unit, *counts, first = row
    held = {
        STAFF: bool(has_staff) or citizen in in_charge,
        ORGANISERS: bool(has_unit),
        rules.YOUNG: band == YOUNG,
        ERASED: bool(left),
    }
    marks = tuple(mark for mark, is_held in held.items() if is_held)
    own = (*(max(0, int(n)) for n in counts), int(first))
    return Kept(number, marks, own, None if erased else citizen)


def _participants(of: Counting) -> Query:
    stands = case((LineRow.kind == REVERSAL, -1), else_=1)

    def counted(name: str, activities: Sequence[str]) -> Any:
        return func.sum(case((LineRow.activity.in_(activities), stands), else_=0)).label(name)

    sums = (
        select(
            LineRow.citizen,
            counted("checkin_days", (VISIT,)),
            *(counted(name, activities) for name, activities in of.counts.items()),
        )
        .where(
            LineRow.campaign == of.campaign,
            LineRow.activity.is_not(None),
            LineRow.kind.in_((*SCORED, REVERSAL)),
        )
        .group_by(LineRow.citizen)
        .subquery()
    )

    def has(*held: Role) -> Any:
        mine = (DutyRow.citizen == TotalsRow.citizen, DutyRow.campaign == of.campaign)
        return exists().where(*mine, DutyRow.role.in_(held))

    named = {name: func.coalesce(sums.c[name], 0) for name in READER_COUNTS[:4]}
    return (
        select(
            TotalsRow.citizen,
            CitizenRow.band,
            CitizenRow.consented_at.is_(None),
            CitizenRow.erased_at.is_not(None),
            has(Role.STAFF),
            has(Role.UNIT, Role.TEAM),
            *named.values(),
            TotalsRow.earned,
            named["online_learning"] + named["videos"],
            TotalsRow.haste,
        )
        .join(CitizenRow, CitizenRow.id == TotalsRow.citizen)
        .outerjoin(sums, sums.c.citizen == TotalsRow.citizen)
        .where(TotalsRow.campaign == of.campaign, TotalsRow.first_day.is_not(None))
        .order_by(TotalsRow.citizen)
    )


async def add(db: Db, selection: int, kept: Sequence[Kept]) -> None:
    """Keep candidates of one kind, at most `ROWS_AT_ONCE` of them."""
    rows = []
    for each in kept:
        row = {"selection": selection, "number": each.number, "marks": ",".join(each.marks)}
        row |= {"unit": each.unit} if each.unit else {"citizen": each.citizen}
        rows.append(row | dict(zip(each.names, each.counts, strict=True)))
    await insert_all(db, UnitRow if rows and "unit" in rows[0] else ReaderRow, rows)


_READER = (
    *(ReaderRow.number, ReaderRow.marks, ReaderRow.citizen),
    *(getattr(ReaderRow, name) for name in READER_COUNTS),
)
_UNIT = (
    *(UnitRow.number, UnitRow.marks, UnitRow.unit),
    *(getattr(UnitRow, name) for name in UNIT_COUNTS),
)


def _reader(row: Sequence[Any]) -> Kept:
    number, marks, citizen, *counts = row
    return Kept(number, _marks(marks), tuple(counts), citizen)


def _unit(row: Sequence[Any]) -> Kept:
    number, marks, unit, *counts = row
    return Kept(number, _marks(marks), tuple(counts), unit=unit)


async def readers(db: Db, selection: int) -> AsyncIterator[Kept]:
    """Return the readers of a selection by number, a limited number in memory."""
    wanted = select(*_READER).where(ReaderRow.selection == selection).order_by(ReaderRow.number)
    rows = await db.stream(wanted.execution_options(yield_per=ROWS_AT_ONCE))
    async for part in rows.partitions():
        for row in part:
            yield _reader(row)


async def units(db: Db, selection: int) -> list[Kept]:
    """Return the units of a selection by number."""
    wanted = select(*_UNIT).where(UnitRow.selection == selection).order_by(UnitRow.number)
    return [_unit(row) for row in await db.execute(wanted)]


async def of(db: Db, selection: int, *, who: str, number: int) -> Kept | None:
    """Return one candidate, None if there is none of this number."""
    if who == rules.UNIT:
        mine = (UnitRow.selection == selection, UnitRow.number == number)
        row = (await db.execute(select(*_UNIT).where(*mine))).first()
        return None if row is None else _unit(row)
    mine = (ReaderRow.selection == selection, ReaderRow.number == number)
    row = (await db.execute(select(*_READER).where(*mine))).first()
    return None if row is None else _reader(row)


async def mine(db: Db, selection: int, citizen: int) -> Kept | None:
    """Return the candidate a citizen is, None for who had scored nothing."""
    own = (ReaderRow.selection == selection, ReaderRow.citizen == citizen)
    row = (await db.execute(select(*_READER).where(*own))).first()
    return None if row is None else _reader(row)


async def numbers(db: Db, selection: int, citizens: Sequence[int]) -> dict[int, int]:
    """Return the numbers of these citizens who are readers of a selection."""
    wanted = select(ReaderRow.citizen, ReaderRow.number).where(
        ReaderRow.selection == selection, ReaderRow.citizen.in_(citizens)
    )
    rows = await db.execute(wanted)
    return {citizen: number for citizen, number in rows if citizen is not None}


async def count_people(db: Db, selection: int) -> int:
    """Return how many readers of a selection can be told of it."""
    wanted = select(func.count(ReaderRow.citizen)).where(ReaderRow.selection == selection)
    return int(await db.scalar(wanted) or 0)


async def people(db: Db, selection: int, *, after: int, most: int) -> list[int]:
    """Return the citizens who are readers of a selection, whose ids follow a number."""
    wanted = select(ReaderRow.citizen).where(
        ReaderRow.selection == selection, ReaderRow.citizen > after
    )
    return [
        citizen
        for citizen in await db.scalars(wanted.order_by(ReaderRow.citizen).limit(most))
        if citizen is not None
    ]


async def purge(db: Db) -> None:
    """Forget candidates of selections in whose place others stand, some at a time."""
    gone = select(SelectionRow.id).where(SelectionRow.state == REPLACED)
    for row in (ReaderRow, UnitRow):
        old = select(row.selection, row.number).where(row.selection.in_(gone)).limit(ROWS_AT_ONCE)
        keys = (await db.execute(old)).all()
        if keys:
            which = and_(row.selection == keys[0][0], row.number.in_([n for _, n in keys]))
            await db.execute(delete(row).where(which))
