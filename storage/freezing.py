"""Freezing a week: who earned what in it, from the ledger as it stands; later lines change nothing.

Within a week the tie chain is that of the campaign: points, then check-in days, then finished
items, then livestreams, then who got there first. All are counted from lines that paid. Whoever
was erased before has no place; whoever leaves later keeps a row that names nobody.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from sys import intern
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, case, func, select, true, update
from sqlalchemy.orm import aliased

from bot.rules import streaks
from bot.rules.calendar import ONE_DAY
from bot.rules.weeks import Week
from storage import weeks
from storage.db import Db, insert
from storage.ledger import REVERSAL, SCORED, LineRow
from storage.many import SQLITE, Query, dialect, insert_all
from storage.standings import CHAIN
from storage.totals import TotalsRow
from storage.weeks import NOBODY, Frozen, TownWeek, WeekPlaceRow, WeekRow, WeekTownRow

ROWS_AT_ONCE = 1000  # the loop answers others between two parts
COUNTED = (*SCORED, REVERSAL)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a week is counted by: which activities are what, and how streaks run."""

    start: date
    """The first day of the campaign, from which check-in days are counted."""
    visit: str
    items: Sequence[str]
    lives: Sequence[str]
    outages: frozenset[date] = frozenset()


class Place(NamedTuple):
    """Somebody's week, without the place itself, which is where it stands among the others."""

    citizen: int
    town: str | None
    points: int
    earned_rank: int
    visits: int
    streak: int


class Ranks:
    """Who earned something in a week, the best first, by columns: a city's worth is a few MB."""

    def __init__(self) -> None:
        self._citizens, self._points, self._earned_ranks = array("q"), array("q"), array("q")
        self._visits, self._streaks = array("h"), array("h")
        self._towns: list[str | None] = []

    def add(self, place: Place) -> None:
        """Add who comes next."""
        self._citizens.append(place.citizen)
        self._towns.append(None if place.town is None else intern(place.town))
        self._points.append(place.points)
        self._earned_ranks.append(place.earned_rank)
        self._visits.append(place.visits)
        self._streaks.append(place.streak)

    def __iter__(self) -> Iterator[Place]:
        """Go through all, from the top down."""
        columns = (self._citizens, self._towns, self._points, self._earned_ranks)
        for row in zip(*columns, self._visits, self._streaks, strict=True):
            yield Place(*row)


async def rank(db: Db, campaign: int, week: Week, *, terms: Terms) -> Ranks:
    """Rank a week as the ledger stands in this transaction; it only reads, and takes long."""
    days = (1 << (week.last - terms.start).days + 1) - 1
    closed = week.last + ONE_DAY  # so that a last day without a visit is missed, not open
    given = {
        "campaign": campaign,
        "first": week.first,
        "last": week.last,
        "visit": terms.visit,
        "items": list(terms.items),
        "lives": list(terms.lives),
    }
    found = await db.stream(
        _ranked(dialect(db)), given, execution_options={"yield_per": ROWS_AT_ONCE}
    )
    ranks = Ranks()
    async for part in found.partitions():
        for citizen, town, points, earned_rank, visits, bits in part:
            came = int.from_bytes(bits, "little") & days
            streak = streaks.length(came, terms.start, closed, outages=terms.outages)
            ranks.add(Place(citizen, town, points, earned_rank, visits, streak))
    return ranks


async def freeze(
    db: Db,
    campaign: int,
    week: Week,
    *,
    terms: Terms,
    at: datetime,
    ranks: Ranks | None = None,
) -> Frozen:
    """Freeze a week as it was ranked, or else as it stands now; or return how it was frozen."""
    key = {"campaign": campaign, "first": week.first}
    none = {"last": week.last, "frozen_at": at, "participants": 0, "points": 0}
    made = insert(db, WeekRow).values(**key, **none).on_conflict_do_nothing()
    if await db.scalar(made.returning(WeekRow.first)) is not None:
        # Whoever freezes it at the same moment waits at this row, and finds it done.
        if ranks is None:
            ranks = await rank(db, campaign, week, terms=terms)
        by_town = await _write_places(db, key, ranks)
        await insert_all(
            db,
            WeekTownRow,
            [
                {**key, "town": town, "participants": has.participants, "points": has.points}
                for town, has in by_town.items()
                if town is not None
            ],
        )
        both = {
            "participants": sum(has.participants for has in by_town.values()),
            "points": sum(has.points for has in by_town.values()),
        }
        mine = (WeekRow.campaign == campaign, WeekRow.first == week.first)
        await db.execute(update(WeekRow).where(*mine).values(**both))
    return next(frozen for frozen in await weeks.every(db, campaign) if frozen.first == week.first)


async def _write_places(db: Db, key: dict[str, Any], ranks: Ranks) -> dict[str | None, TownWeek]:
    """Write the places, a limited number at once, and add up the towns."""
    by_town: dict[str | None, TownWeek] = {}
    rows: list[dict[str, Any]] = []
    for number, place in enumerate(ranks, start=1):
        has = by_town.get(place.town, NOBODY)
        by_town[place.town] = has = TownWeek(has.participants + 1, has.points + place.points)
        rows.append({**key, **place._asdict(), "rank": number, "town_rank": has.participants})
        if len(rows) == ROWS_AT_ONCE:
            await insert_all(db, WeekPlaceRow, rows)
            rows = []
    await insert_all(db, WeekPlaceRow, rows)
    return by_town


@cache
def _ranked(named: str) -> Query:
    """Select who earned something in a week, the best first, with their check-in days of all."""
    week, began = _week(named), aliased(LineRow)
    overall = func.row_number().over(order_by=[week.c[f"all_{each.key}"].desc() for each in CHAIN])
    ranked = select(week, overall.label("earned_rank")).subquery("ranked")
    its_first = (
        began.citizen == ranked.c.citizen,
        began.campaign == ranked.c.campaign,
        began.line == ranked.c.began,
    )
    town = select(began.town).where(*its_first).scalar_subquery()
    columns = (ranked.c[name] for name in ("points", "earned_rank", "visits", "bits"))
    chain = (ranked.c[name].desc() for name in ("points", "visits", "finished", "lives"))
    return (
        select(ranked.c.citizen, town, *columns)
        .where(ranked.c.points > 0)
        .order_by(*chain, ranked.c.raised_at, ranked.c.citizen)
    )


def _week(named: str) -> FromClause:
    """Add up the lines of a week for each citizen, found by citizen and day through an index."""
    sign = case((LineRow.points > 0, 1), else_=-1)

    def counted(which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((which, sign), else_=0))

    sums = (
        func.sum(LineRow.points).label("points"),
        counted(LineRow.activity == bindparam("visit")).label("visits"),
        counted(LineRow.activity.in_(bindparam("items", expanding=True))).label("finished"),
        counted(LineRow.activity.in_(bindparam("lives", expanding=True))).label("lives"),
        func.max(case((LineRow.points > 0, LineRow.recorded_at))).label("raised_at"),
        func.min(case((LineRow.kind.in_(SCORED), LineRow.line))).label("began"),
    )
    its = and_(
        LineRow.citizen == TotalsRow.citizen,
        LineRow.campaign == TotalsRow.campaign,
        LineRow.day.between(bindparam("first"), bindparam("last")),
        LineRow.kind.in_(COUNTED),
        LineRow.activity.is_not(None),  # a reversed adjustment earned nothing
    )
    who = (
        TotalsRow.citizen,
        TotalsRow.campaign,
        TotalsRow.visits.label("bits"),
        *(column.label(f"all_{column.key}") for column in CHAIN),
    )
    # IS, not =: else SQLite walks along the ranks and has to sort for the groups.
    placed = (TotalsRow.campaign == bindparam("campaign"), TotalsRow.erased.is_(False))
    if named == SQLITE:
        one = select(*who, *sums).outerjoin(LineRow, its).where(*placed)
        return one.group_by(TotalsRow.citizen, TotalsRow.campaign).subquery("week")
    # Citizen by citizen, whatever statistics say: the ledger as a whole is a season long.
    found = select(*sums).where(its).lateral("found")
    return select(*who, found).join(found, true()).where(*placed).subquery("week")
