"""Where a unit's people or teams are missing: not there, silent, out of reach.

Towns, bureaus, schools and teams are small beside the campaign; each is read through the indexes
on its people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, literal, select

from storage import units
from storage.citizens import YOUNG, AccountRow, CitizenRow
from storage.db import Db
from storage.ledger import DEED, LineRow
from storage.papercards import PaperCardRow
from storage.profiles import ProfileRow
from storage.totals import TotalsRow


class Gap(StrEnum):
    """Why somebody of a unit is missing."""

    UNREACHABLE = "unreachable"
    """Nothing arrives on any of their channels, and they have no paper card."""
    NEVER = "never"
    """They have never checked in."""
    SILENT = "silent"
    """They have scored nothing of late."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose gaps are wanted: of which campaign and unit; silent is who scored nothing since."""

    campaign: int
    unit: str
    since: date


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody who is missing; the name is set only for those who show it on boards."""

    citizen: int
    number: str
    name: str | None


def _any(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Look one person's row up, None if there is none.

    As a subquery with a limit it is looked up person by person through an index; an EXISTS may be
    turned into a join, which reads the whole table for a handful of people.
    """
    one = select(literal(1)).where(*conditions).limit(1)
    return one.correlate(CitizenRow).scalar_subquery()


def _scored(asked: Asked) -> ScalarSelect[int]:
    return _any(
        LineRow.citizen == CitizenRow.id,
        LineRow.campaign == asked.campaign,
        LineRow.day >= asked.since,
        LineRow.kind == DEED,
    )


def _is(gap: Gap, asked: Asked) -> ColumnElement[bool]:
    match gap:
        case Gap.UNREACHABLE:
            reached = (AccountRow.citizen == CitizenRow.id, AccountRow.gone_at.is_(None))
            # Who has a paper card is reached by whoever scans it.
            carded = (PaperCardRow.citizen == CitizenRow.id, PaperCardRow.voided_at.is_(None))
            return and_(_any(*reached).is_(None), _any(*carded).is_(None))
        case Gap.NEVER:
            visited = (
                TotalsRow.citizen == CitizenRow.id,
                TotalsRow.campaign == asked.campaign,
                TotalsRow.visit_days > 0,
            )
            return _any(*visited).is_(None)
        case Gap.SILENT:
            return _scored(asked).is_(None)


def _people(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    takes_part = (CitizenRow.consented_at.is_not(None), CitizenRow.town.is_not(None))
    return (*takes_part, units.belongs([asked.unit]))


async def count(db: Db, asked: Asked, gap: Gap) -> int:
    """Return how many of a unit's people are missing in this way."""
    wanted = select(func.count()).select_from(CitizenRow)
    return int(await db.scalar(wanted.where(*_people(asked), _is(gap, asked))) or 0)


async def people(
    db: Db, asked: Asked, gap: Gap, *, offset: int = 0, limit: int | None = None
) -> list[Missing]:
    """Return a page of a unit's people who are missing in this way."""
    shown = and_(ProfileRow.citizen == CitizenRow.id, ProfileRow.listed, CitizenRow.band != YOUNG)
    wanted = (
        select(CitizenRow.id, CitizenRow.number, ProfileRow.name)
        .outerjoin(ProfileRow, shown)
        .where(*_people(asked), _is(gap, asked))
        .order_by(CitizenRow.id)
    )
    rows = await db.execute(wanted.offset(offset).limit(limit))
    return [Missing(*row) for row in rows]


async def members(db: Db, teams: Sequence[str]) -> Mapping[str, int]:
    """Return how many people take part in each of these teams; teams without any are left out."""
    wanted = select(CitizenRow.team, func.count()).where(
        CitizenRow.team.in_(teams), CitizenRow.consented_at.is_not(None)
    )
    found = await db.execute(wanted.group_by(CitizenRow.team))
    return {team: int(n) for team, n in found if team is not None}


async def awake(db: Db, campaign: int, teams: Sequence[str], *, since: date) -> set[str]:
    """Return those of these teams in which somebody scored since a day."""
    asked = Asked(campaign, "", since)
    wanted = (
        select(CitizenRow.team)
        .where(CitizenRow.team.in_(teams), _scored(asked).is_not(None))
        .distinct()
    )
    return {team for team in await db.scalars(wanted) if team is not None}
