"""Roll calls in group chats: who opened one, who was there, whom an organiser ticked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    UniqueConstraint,
    and_,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.citizens import YOUNG, CitizenRow
from storage.db import Db, insert
from storage.profiles import ProfileRow

SUBJECT = "roll_"
"""How the subject of a check-in begins that a roll call booked."""


class RollRow(Base):
    """The roll call of a unit or team in a group chat on a campaign day; there is but one."""

    __tablename__ = "rolls"
    __table_args__ = (UniqueConstraint("chat", "unit", "day"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    chat: Mapped[int] = mapped_column(Id, ForeignKey("groups.id"))
    unit: Mapped[str] = mapped_column(String(32))
    day: Mapped[date]
    opened_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class PresenceRow(Base):
    """Somebody who was there: by an own tap, or ticked by an organiser.

    `booked` says that the tick booked the day's check-in; `denied_at`, that whom it names said it
    was not them.
    """

    __tablename__ = "presences"
    __table_args__ = (CheckConstraint("ticked_by <> citizen", name="ticked"),)

    roll: Mapped[int] = mapped_column(Id, ForeignKey("rolls.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(
        Id, ForeignKey("citizens.id"), primary_key=True, index=True
    )
    at: Mapped[datetime]
    guest: Mapped[bool]
    ticked_by: Mapped[int | None] = mapped_column(Id)
    booked: Mapped[bool]
    denied_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll call; `chat` is the number of its group, `unit` whose it was when it was opened."""

    id: int
    chat: int
    unit: str
    day: date
    closed_at: datetime | None

    @property
    def subject(self) -> str:
        """Return what a check-in that it books is about."""
        return f"{SUBJECT}{self.id}"


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who was there, as it is stored."""

    roll: int
    citizen: int
    at: datetime
    guest: bool = False
    ticked_by: int | None = None
    booked: bool = False
    denied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many were there: people of the unit, those of them who were ticked, and guests."""

    own: int
    ticked: int
    guests: int


_ROLL = tuple(getattr(RollRow, name) for name in Roll.__slots__)
_PRESENCE = tuple(getattr(PresenceRow, name) for name in Presence.__slots__)


def _roll(row: Sequence[Any] | None) -> Roll | None:
    return None if row is None else Roll(*row)


@dataclass(frozen=True, slots=True)
class NewRoll:
    """A roll call to be opened; `opened_at` is campaign time."""

    campaign: int
    chat: int
    unit: str
    day: date
    opened_by: int
    opened_at: datetime


async def call(db: Db, new: NewRoll) -> Roll:
    """Open the roll call of a day, or go on with the one there is, closed or not."""
    values = {name: getattr(new, name) for name in new.__slots__}
    made = insert(db, RollRow).values(**values, closed_at=None)
    keys = [RollRow.chat, RollRow.unit, RollRow.day]
    again = made.on_conflict_do_update(index_elements=keys, set_={"closed_at": None})
    row = (await db.execute(again.returning(*_ROLL))).one()
    return Roll(*row)


async def of(db: Db, campaign: int, number: int) -> Roll | None:
    """Return a roll call of a campaign."""
    wanted = select(*_ROLL).where(RollRow.campaign == campaign, RollRow.id == number)
    return _roll((await db.execute(wanted)).first())


async def on(
    db: Db, campaign: int, day: date, *, units: Sequence[str] | None, limit: int
) -> list[Roll]:
    """Return the roll calls of a day in these units, None for any, the newest first."""
    wanted = select(*_ROLL).where(RollRow.campaign == campaign, RollRow.day == day)
    if units is not None:
        wanted = wanted.where(RollRow.unit.in_(units))
    return [Roll(*row) for row in await db.execute(wanted.order_by(RollRow.id.desc()).limit(limit))]


async def close(db: Db, number: int, *, at: datetime) -> bool:
    """Close a roll call; False if it is closed already."""
    open_still = (RollRow.id == number, RollRow.closed_at.is_(None))
    closed = update(RollRow).where(*open_still).values(closed_at=at)
    return await db.scalar(closed.returning(RollRow.id)) is not None


async def note(db: Db, presence: Presence) -> bool:
    """Note that somebody was there; False if they are noted, or denied it, already."""
    values = {name: getattr(presence, name) for name in presence.__slots__}
    made = insert(db, PresenceRow).values(**values).on_conflict_do_nothing()
    return await db.scalar(made.returning(PresenceRow.citizen)) is not None


async def presence(db: Db, number: int, citizen: int) -> Presence | None:
    """Return how somebody is noted in a roll call."""
    wanted = select(*_PRESENCE).where(PresenceRow.roll == number, PresenceRow.citizen == citizen)
    row = (await db.execute(wanted)).first()
    return None if row is None else Presence(*row)


async def deny(db: Db, number: int, citizen: int, *, at: datetime) -> bool:
    """Note that somebody who was ticked was not there; False if that is noted, or no tick is."""
    mine = (PresenceRow.roll == number, PresenceRow.citizen == citizen)
    ticked = (PresenceRow.ticked_by.is_not(None), PresenceRow.denied_at.is_(None))
    denied = update(PresenceRow).where(*mine, *ticked).values(denied_at=at)
    return await db.scalar(denied.returning(PresenceRow.citizen)) is not None


def _there(number: int) -> tuple[ColumnElement[bool], ...]:
    return PresenceRow.roll == number, PresenceRow.denied_at.is_(None)


async def count(db: Db, number: int) -> Count:
    """Count who was there."""
    own = ~PresenceRow.guest
    ticked = and_(own, PresenceRow.ticked_by.is_not(None))
    wanted = select(
        func.count(case((own, 1))),
        func.count(case((ticked, 1))),
        func.count(case((PresenceRow.guest, 1))),
    ).where(*_there(number))
    own_ones, ticked_ones, guests = (await db.execute(wanted)).one()
    return Count(own_ones, ticked_ones, guests)


async def named(db: Db, number: int, most: int) -> list[str]:
    """Return the names of those who were there and show theirs, as they came; no one under 14."""
    shown = (ProfileRow.listed, ProfileRow.name.is_not(None), CitizenRow.band != YOUNG)
    wanted = (
        select(ProfileRow.name)
        .join(PresenceRow, PresenceRow.citizen == ProfileRow.citizen)
        .join(CitizenRow, CitizenRow.id == ProfileRow.citizen)
        .where(*_there(number), *shown)
        .order_by(PresenceRow.at, PresenceRow.citizen)
    )
    return [str(name) for name in await db.scalars(wanted.limit(most))]


async def name(db: Db, citizen: int) -> str | None:
    """Return the name somebody shows to others, if they do."""
    shown = (ProfileRow.listed, CitizenRow.band != YOUNG, ProfileRow.citizen == citizen)
    wanted = select(ProfileRow.name).join(CitizenRow, CitizenRow.id == ProfileRow.citizen)
    return await db.scalar(wanted.where(*shown))


async def purge(db: Db, before: date) -> None:
    """Forget roll calls of days before one, and who was there."""
    old = select(RollRow.id).where(RollRow.day < before)
    await db.execute(delete(PresenceRow).where(PresenceRow.roll.in_(old)))
    await db.execute(delete(RollRow).where(RollRow.day < before))
