"""Ranks: who stands where, by the tie chain of the campaign.

Earned points, then check-in days, then finished items, then livestreams, then who got there first.
Erased citizens keep no place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from storage.citizens import YOUNG, CitizenRow
from storage.db import Db
from storage.profiles import ProfileRow
from storage.totals import Totals, TotalsRow

TIES = (
    TotalsRow.visit_days,
    TotalsRow.finished,
    TotalsRow.lives,
    TotalsRow.haste,
    TotalsRow.citizen,  # no two stand on one place
)
CHAIN = (TotalsRow.earned, *TIES)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody near one's own place: how many places above (negative) or below, and points.

    `name` is set for those only who want to be named on boards, and never for anyone under 14.
    """

    citizen: int
    away: int
    earned: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many with the same points stand above somebody, and who is near, from the top down.

    Ties are counted in the campaign and in the town.
    """

    ties: int
    ties_at_home: int
    near: tuple[Neighbour, ...]


def _placed(campaign: int) -> list[ColumnElement[bool]]:
    return [TotalsRow.campaign == campaign, ~TotalsRow.erased]


async def participants(db: Db, campaign: int) -> int:
    """Return how many have a place: those with at least one scored line."""
    wanted = (*_placed(campaign), TotalsRow.earned > 0)
    return int(await db.scalar(select(func.count()).where(*wanted)) or 0)


async def spread(db: Db, campaign: int) -> Sequence[tuple[str | None, int, int]]:
    """Return how many have earned how much, by town: (town, points, citizens)."""
    wanted = (
        select(TotalsRow.town, TotalsRow.earned, func.count())
        .where(*_placed(campaign), TotalsRow.earned > 0)
        .group_by(TotalsRow.town, TotalsRow.earned)
    )
    return [(town, earned, count) for town, earned, count in await db.execute(wanted)]


async def faithful(db: Db, campaign: int, *, most: int) -> list[tuple[int, int]]:
    """Return those who came on the most days, with these days as bits: (citizen, days).

    Left out is who is under 14, has left, or takes a pause.
    """
    wanted = (
        select(TotalsRow.citizen, TotalsRow.visits)
        .join(CitizenRow, CitizenRow.id == TotalsRow.citizen)
        .where(*_placed(campaign), CitizenRow.band != YOUNG, CitizenRow.consented_at.is_not(None))
        .order_by(TotalsRow.visit_days.desc(), TotalsRow.citizen)
    )
    rows = await db.execute(wanted.limit(most))
    return [(citizen, int.from_bytes(visits, "little")) for citizen, visits in rows]


async def at(db: Db, campaign: int, citizen: int, *, has: Totals, each: int) -> Standing:
    """Return where somebody stands among their like, and up to `each` neighbours a side.

    One statement. It takes what they have as values: only so SQLite enters the index of ranks at
    their row, and not at the first with the same points.
    """
    values = (has.earned, has.visit_days, has.finished, has.lives, has.haste, citizen)
    mine = {column.key: value for column, value in zip(CHAIN, values, strict=True)}
    rows = await db.execute(_at(each), {**mine, "campaign": campaign, "town": has.town})
    ties = ties_at_home = 0
    near: dict[int, list[Neighbour]] = {-1: [], 1: []}
    for one, other, side, name in rows:
        if not side:
            ties, ties_at_home = int(one), int(other)
        elif other:  # the others have no place yet
            near[side].append(Neighbour(one, side * (len(near[side]) + 1), other, name))
    return Standing(ties, ties_at_home, (*reversed(near[-1]), *near[1]))


# The statement is built once: building it takes longer than its answer.
_CAMPAIGN = (TotalsRow.campaign == bindparam("campaign"), ~TotalsRow.erased)


def _mine(columns: Sequence[InstrumentedAttribute[int]]) -> ColumnElement[tuple[int, ...]]:
    return tuple_(*(bindparam(column.key, type_=column.type) for column in columns))


@cache
def _at(each: int) -> CompoundSelect[*tuple[Any, ...]]:
    same = (*_CAMPAIGN, TotalsRow.earned == bindparam("earned"), tuple_(*TIES) > _mine(TIES))
    at_home = (*same, TotalsRow.town == bindparam("town"))
    ties = select(
        select(func.count()).where(*same).scalar_subquery(),
        select(func.count()).where(*at_home).scalar_subquery(),
        literal(0),
        literal(None, ProfileRow.name.type),
    )
    # One condition a side, or the index is entered at the wrong one.
    columns = (TotalsRow.citizen, TotalsRow.earned)
    above = select(*columns, literal(-1)).where(*_CAMPAIGN, tuple_(*CHAIN) > _mine(CHAIN))
    below = select(*columns, literal(1)).where(*_CAMPAIGN, tuple_(*CHAIN) < _mine(CHAIN))
    return union_all(
        ties,
        _nearest(above.order_by(*CHAIN), each),
        _nearest(below.order_by(*(column.desc() for column in CHAIN)), each),
    )


def _nearest(wanted: Select[int, int, int], each: int) -> Select[*tuple[Any, ...]]:
    """Take the first ones and give them the names they may be shown with."""
    near = wanted.limit(each).subquery()
    citizen, earned, side = near.c
    named = and_(ProfileRow.citizen == citizen, ProfileRow.listed)
    grown_up = and_(CitizenRow.id == ProfileRow.citizen, CitizenRow.band != YOUNG)
    name = select(ProfileRow.name).join(CitizenRow, grown_up).where(named).scalar_subquery()
    return select(citizen, earned, side, name)
