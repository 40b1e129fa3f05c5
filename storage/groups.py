"""Group chats that are bound to a unit or team, and what each of them wants to be told.

A group that was unbound, or that removed the bot, keeps its row with `gone_at`: nothing is said
there any more until somebody binds it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert
from storage.units import UnitRow

OWN, ALL, OFF = "own", "all", "off"
LIVES = (OWN, ALL, OFF)
TITLE_LENGTH_MAX = 64
REASON_LENGTH_MAX = 100
JUST_NOW = timedelta(minutes=1)  # Telegram may tell of an upgrade as of a removal


class GroupRow(Base):
    """A group chat and the unit or team it belongs to; the first who binds it has it."""

    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("campaign", "channel", "chat"),
        CheckConstraint("lives IN ('own', 'all', 'off')", name="lives"),
        Index("ix_groups_unit", "campaign", "unit"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    channel: Mapped[str] = mapped_column(String(16))
    chat: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH_MAX))
    unit: Mapped[str] = mapped_column(String(32))
    lives: Mapped[str] = mapped_column(String(4))
    weekly: Mapped[bool]
    language: Mapped[str | None] = mapped_column(String(8))
    bound_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    bound_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(REASON_LENGTH_MAX))
    """Why the last message did not arrive; None once one has."""


class Chat(NamedTuple):
    """A group chat: its channel and its number there."""

    channel: str
    number: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat as the rest of the program may know it."""

    id: int
    campaign: int
    channel: str
    chat: str
    title: str
    unit: str
    lives: str
    weekly: bool
    language: str | None
    gone_at: datetime | None
    trouble: str | None

    @property
    def bound(self) -> bool:
        """Say whether it belongs to its unit now."""
        return self.gone_at is None


COLUMNS = tuple(getattr(GroupRow, name) for name in Group.__slots__)


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group to be bound; `bound_at` is campaign time."""

    campaign: int
    channel: str
    chat: str
    title: str
    unit: str
    language: str | None
    bound_by: int
    bound_at: datetime


def _group(row: Sequence[Any] | None) -> Group | None:
    return None if row is None else Group(*row)


async def of(db: Db, campaign: int, chat: Chat) -> Group | None:
    """Return a group chat that is, or was, bound."""
    wanted = select(*COLUMNS).where(GroupRow.campaign == campaign, *_is(chat))
    return _group((await db.execute(wanted)).first())


async def by_id(db: Db, campaign: int, number: int) -> Group | None:
    """Return a group by its own number."""
    wanted = select(*COLUMNS).where(GroupRow.campaign == campaign, GroupRow.id == number)
    return _group((await db.execute(wanted)).first())


def _is(chat: Chat) -> tuple[ColumnElement[bool], ...]:
    return GroupRow.channel == chat.channel, GroupRow.chat == chat.number


async def bind(db: Db, new: NewGroup) -> bool:
    """Bind a group chat; False if it is bound already, also by somebody at the same moment."""
    values = {name: getattr(new, name) for name in new.__slots__}
    values["title"] = new.title[:TITLE_LENGTH_MAX]
    kept = {"lives": OWN, "weekly": True, "gone_at": None, "trouble": None}
    made = insert(db, GroupRow).values(**values, **kept)
    again = made.on_conflict_do_update(
        index_elements=[GroupRow.campaign, GroupRow.channel, GroupRow.chat],
        set_={name: made.excluded[name] for name in (*values, *kept)},
        where=GroupRow.gone_at.is_not(None),
    )
    return await db.scalar(again.returning(GroupRow.id)) is not None


async def unbind(db: Db, number: int, *, unit: str, at: datetime, reason: str) -> bool:
    """Let a group go; False if it does not belong to this unit any more."""
    mine = (GroupRow.id == number, GroupRow.unit == unit, GroupRow.gone_at.is_(None))
    gone = update(GroupRow).where(*mine).values(gone_at=at, trouble=reason[:REASON_LENGTH_MAX])
    return await db.scalar(gone.returning(GroupRow.id)) is not None


async def switch(
    db: Db, number: int, *, lives: str | None = None, weekly: bool | None = None
) -> None:
    """Choose what a group is told; what is None stays as it is."""
    given = {"lives": lives, "weekly": weekly}
    values = {name: value for name, value in given.items() if value is not None}
    await db.execute(update(GroupRow).where(GroupRow.id == number).values(**values))


async def lost(db: Db, chat: Chat, *, at: datetime, reason: str) -> None:
    """Note that the bot is not in a group chat any more; `at` is system time."""
    here = (*_is(chat), GroupRow.gone_at.is_(None))
    gone = update(GroupRow).where(*here)
    await db.execute(gone.values(gone_at=at, trouble=reason[:REASON_LENGTH_MAX]))


async def move(db: Db, chat: Chat, *, to: str, at: datetime) -> None:
    """Follow a group chat to its new number; `at` is system time.

    If somebody bound it anew there already, that one stays and the old one ends.
    """
    there = aliased(GroupRow)
    taken = select(there.id).where(
        there.campaign == GroupRow.campaign, there.channel == chat.channel, there.chat == to
    )
    moved = update(GroupRow).where(*_is(chat), ~taken.exists())
    lives_on = or_(GroupRow.gone_at.is_(None), GroupRow.gone_at > at - JUST_NOW)
    await db.execute(moved.where(lives_on).values(chat=to, gone_at=None))
    await lost(db, chat, at=at, reason="moved")


async def note(db: Db, number: int, *, trouble: str | None) -> None:
    """Note why a message did not arrive, or that one has."""
    reason = None if trouble is None else trouble[:REASON_LENGTH_MAX]
    changed = (GroupRow.id == number, GroupRow.trouble.is_distinct_from(reason))
    await db.execute(update(GroupRow).where(*changed).values(trouble=reason))


def _theirs(campaign: int, units: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    bound = (GroupRow.campaign == campaign, GroupRow.gone_at.is_(None))
    return bound if units is None else (*bound, GroupRow.unit.in_(units))


async def count(db: Db, campaign: int, *, units: Sequence[str] | None) -> int:
    """Return how many groups are bound to these units, None for any."""
    wanted = select(func.count()).select_from(GroupRow).where(*_theirs(campaign, units))
    return int(await db.scalar(wanted) or 0)


async def listed(
    db: Db, campaign: int, *, units: Sequence[str] | None, offset: int = 0, limit: int
) -> list[Group]:
    """Return a page of the groups bound to these units, None for any."""
    wanted = select(*COLUMNS).where(*_theirs(campaign, units))
    rows = await db.execute(wanted.order_by(GroupRow.unit, GroupRow.id).offset(offset).limit(limit))
    return [Group(*row) for row in rows]


async def for_livestream(db: Db, campaign: int, unit: str | None) -> list[int]:
    """Return the groups that want to hear of a livestream of this unit, or of nobody's.

    Whoever wants the own ones hears of the own unit's, of those of the own team's town, and of
    those that are nobody's.
    """
    bound = (GroupRow.campaign == campaign, GroupRow.gone_at.is_(None), GroupRow.lives != OFF)
    wanted = select(GroupRow.id).where(*bound)
    if unit is not None:
        team = select(UnitRow.code).where(
            UnitRow.campaign == campaign, UnitRow.code == GroupRow.unit, UnitRow.town == unit
        )
        wanted = wanted.where(or_(GroupRow.lives == ALL, GroupRow.unit == unit, team.exists()))
    return list(await db.scalars(wanted.order_by(GroupRow.id)))


async def for_week(db: Db, campaign: int) -> list[int]:
    """Return the groups that want the weekly standing."""
    bound = (GroupRow.campaign == campaign, GroupRow.gone_at.is_(None), GroupRow.weekly)
    return list(await db.scalars(select(GroupRow.id).where(*bound).order_by(GroupRow.id)))
