"""The lists of a selection: everybody's place, who was excluded, and who came into whose place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules.selection import READER, UNIT
from storage.base import Base, Id
from storage.db import Db, insert
from storage.many import insert_all
from storage.selections import REPLACED, SelectionRow

CHOSEN, RESERVE, OTHER, LEFT = "chosen", "reserve", "other", "left"
STANDINGS = (CHOSEN, RESERVE, OTHER, LEFT)
ROWS_AT_ONCE = 2000


class PlaceRow(Base):
    """Somebody's place on a list. Whoever left it, did for a reason; the next reserve moved up.

    `above_by` is what put them before the next one. `replaces` is the rank they came in for. While
    somebody is still on the list, a `reason` is what `by` has written and not confirmed.
    """

    __tablename__ = "selection_places"
    __table_args__ = (
        UniqueConstraint("selection", "list", "rank"),
        UniqueConstraint("selection", "list", "replaces"),
        CheckConstraint(f"standing IN {STANDINGS}", name="standing"),
        CheckConstraint("standing <> 'left' OR reason <> ''", name="reason"),
        CheckConstraint("replaces IS NULL OR standing IN ('chosen', 'left')", name="replaces"),
        CheckConstraint("rank > 0 AND score >= 0", name="rank"),
    )

    selection: Mapped[int] = mapped_column(Id, ForeignKey("selections.id"), primary_key=True)
    list: Mapped[str] = mapped_column(String(32), primary_key=True)
    who: Mapped[str] = mapped_column(String(6))
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rank: Mapped[int] = mapped_column(Integer)
    score: Mapped[int] = mapped_column(BigInteger)
    above_by: Mapped[str] = mapped_column(String(16))
    standing: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(200))
    by: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime | None]
    replaces: Mapped[int | None] = mapped_column(Integer)


class ExclusionRow(Base):
    """A candidate whom staff took from all lists of a draft, why, and whether it was taken back."""

    __tablename__ = "selection_exclusions"
    __table_args__ = (
        CheckConstraint(f"who IN {(READER, UNIT)}", name="who"),
        CheckConstraint("reason <> ''", name="reason"),
        Index(
            "uq_selection_exclusions_number",
            *("selection", "who", "number"),
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    selection: Mapped[int] = mapped_column(Id, ForeignKey("selections.id"))
    who: Mapped[str] = mapped_column(String(6))
    number: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(200))
    by: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime]
    undone_by: Mapped[int | None] = mapped_column(Id)
    undone_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place on a list."""

    list: str
    who: str
    number: int
    rank: int
    score: int
    above_by: str
    standing: str
    reason: str | None = None
    replaces: int | None = None


class Whom(NamedTuple):
    """A candidate of a selection: a reader or a unit, by number."""

    selection: int
    who: str
    number: int


class Act(NamedTuple):
    """Who does something to a candidate, why, and when."""

    by: int
    reason: str
    at: datetime


_PLACE = tuple(getattr(PlaceRow, name) for name in Place.__slots__)


async def exclude(db: Db, whom: Whom, act: Act) -> bool:
    """Take a candidate from all lists; False if that was done before."""
    made = insert(db, ExclusionRow).values(**whom._asdict(), **act._asdict())
    done = made.on_conflict_do_nothing().returning(ExclusionRow.id)
    return await db.scalar(done) is not None


async def include(db: Db, whom: Whom, *, by: int, at: datetime) -> bool:
    """Take an exclusion back; False if there is none."""
    standing = (
        ExclusionRow.selection == whom.selection,
        ExclusionRow.who == whom.who,
        ExclusionRow.number == whom.number,
        ExclusionRow.undone_at.is_(None),
    )
    undone = update(ExclusionRow).where(*standing).values(undone_by=by, undone_at=at)
    return await db.scalar(undone.returning(ExclusionRow.id)) is not None


async def excluded(db: Db, selection: int, who: str) -> dict[int, str]:
    """Return whom staff excluded of readers or units, by number, with the reason."""
    wanted = select(ExclusionRow.number, ExclusionRow.reason).where(
        ExclusionRow.selection == selection,
        ExclusionRow.who == who,
        ExclusionRow.undone_at.is_(None),
    )
    rows = await db.execute(wanted.order_by(ExclusionRow.number))
    return {number: reason for number, reason in rows}  # noqa: C416 - rows, not pairs


async def clear(db: Db, selection: int) -> bool:
    """Forget some of the places of a selection; False if there were none."""
    mine = PlaceRow.selection == selection
    found = (await db.execute(select(PlaceRow.list).where(mine).limit(1))).scalar()
    if found is None:
        return False
    some = select(PlaceRow.number).where(mine, PlaceRow.list == found).limit(ROWS_AT_ONCE)
    which = (mine, PlaceRow.list == found, PlaceRow.number.in_(some.scalar_subquery()))
    await db.execute(delete(PlaceRow).where(*which))
    return True


async def purge(db: Db) -> None:
    """Forget the places of selections in whose place others stand, some at a time."""
    wanted = select(PlaceRow.selection).join(SelectionRow, SelectionRow.id == PlaceRow.selection)
    found = await db.scalar(wanted.where(SelectionRow.state == REPLACED).limit(1))
    if found is not None:
        await clear(db, found)


async def add(db: Db, selection: int, places: Sequence[Place]) -> None:
    """Write places, at most `ROWS_AT_ONCE` of them."""
    rows = [
        {
            "selection": selection,
            **{name: getattr(each, name) for name in Place.__slots__},
            "by": None,
            "at": None,
        }
        for each in places
    ]
    await insert_all(db, PlaceRow, rows)


async def count(db: Db, selection: int, award: str, *, standings: Sequence[str]) -> int:
    """Return how many stand on a list in one of these ways."""
    wanted = select(func.count()).select_from(PlaceRow).where(*_of(selection, award, standings))
    return int(await db.scalar(wanted) or 0)


def _of(selection: int, award: str, standings: Sequence[str]) -> tuple[Any, ...]:
    mine = (PlaceRow.selection == selection, PlaceRow.list == award)
    return (*mine, PlaceRow.standing.in_(standings))


async def listed(
    db: Db,
    selection: int,
    award: str,
    *,
    standings: Sequence[str] = STANDINGS,
    offset: int = 0,
    limit: int | None = None,
) -> list[Place]:
    """Return the places of a list by rank, or a page of them."""
    wanted = select(*_PLACE).where(*_of(selection, award, standings)).order_by(PlaceRow.rank)
    return [Place(*row) for row in await db.execute(wanted.offset(offset).limit(limit))]


async def of(db: Db, selection: int, number: int, *, lists: Sequence[str]) -> dict[str, Place]:
    """Return the places of one candidate on these lists, by list."""
    mine = (PlaceRow.selection == selection, PlaceRow.number == number)
    rows = await db.execute(select(*_PLACE).where(*mine, PlaceRow.list.in_(lists)))
    return {place.list: place for place in (Place(*row) for row in rows)}


async def of_many(
    db: Db, selection: int, numbers: Sequence[int], *, lists: Sequence[str]
) -> Mapping[int, list[Place]]:
    """Return the places on these lists of candidates who are on one, by number."""
    wanted = select(*_PLACE).where(
        PlaceRow.selection == selection,
        PlaceRow.number.in_(numbers),
        PlaceRow.list.in_(lists),
        PlaceRow.standing != OTHER,
    )
    found: dict[int, list[Place]] = {}
    for place in (Place(*row) for row in await db.execute(wanted.order_by(PlaceRow.rank))):
        found.setdefault(place.number, []).append(place)
    return found


async def note(db: Db, selection: int, place: Place, *, act: Act) -> bool:
    """Write down why somebody shall leave a list; False if they are not on it."""
    return await _change(db, selection, place, **act._asdict())


async def leave(db: Db, selection: int, place: Place, *, by: int, at: datetime) -> bool:
    """Take somebody from a list for the reason this person wrote; False if another did since."""
    return await _change(db, selection, place, mine=by, standing=LEFT, at=at)


async def _change(
    db: Db, selection: int, place: Place, *, mine: int | None = None, **values: Any
) -> bool:
    which = [
        PlaceRow.selection == selection,
        PlaceRow.list == place.list,
        PlaceRow.number == place.number,
        PlaceRow.standing == CHOSEN,
    ]
    if mine is not None:
        which += [PlaceRow.by == mine, PlaceRow.reason.is_not(None)]
    changed = update(PlaceRow).where(*which).values(**values).returning(PlaceRow.number)
    return await db.scalar(changed) is not None


async def move_up(db: Db, selection: int, place: Place, *, by: int, at: datetime) -> Place | None:
    """Let the first of the reserve come in for a place that was left; None if nobody stands by."""
    first = select(func.min(PlaceRow.rank)).where(*_of(selection, place.list, [RESERVE]))
    mine = (PlaceRow.selection == selection, PlaceRow.list == place.list)
    moved = update(PlaceRow).where(*mine, PlaceRow.rank == first.scalar_subquery())
    values = {"standing": CHOSEN, "replaces": place.rank, "by": by, "at": at, "reason": None}
    row = (await db.execute(moved.values(**values).returning(*_PLACE))).first()
    return None if row is None else Place(*row)
