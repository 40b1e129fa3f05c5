"""Who belongs to a broadcast's audience, and how many of them can be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, select
from sqlalchemy.orm import aliased

from bot.rules.audiences import Audience, To
from storage.attendances import BookingRow
from storage.citizens import AccountRow, CitizenRow
from storage.db import Db
from storage.deeds import DeedRow
from storage.profiles import SwitchRow
from storage.totals import TotalsRow
from storage.units import belongs


@dataclass(frozen=True, slots=True)
class Crowd:
    """An audience as seen on a day of a campaign, which began at `midnight` in its own time."""

    campaign: int
    audience: Audience
    midnight: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many belong to an audience: who can be reached, who switched it off, who is gone."""

    total: int
    reached: int
    off: int
    gone: int


def _members(crowd: Crowd) -> ColumnElement[bool]:
    takes_part = and_(CitizenRow.consented_at.is_not(None), CitizenRow.town.is_not(None))
    return and_(takes_part, *_chosen(crowd))


def _chosen(crowd: Crowd) -> Sequence[ColumnElement[bool]]:
    audience, me = crowd.audience, CitizenRow.id
    match audience.to:
        case To.ALL:
            return ()
        case To.UNITS:
            return (belongs(audience.units),)
        case To.LIVE:
            booked = select(BookingRow.citizen).where(BookingRow.livestream == audience.number)
            return (me.in_(booked),)
        case To.NEVER:
            came = (TotalsRow.citizen == me, TotalsRow.campaign == crowd.campaign)
            return (not_(exists().where(*came, TotalsRow.visit_days > 0)),)
        case To.IDLE:
            since = crowd.midnight.date() - timedelta(days=audience.number)
            mine = (DeedRow.citizen == me, DeedRow.campaign == crowd.campaign)
            # Who came later cannot have been away for so long.
            came_by = crowd.midnight - timedelta(days=audience.number - 1)
            return (CitizenRow.since < came_by, not_(exists().where(*mine, DeedRow.day > since)))


async def people(db: Db, crowd: Crowd, *, after: int, most: int) -> list[int]:
    """Return those of an audience whose ids follow a number, in their order."""
    wanted = select(CitizenRow.id).where(CitizenRow.id > after, _members(crowd))
    return list(await db.scalars(wanted.order_by(CitizenRow.id).limit(most)))


def _wants(kind: str, *, usual: bool) -> ColumnElement[bool]:
    switch = select(SwitchRow.on).where(SwitchRow.citizen == CitizenRow.id, SwitchRow.kind == kind)
    return func.coalesce(switch.scalar_subquery(), usual)


async def reached_on(db: Db, crowd: Crowd, channel: str, *, kind: str, usual: bool) -> int:
    """Count those of an audience who would be told on a channel, as their newest account says."""
    own = aliased(AccountRow)
    theirs = (own.citizen == CitizenRow.id, own.gone_at.is_(None))
    newest = select(func.max(own.id)).where(*theirs).correlate(CitizenRow).scalar_subquery()
    there = exists().where(AccountRow.id == newest, AccountRow.channel == channel)
    wanted = select(func.count()).where(_members(crowd), _wants(kind, usual=usual), there)
    return await db.scalar(wanted.select_from(CitizenRow)) or 0


async def counts(db: Db, crowd: Crowd, *, kind: str, usual: bool) -> Counts:
    """Count an audience; `kind` is the switch, `usual` how it stands for who never touched it."""
    wants = _wants(kind, usual=usual)
    known = exists().where(AccountRow.citizen == CitizenRow.id, AccountRow.gone_at.is_(None))

    def many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    wanted = select(func.count(), many(and_(wants, known)), many(not_(wants)))
    total, reached, off = (await db.execute(wanted.where(_members(crowd)))).one()
    return Counts(int(total), int(reached), int(off), int(total) - int(reached) - int(off))
