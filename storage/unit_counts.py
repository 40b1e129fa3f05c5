"""What units did for the selection: their people's deeds, and the classes they organised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from bot.rules.points import VISIT
from bot.rules.selection import NO_PEOPLE, NO_TARGET
from storage import livestreams, memberships, tallies, units
from storage.attendances import JOINED, AttendanceRow
from storage.candidates import Counting, Kept
from storage.db import Db
from storage.livestreams import LivestreamRow
from storage.tallies import Count, Span
from storage.units import TEAM, TOWN, Unit


@dataclass(frozen=True, slots=True)
class Organised:
    """How many classes a unit held, and how often somebody joined one of them."""

    held: int = 0
    joined: int = 0


async def candidates(db: Db, of: Counting, *, span: Span, held_by: datetime) -> list[Kept]:
    """Return every town, bureau and school in the order of their codes.

    A town has the participants and the deeds that counted for it at the time; a bureau or school
    those of the people it has now. Classes count that began before `held_by`, and are over.
    """
    known = [unit for unit in await units.listed(db, of.campaign) if unit.kind != TEAM]
    organised = await _organised(db, of.campaign, held_by)
    return [
        await _kept(db, of, unit, number=number, span=span, organised=organised)
        for number, unit in enumerate(sorted(known, key=lambda unit: unit.code), start=1)
    ]


async def _kept(
    db: Db,
    of: Counting,
    unit: Unit,
    *,
    number: int,
    span: Span,
    organised: Mapping[str, Organised],
) -> Kept:
    joined = await _joined(db, of.campaign, unit)
    did = await _did(db, of.campaign, unit, span=span)
    counted = {
        name: sum(did.get(activity, Count()).paid for activity in activities)
        for name, activities in of.counts.items()
    }
    participants = sum(joined.values())
    held = organised.get(unit.code, Organised())
    last = max((day for day, n in joined.items() if n > 0), default=date.min)
    counts = {
        "target": unit.target,
        "people": await units.count_people(db, [unit.code]),
        "participants": participants,
        **counted,
        "livestreams_organised": held.held,
        "attendance": held.joined,
        "points": sum(count.points for count in did.values()),
        "checkin_days": did.get(VISIT, Count()).paid,
        "finished": counted["online_learning"] + counted["videos"],
        "first": -last.toordinal(),  # the day that brought the last participant, early is better
    }
    lacks = {NO_TARGET: not unit.target, NO_PEOPLE: participants < 1}
    marks = tuple(mark for mark, is_so in lacks.items() if is_so)
    made = Kept(number, marks, (), unit=unit.code)
    return Kept(number, marks, tuple(counts[name] for name in made.names), unit=unit.code)


async def _joined(db: Db, campaign: int, unit: Unit) -> Mapping[date, int]:
    """Return how many participants of a unit have their first scored line on which day."""
    if unit.kind != TOWN:
        return await memberships.participants(db, campaign, unit)
    whole = Span(date.min, date.max)
    days = await tallies.by_day(db, campaign, tallies.NEW, span=whole, town=unit.code)
    return {day: sum(count.n for count in keys.values()) for day, keys in days.items()}


async def _did(db: Db, campaign: int, unit: Unit, *, span: Span) -> Mapping[str, Count]:
    """Return what a unit's people scored, by activity."""
    if unit.kind == TOWN:
        return await tallies.by_key(db, campaign, tallies.DEEDS, span=span, town=unit.code)
    found: dict[str, Count] = {}
    for day in (await memberships.by_day(db, campaign, unit, span=span)).values():
        for activity, count in day.items():
            found[activity] = found.get(activity, Count()) + count
    return found


async def _organised(db: Db, campaign: int, held_by: datetime) -> Mapping[str, Organised]:
    came = and_(AttendanceRow.livestream == LivestreamRow.id, AttendanceRow.how == JOINED)
    was = or_(LivestreamRow.state == livestreams.ENDED, LivestreamRow.ends_at <= held_by)
    wanted = (
        select(
            LivestreamRow.unit,
            func.count(func.distinct(LivestreamRow.id)),
            func.count(AttendanceRow.citizen),
        )
        .outerjoin(AttendanceRow, came)
        .where(
            LivestreamRow.campaign == campaign,
            LivestreamRow.unit.is_not(None),
            LivestreamRow.state.in_((*livestreams.ON, livestreams.ENDED)),
            LivestreamRow.starts_at < held_by,
            was,
        )
        .group_by(LivestreamRow.unit)
    )
    rows = await db.execute(wanted)
    return {unit: Organised(int(held), int(joined)) for unit, held, joined in rows if unit}
