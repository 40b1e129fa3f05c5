"""What the closing report of a rehearsal counts; it reads everything, once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from storage.attendances import JOINED, AttendanceRow, BookingRow
from storage.broadcasts import BroadcastRow
from storage.citizens import AccountRow, CitizenRow
from storage.db import Db
from storage.deeds import DeedRow
from storage.ledger import LineRow
from storage.livestreams import LivestreamRow
from storage.pushes import DeliveryRow
from storage.totals import TotalsRow

FINGERPRINT_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Found:
    """What a campaign came to: how many of what, in the order in which it is told."""

    totals: Mapping[str, int]
    deeds: Mapping[str, int]
    """By outcome."""
    deliveries: Mapping[str, int]
    """By state."""
    points: Sequence[tuple[date, str, int]]
    """By day and activity."""
    joined: Sequence[tuple[date, int]]
    """How many scored for the first time, by day."""
    fingerprint: str
    """Stands for what every account has: the same in two runs of the same rehearsal."""


async def newest_day(db: Db, campaign: int) -> date | None:
    """Return the last day on which anybody got points."""
    found: date | None = await db.scalar(
        select(func.max(LineRow.day)).where(LineRow.campaign == campaign)
    )
    return found


async def of(db: Db, campaign: int) -> Found:
    """Count everything."""
    here = LineRow.campaign == campaign
    registered = (CitizenRow.consented_at.is_not(None), CitizenRow.town.is_not(None))
    placed = (TotalsRow.campaign == campaign, TotalsRow.earned > 0)
    totals = {
        "registered": await _count(db, CitizenRow, *registered),
        "participants": await _count(db, TotalsRow, *placed),
        "ledger lines": await _count(db, LineRow, here),
        "points": int(await db.scalar(select(func.sum(LineRow.points)).where(here)) or 0),
        "livestreams": await _count(db, LivestreamRow, LivestreamRow.campaign == campaign),
        "reminders asked for": await _count(db, BookingRow),
        "attendances": await _count(db, AttendanceRow, AttendanceRow.how == JOINED),
        "broadcasts": await _count(db, BroadcastRow, BroadcastRow.started_at.is_not(None)),
    }
    by_day = select(LineRow.day, LineRow.activity, func.sum(LineRow.points)).where(
        here, LineRow.activity.is_not(None)
    )
    points = await db.execute(by_day.group_by(LineRow.day, LineRow.activity))
    joined = select(TotalsRow.first_day, func.count()).where(
        *placed, TotalsRow.first_day.is_not(None)
    )
    first = await db.execute(joined.group_by(TotalsRow.first_day).order_by(TotalsRow.first_day))
    return Found(
        totals,
        await _by(db, DeedRow.outcome, DeedRow.campaign == campaign),
        await _by(db, DeliveryRow.state),
        sorted((day, activity or "", count) for day, activity, count in points),
        [(day, count) for day, count in first if day is not None],
        await _fingerprint(db, campaign),
    )


async def _count(db: Db, table: type, *wanted: ColumnElement[bool]) -> int:
    return int(await db.scalar(select(func.count()).select_from(table).where(*wanted)) or 0)


async def _by(
    db: Db, column: InstrumentedAttribute[str], *wanted: ColumnElement[bool]
) -> dict[str, int]:
    rows = await db.execute(
        select(column, func.count()).where(*wanted).group_by(column).order_by(column)
    )
    return {name: int(count) for name, count in rows}


async def _fingerprint(db: Db, campaign: int) -> str:
    has = (TotalsRow.earned, TotalsRow.balance, TotalsRow.visit_days, TotalsRow.finished)
    rows = await db.execute(
        select(AccountRow.channel, AccountRow.sender, *has, TotalsRow.lives, TotalsRow.town)
        .join(TotalsRow, TotalsRow.citizen == AccountRow.citizen)
        .where(TotalsRow.campaign == campaign)
    )
    lines = sorted(repr(tuple(row)) for row in rows)  # databases do not sort texts alike
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:FINGERPRINT_LENGTH]
