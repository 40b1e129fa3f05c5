"""Weekly standings as they were frozen: everybody's place, the towns, the best."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.rules.calendar import ONE_DAY
from bot.rules.weeks import town_places
from storage.base import Base, Id, ShortId
from storage.citizens import YOUNG, CitizenRow
from storage.db import Db
from storage.many import Listed, Query, dialect
from storage.profiles import ProfileRow
from storage.units import TOWN, Unit, belongs


class WeekRow(Base):
    """A frozen week: its days, when it was frozen, how many have a place, their points."""

    __tablename__ = "weeks"

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[date]
    frozen_at: Mapped[datetime]
    participants: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)


class WeekTownRow(Base):
    """What a town's citizens earned in a frozen week, so that no reply has to add it up."""

    __tablename__ = "week_towns"
    __table_args__ = (
        ForeignKeyConstraint(["campaign", "first"], ["weeks.campaign", "weeks.first"]),
    )

    campaign: Mapped[int] = mapped_column(ShortId, primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    town: Mapped[str] = mapped_column(String(32), primary_key=True)
    participants: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)


class WeekPlaceRow(Base):
    """A citizen's place in a frozen week, who earned something in it.

    `town` is that of the week's first line, `earned_rank` the place in the whole campaign at the
    freeze, `visits` the week's check-in days, `streak` the days in a row at its end.
    """

    __tablename__ = "week_places"
    __table_args__ = (
        ForeignKeyConstraint(["campaign", "first"], ["weeks.campaign", "weeks.first"]),
        UniqueConstraint("campaign", "first", "rank"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("rank > 0 AND town_rank > 0 AND earned_rank > 0", name="ranks"),
    )

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    campaign: Mapped[int] = mapped_column(ShortId, primary_key=True)
    first: Mapped[date] = mapped_column(primary_key=True)
    town: Mapped[str | None] = mapped_column(String(32))
    points: Mapped[int] = mapped_column(Integer)
    rank: Mapped[int] = mapped_column(Integer)
    town_rank: Mapped[int] = mapped_column(Integer)
    earned_rank: Mapped[int] = mapped_column(Integer)
    streak: Mapped[int] = mapped_column(SmallInteger)
    visits: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen week as a whole."""

    first: date
    last: date
    frozen_at: datetime
    participants: int
    points: int


@dataclass(frozen=True, slots=True)
class TownWeek:
    """A town's week: how many of it have a place, and their points."""

    participants: int
    points: int


NOBODY = TownWeek(0, 0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """One citizen's frozen week. `before` is their place in the week before, if they had one."""

    citizen: int
    points: int
    rank: int
    of: int
    town: str | None
    town_rank: int
    town_of: int
    town_place: int | None
    """The town's place by points per head of its target; None for a town without one."""
    earned_rank: int
    streak: int
    visits: int
    before: int | None

    @property
    def ahead(self) -> int:
        """Return how many of a hundred stand below."""
        return (self.of - self.rank) * 100 // self.of

    @property
    def change(self) -> int | None:
        """Return how many places higher than the week before; None if absent then."""
        return None if self.before is None else self.before - self.rank


@dataclass(frozen=True, slots=True)
class Top:
    """One of the best of a week; `name` is set only for those who want it, none under 14."""

    rank: int
    citizen: int
    points: int
    name: str | None


async def every(db: Db, campaign: int) -> list[Frozen]:
    """Return all frozen weeks, oldest first."""
    columns = (WeekRow.first, WeekRow.last, WeekRow.frozen_at, WeekRow.participants, WeekRow.points)
    wanted = select(*columns).where(WeekRow.campaign == campaign).order_by(WeekRow.first)
    return [Frozen(*row) for row in await db.execute(wanted)]


async def placed(db: Db, campaign: int, first: date, *, after: int, most: int) -> list[int]:
    """Return who has a place in a week and whose ids follow a number, in their order."""
    wanted = select(WeekPlaceRow.citizen).where(
        WeekPlaceRow.campaign == campaign,
        WeekPlaceRow.first == first,
        WeekPlaceRow.citizen > after,
    )
    return list(await db.scalars(wanted.order_by(WeekPlaceRow.citizen).limit(most)))


async def towns(db: Db, campaign: int, first: date) -> dict[str, TownWeek]:
    """Return what each town's citizens earned in a frozen week."""
    columns = (WeekTownRow.town, WeekTownRow.participants, WeekTownRow.points)
    wanted = select(*columns).where(WeekTownRow.campaign == campaign, WeekTownRow.first == first)
    return {town: TownWeek(heads, points) for town, heads, points in await db.execute(wanted)}


async def own(
    db: Db, campaign: int, citizen: int, *, first: date, targets: Mapping[str, int]
) -> Numbers | None:
    """Return one citizen's frozen week, None if they earned nothing in it."""
    found = await many(db, campaign, [citizen], first=first, targets=targets)
    return found.get(citizen)


async def many(
    db: Db, campaign: int, citizens: Collection[int], *, first: date, targets: Mapping[str, int]
) -> dict[int, Numbers]:
    """Return the frozen week of those citizens who earned something in it; two statements.

    `targets` are the towns that have one, with the number of participants they aim at.
    """
    by_town = await towns(db, campaign, first)
    places = town_places({town: has.points for town, has in by_town.items()}, targets)
    given = {"campaign": campaign, "first": first, "eve": first - ONE_DAY}
    given |= _PLACED.rows(dialect(db), [(citizen,) for citizen in citizens])
    return {
        row.citizen: Numbers(
            citizen=row.citizen,
            points=row.points,
            rank=row.rank,
            of=row.participants,
            town=row.town,
            town_rank=row.town_rank,
            town_of=by_town.get(row.town, NOBODY).participants,
            town_place=places.get(row.town),
            earned_rank=row.earned_rank,
            streak=row.streak,
            visits=row.visits,
            before=row.before,
        )
        for row in await db.execute(_many(dialect(db)), given)
    }


_PLACED = Listed("placed", WeekPlaceRow.citizen)


@cache
def _many(named: str) -> Query:
    week_before, before = aliased(WeekRow), aliased(WeekPlaceRow)
    its = (week_before.campaign == WeekPlaceRow.campaign, week_before.last == bindparam("eve"))
    rank_before = (
        select(before.rank)
        .join(
            week_before,
            and_(week_before.campaign == before.campaign, week_before.first == before.first),
        )
        .where(before.citizen == WeekPlaceRow.citizen, *its)
        .scalar_subquery()
    )
    week = and_(WeekRow.campaign == WeekPlaceRow.campaign, WeekRow.first == WeekPlaceRow.first)
    wanted = (
        select(
            WeekPlaceRow.citizen,
            WeekPlaceRow.points,
            WeekPlaceRow.rank,
            WeekPlaceRow.town,
            WeekPlaceRow.town_rank,
            WeekPlaceRow.earned_rank,
            WeekPlaceRow.streak,
            WeekPlaceRow.visits,
            WeekRow.participants,
            rank_before.label("before"),
        )
        .join(WeekRow, week)
        .where(
            WeekPlaceRow.campaign == bindparam("campaign"),
            WeekPlaceRow.first == bindparam("first"),
        )
    )
    return _PLACED.find(named, wanted)


async def board(db: Db, campaign: int, first: date, *, most: int) -> list[Top]:
    """Return the best of a frozen week, at most so many."""
    named = and_(ProfileRow.citizen == WeekPlaceRow.citizen, ProfileRow.listed)
    grown_up = and_(
        CitizenRow.id == ProfileRow.citizen,
        CitizenRow.band != YOUNG,
        CitizenRow.erased_at.is_(None),
    )
    name = select(ProfileRow.name).join(CitizenRow, grown_up).where(named).scalar_subquery()
    wanted = (
        select(WeekPlaceRow.rank, WeekPlaceRow.citizen, WeekPlaceRow.points, name)
        .where(WeekPlaceRow.campaign == campaign, WeekPlaceRow.first == first)
        .order_by(WeekPlaceRow.rank)
        .limit(most)
    )
    return [Top(*row) for row in await db.execute(wanted)]


def _of_unit(unit: Unit) -> ColumnElement[bool]:
    """Say who counts for a unit: for a town by the week's first line, else who belongs there."""
    if unit.kind == TOWN:
        return WeekPlaceRow.town == unit.code
    return belongs([unit.code])


async def of_unit(db: Db, campaign: int, first: date, *, unit: Unit) -> TownWeek:
    """Return how many of a unit scored in a frozen week, and their points."""
    if unit.kind == TOWN:
        return (await towns(db, campaign, first)).get(unit.code, NOBODY)
    wanted = (
        select(func.count(), func.coalesce(func.sum(WeekPlaceRow.points), 0))
        .select_from(CitizenRow)
        .join(WeekPlaceRow, WeekPlaceRow.citizen == CitizenRow.id)
        .where(WeekPlaceRow.campaign == campaign, WeekPlaceRow.first == first, _of_unit(unit))
    )
    heads, points = (await db.execute(wanted)).one()
    return TownWeek(int(heads), int(points))


async def named_of(db: Db, campaign: int, first: date, *, unit: Unit, most: int) -> list[Top]:
    """Return the best of a unit in a frozen week of those who show their names; none under 14."""
    wanted = (
        select(WeekPlaceRow.rank, WeekPlaceRow.citizen, WeekPlaceRow.points, ProfileRow.name)
        .join(CitizenRow, CitizenRow.id == WeekPlaceRow.citizen)
        .join(ProfileRow, ProfileRow.citizen == CitizenRow.id)
        .where(
            WeekPlaceRow.campaign == campaign,
            WeekPlaceRow.first == first,
            ProfileRow.listed,
            ProfileRow.name.is_not(None),
            CitizenRow.band != YOUNG,
            CitizenRow.erased_at.is_(None),
            _of_unit(unit),
        )
        .order_by(WeekPlaceRow.rank)
        .limit(most)
    )
    return [Top(*row) for row in await db.execute(wanted)]
