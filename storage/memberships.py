"""What the people of a bureau, a school or a team did, found person by person through indexes.

Towns are counted by the till (`storage/tallies.py`); the others are small, and whoever is in one
now counts in it with everything they did.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from storage.citizens import CitizenRow
from storage.db import Db
from storage.ledger import REVERSAL, SCORED, LineRow
from storage.tallies import Count, Span
from storage.totals import TotalsRow
from storage.units import TEAM, Unit

Query = Select[*tuple[Any, ...]]


def _of(wanted: Query, unit: Unit) -> Query:
    column = CitizenRow.team if unit.kind == TEAM else CitizenRow.unit
    return wanted.where(column == unit.code)


async def participants(db: Db, campaign: int, unit: Unit) -> dict[date, int]:
    """Return how many of a unit's people have their first scored line on which day."""
    its = and_(TotalsRow.citizen == CitizenRow.id, TotalsRow.campaign == campaign)
    wanted = select(TotalsRow.first_day, func.count()).select_from(CitizenRow).join(TotalsRow, its)
    wanted = _of(wanted, unit).where(TotalsRow.first_day.is_not(None))
    days = await _rows(db, wanted.group_by(TotalsRow.first_day))
    return {day: int(n) for day, n in days}


async def by_day(db: Db, campaign: int, unit: Unit, *, span: Span) -> dict[date, dict[str, Count]]:
    """Return what a unit's people scored on each day, by activity."""
    its = and_(
        LineRow.citizen == CitizenRow.id,
        LineRow.campaign == campaign,
        LineRow.day >= span.first,
        LineRow.day < span.until,
        LineRow.activity.is_not(None),
        LineRow.kind.in_((*SCORED, REVERSAL)),
    )
    columns = (LineRow.day, LineRow.activity)
    stands = case((LineRow.kind == REVERSAL, -1), else_=1)  # it is on the day of what it takes back
    sums = (func.sum(stands), func.sum(LineRow.points))
    wanted: Query = select(*columns, *sums).select_from(CitizenRow).join(LineRow, its)
    found: dict[date, dict[str, Count]] = {}
    for day, activity, n, points in await _rows(db, _of(wanted, unit).group_by(*columns)):
        found.setdefault(day, {})[activity] = Count(int(n), int(n), int(points))
    return found


async def _rows(db: Db, wanted: Query) -> Sequence[Any]:
    return (await db.execute(wanted)).all()
