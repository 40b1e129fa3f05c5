"""Rows for the staff's exports, streamed so that a city's worth needs no memory."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from bot.rules.rewards import KEPT, State
from storage import attests, proposals, tallies, units
from storage.attendances import JOINED, REPLAYED, AttendanceRow, BookingRow
from storage.attests import AttestRow
from storage.broadcasts import UNREACHED, BroadcastRow
from storage.calls import CallRow
from storage.citizens import YOUNG, CitizenRow
from storage.db import Db
from storage.ledger import LineRow
from storage.livestreams import LivestreamRow
from storage.many import Query
from storage.profiles import ProfileRow
from storage.proposals import ProposalRow
from storage.pushes import DeliveryRow
from storage.rewards import RewardRow
from storage.tallies import NO_DAY, NO_TOWN, TallyRow
from storage.totals import TotalsRow
from storage.units import TOWN, UnitRow
from storage.vouchers import VoucherRow
from storage.weeks import WeekPlaceRow, WeekRow, WeekTownRow

ROWS_AT_ONCE = 2000
BEST_MAX = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of a campaign and, for those who may not see everything, of some units.

    `sessions` are the activities whose deeds belong to a livestream.
    """

    campaign: int
    units: tuple[str, ...] | None = None
    sessions: tuple[str, ...] = ()


def _seen(wanted: Wanted) -> ColumnElement[bool]:
    """Say which citizens may be seen."""
    return true() if wanted.units is None else units.belongs(wanted.units)


def _among(wanted: Wanted, column: Any) -> ColumnElement[bool]:
    """Say which units may be seen."""
    return true() if wanted.units is None else column.in_(wanted.units)


def _participants(wanted: Wanted) -> Query:
    of_campaign = and_(TotalsRow.citizen == CitizenRow.id, TotalsRow.campaign == wanted.campaign)
    return (
        select(
            CitizenRow.number,
            CitizenRow.town,
            CitizenRow.unit,
            CitizenRow.since,
            TotalsRow.first_day.is_not(None),
            func.coalesce(TotalsRow.earned, 0),
            func.coalesce(TotalsRow.balance, 0),
            func.coalesce(TotalsRow.visit_days, 0),
            func.coalesce(TotalsRow.finished, 0),
            func.coalesce(TotalsRow.lives, 0),
            CitizenRow.erased_at.is_not(None),
            CitizenRow.team,
        )
        .outerjoin(TotalsRow, of_campaign)
        .where(or_(CitizenRow.town.is_not(None), TotalsRow.citizen.is_not(None)), _seen(wanted))
        .order_by(CitizenRow.id)
    )


def _ledger(wanted: Wanted) -> Query:
    state = select(AttestRow.state).where(attests.its_line()).limit(1)
    attested = state.correlate(LineRow).scalar_subquery()
    return (
        select(
            CitizenRow.number,
            LineRow.line,
            LineRow.day,
            LineRow.activity,
            LineRow.kind,
            LineRow.points,
            LineRow.net,
            LineRow.cap,
            LineRow.town,
            LineRow.acted_at,
            attested,
        )
        .join(CitizenRow, CitizenRow.id == LineRow.citizen)
        .where(LineRow.campaign == wanted.campaign, _seen(wanted))
        .order_by(LineRow.citizen, LineRow.line)
    )


def _units(wanted: Wanted) -> Query:
    """Count each unit's people through the indexes of where they belong."""
    of_campaign = and_(TotalsRow.citizen == CitizenRow.id, TotalsRow.campaign == wanted.campaign)
    takes_part = (CitizenRow.consented_at.is_not(None), CitizenRow.town.is_not(None))
    code = UnitRow.code
    its = or_(CitizenRow.town == code, CitizenRow.unit == code, CitizenRow.team == code)
    registered = _count(CitizenRow.id, its, *takes_part)
    scored = TotalsRow.first_day.is_not(None)
    in_town = _count(
        TotalsRow.citizen, TotalsRow.campaign == wanted.campaign, TotalsRow.town == code, scored
    )
    among = (
        select(func.count())
        .select_from(CitizenRow)
        .join(TotalsRow, of_campaign)
        .where(or_(CitizenRow.unit == code, CitizenRow.team == code), scored)
        .correlate(UnitRow)
        .scalar_subquery()
    )
    return (
        select(
            code,
            UnitRow.kind,
            UnitRow.name,
            UnitRow.town,
            UnitRow.target,
            case((UnitRow.kind == TOWN, in_town), else_=among),
            registered,
            UnitRow.must_join,
            UnitRow.reporter,
        )
        .where(UnitRow.campaign == wanted.campaign, _among(wanted, code))
        .order_by(UnitRow.kind.desc(), UnitRow.town, UnitRow.name, code)
    )


def _count(column: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    counted = select(func.count(column)).where(*conditions)
    return counted.correlate(UnitRow, LivestreamRow).scalar_subquery()


def _newest(wanted: Wanted) -> ScalarSelect[Any]:
    newest = select(func.max(WeekRow.first)).where(WeekRow.campaign == wanted.campaign)
    return newest.scalar_subquery()


def _week_units(wanted: Wanted) -> Query:
    """Return what towns, and the people of other units and teams, earned in the newest week."""
    newest, campaign = _newest(wanted), wanted.campaign
    towns = select(
        WeekTownRow.first, WeekTownRow.town, WeekTownRow.participants, WeekTownRow.points
    ).where(
        WeekTownRow.campaign == campaign,
        WeekTownRow.first == newest,
        _among(wanted, WeekTownRow.town),
    )
    others = (
        select(WeekPlaceRow.first, column, func.count(), func.sum(WeekPlaceRow.points))
        .join(CitizenRow, CitizenRow.id == WeekPlaceRow.citizen)
        .where(
            WeekPlaceRow.campaign == campaign,
            WeekPlaceRow.first == newest,
            column.is_not(None),
            _among(wanted, column),
        )
        .group_by(WeekPlaceRow.first, column)
        for column in (CitizenRow.unit, CitizenRow.team)
    )
    all_of_them = union_all(towns, *others).subquery()
    first, unit, participants, points = all_of_them.c
    return select(first, unit, participants, points).order_by(points.desc(), unit)


def _week_best(wanted: Wanted) -> Query:
    """Return the best of the newest week; a name only of those who want it, none under 14."""
    listed = and_(ProfileRow.listed, CitizenRow.band != YOUNG, CitizenRow.erased_at.is_(None))
    return (
        select(
            WeekPlaceRow.first,
            WeekPlaceRow.rank,
            case((listed, ProfileRow.name), else_=None),
            WeekPlaceRow.citizen,
            CitizenRow.number,
            WeekPlaceRow.town,
            WeekPlaceRow.points,
            WeekPlaceRow.visits,
            WeekPlaceRow.streak,
        )
        .join(CitizenRow, CitizenRow.id == WeekPlaceRow.citizen)
        .outerjoin(ProfileRow, ProfileRow.citizen == CitizenRow.id)
        .where(
            WeekPlaceRow.campaign == wanted.campaign,
            WeekPlaceRow.first == _newest(wanted),
            _seen(wanted),
        )
        .order_by(WeekPlaceRow.rank)
        .limit(BEST_MAX)
    )


def _livestreams(wanted: Wanted) -> Query:
    live = LivestreamRow.id
    came = AttendanceRow.livestream == live
    kinds = [tallies.subject(activity) for activity in wanted.sessions]
    points = (
        select(func.coalesce(func.sum(TallyRow.points), 0))
        .where(
            TallyRow.campaign == wanted.campaign,
            TallyRow.kind.in_(kinds),
            TallyRow.day == NO_DAY,
            TallyRow.town == NO_TOWN,
            TallyRow.key == literal("live:").op("||")(cast(live, String)),
        )
        .correlate(LivestreamRow)
        .scalar_subquery()
    )
    return (
        select(
            LivestreamRow.topic,
            LivestreamRow.starts_at,
            LivestreamRow.unit,
            LivestreamRow.state,
            _count(BookingRow.citizen, BookingRow.livestream == live),
            _count(AttendanceRow.citizen, came, AttendanceRow.how == JOINED),
            _count(AttendanceRow.citizen, came, AttendanceRow.how == REPLAYED),
            points,
        )
        .where(LivestreamRow.campaign == wanted.campaign, _among(wanted, LivestreamRow.unit))
        .order_by(LivestreamRow.starts_at, live)
    )


def _plans(wanted: Wanted) -> Query:
    """Return the plans and classes that were handed in, as they stand; drafts and old ones not."""
    columns = ("id", "form", "unit", "topic", "month", "starts_at", "minutes", "lecturer")
    return (
        select(*(getattr(ProposalRow, name) for name in (*columns, "state", "made_at")))
        .where(
            ProposalRow.campaign == wanted.campaign,
            ProposalRow.state.in_(proposals.LISTED),
            _among(wanted, ProposalRow.unit),
        )
        .order_by(ProposalRow.unit, ProposalRow.id)
    )


def _unreached(wanted: Wanted) -> Query:
    """Return whom a broadcast did not reach, and what came of the call that was made instead."""
    called = and_(CallRow.broadcast == BroadcastRow.id, CallRow.citizen == CitizenRow.id)
    states = ", ".join(f"'{state}'" for state in UNREACHED)
    return (
        select(
            BroadcastRow.id,
            BroadcastRow.started_at,
            CitizenRow.number,
            CitizenRow.town,
            CitizenRow.unit,
            CitizenRow.team,
            DeliveryRow.state,
            CallRow.outcome,
            CallRow.at,
        )
        .join(DeliveryRow, DeliveryRow.push == BroadcastRow.push)
        .join(CitizenRow, CitizenRow.id == DeliveryRow.citizen)
        .outerjoin(CallRow, called)
        .where(
            BroadcastRow.campaign == wanted.campaign,
            # In words: only then does the planner see that the partial index serves.
            text(f"deliveries.state IN ({states})"),
            CitizenRow.consented_at.is_not(None),
            _seen(wanted),
        )
        .order_by(BroadcastRow.id.desc(), CitizenRow.id)
    )


def _rewards(wanted: Wanted) -> Query:
    """Count each reward's vouchers by what became of them; points are those that stay spent."""
    mine = (
        select(VoucherRow.reward, VoucherRow.state, VoucherRow.price)
        .join(CitizenRow, CitizenRow.id == VoucherRow.citizen)
        .where(VoucherRow.campaign == wanted.campaign, _seen(wanted))
        .subquery()
    )
    counts = [func.count(case((mine.c.state == state, 1))) for state in State]
    kept = case((mine.c.state.in_(KEPT), mine.c.price), else_=0)
    columns = (RewardRow.title, RewardRow.price, RewardRow.stock)
    return (
        select(*columns, func.count(mine.c.reward), *counts, func.coalesce(func.sum(kept), 0))
        .outerjoin(mine, mine.c.reward == RewardRow.id)
        .where(RewardRow.campaign == wanted.campaign)
        .group_by(RewardRow.id, *columns)
        .order_by(RewardRow.id)
    )


def _vouchers(wanted: Wanted) -> Query:
    """Return every voucher, and who handed it out, by their number; codes are nobody's business."""
    desk = aliased(CitizenRow)
    return (
        select(
            RewardRow.title,
            CitizenRow.number,
            CitizenRow.town,
            CitizenRow.unit,
            VoucherRow.price,
            VoucherRow.made_at,
            VoucherRow.expires_on,
            VoucherRow.state,
            VoucherRow.ended_at,
            VoucherRow.place,
            desk.number,
        )
        .join(RewardRow, RewardRow.id == VoucherRow.reward)
        .join(CitizenRow, CitizenRow.id == VoucherRow.citizen)
        .outerjoin(desk, desk.id == VoucherRow.by)
        .where(VoucherRow.campaign == wanted.campaign, _seen(wanted))
        .order_by(VoucherRow.id)
    )


QUERIES: Mapping[str, Callable[[Wanted], Query]] = {
    "participants": _participants,
    "ledger": _ledger,
    "units": _units,
    "week_units": _week_units,
    "week_best": _week_best,
    "livestreams": _livestreams,
    "unreached": _unreached,
    "plans": _plans,
    "rewards": _rewards,
    "vouchers": _vouchers,
}


async def count(db: Db, what: str, wanted: Wanted) -> int:
    """Return how many rows a report has; those of a ledger are counted in the totals."""
    if what == "ledger":
        lines = select(func.sum(TotalsRow.lines)).where(TotalsRow.campaign == wanted.campaign)
        if wanted.units is not None:
            lines = lines.join(CitizenRow, CitizenRow.id == TotalsRow.citizen)
        return int(await db.scalar(lines.where(_seen(wanted))) or 0)
    rows = QUERIES[what](wanted).order_by(None).subquery()
    return int(await db.scalar(select(func.count()).select_from(rows)) or 0)


async def rows(db: Db, what: str, wanted: Wanted) -> AsyncIterator[Sequence[Any]]:
    """Return the rows of a report, a limited number in memory."""
    query = QUERIES[what](wanted).execution_options(yield_per=ROWS_AT_ONCE)
    async for row in await db.stream(query):
        yield row
