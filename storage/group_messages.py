"""What is said in bound group chats: one row a message, on its way once.

Groups are few and are told little, so a message is worded for its group when it is sent; nothing
in it is about a person. A message that may have arrived is never sent again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    and_,
    delete,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import leases
from storage.base import Base, Id
from storage.db import Db
from storage.groups import COLUMNS as GROUP_COLUMNS
from storage.groups import Group, GroupRow
from storage.many import insert_all
from storage.pushes import SENDING, SKIPPED, STATES, UNCERTAIN, WAITING

DELETED_AT_ONCE_MAX = 2000


class GroupMessageRow(Base):
    """One message on its way to one group."""

    __tablename__ = "group_messages"
    __table_args__ = (
        UniqueConstraint("receiver", "once"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'sent') = (ref IS NOT NULL)", name="sent_has_a_reference"),
        CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name="sending_is_leased"
        ),
        Index(
            "ix_group_messages_waiting",
            *("not_before", "id"),
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_group_messages_sending",
            "leased_until",
            postgresql_where=text("state = 'sending'"),
            sqlite_where=text("state = 'sending'"),
        ),
        Index("ix_group_messages_settled", "settled_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    receiver: Mapped[int] = mapped_column(Id, ForeignKey("groups.id"))
    kind: Mapped[str] = mapped_column(String(32))
    once: Mapped[str] = mapped_column(String(100))
    content: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(9))
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    term: Mapped[int | None] = mapped_column(Id)
    tries: Mapped[int] = mapped_column(SmallInteger)
    ref: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(100))
    settled_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What groups are to be told, once each; moments are campaign time."""

    kind: str
    once: str
    content: Mapping[str, object]
    not_before: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is ours to send for as long as the lease lasts; this try is counted."""

    id: int
    kind: str
    content: Mapping[str, Any]
    expires_at: datetime
    tries: int
    group: Group


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message; a waiting one is tried again at `retry_at`, system time."""

    state: str
    ref: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    not_before: datetime | None = None


# In words, not as parameters: only then does the planner see that the partial indexes serve.
_WAITS = GroupMessageRow.state == literal_column(f"'{WAITING}'")
_IS_SENT = GroupMessageRow.state == literal_column(f"'{SENDING}'")


async def make(db: Db, receivers: Sequence[int], new: NewMessage) -> int:
    """Store a message for these groups; return for how many it was not there before."""
    rows = [
        {
            "receiver": receiver,
            "kind": new.kind,
            "once": new.once,
            "content": json.dumps(new.content, ensure_ascii=False),
            "state": WAITING,
            "not_before": new.not_before,
            "expires_at": new.expires_at,
            "tries": 0,
        }
        for receiver in receivers
    ]
    return await insert_all(db, GroupMessageRow, rows, key=("receiver", "once"))


def _due(now: datetime, system_now: datetime) -> ColumnElement[bool]:
    retry = or_(GroupMessageRow.retry_at.is_(None), GroupMessageRow.retry_at <= system_now)
    return and_(_WAITS, GroupMessageRow.not_before <= now, retry)


async def is_any_due(db: Db, *, now: datetime, system_now: datetime) -> bool:
    """Say whether there is something to send, without taking anybody's lock."""
    wanted = select(GroupMessageRow.id).where(_due(now, system_now)).limit(1)
    return await db.scalar(wanted) is not None


async def claim(
    db: Db, *, now: datetime, system_now: datetime, until: datetime, term: int, most: int
) -> list[Message]:
    """Take messages that are due, until a moment of system time."""
    due = (
        select(GroupMessageRow.id)
        .where(_due(now, system_now))
        .order_by(GroupMessageRow.not_before, GroupMessageRow.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=GroupMessageRow)
        .cte("due")
    )
    values = {"state": SENDING, "leased_until": until, "term": term}
    taken = (
        update(GroupMessageRow)
        .where(GroupMessageRow.id.in_(select(due.c.id)), leases.holds(leases.LEADER, term))
        .where(GroupMessageRow.state == WAITING)
        .values(**values, tries=GroupMessageRow.tries + 1)
        .returning(GroupMessageRow.id)
    )
    ids = list(await db.scalars(taken))
    if not ids:
        return []
    its = ("id", "kind", "content", "expires_at", "tries")
    columns = [getattr(GroupMessageRow, name) for name in its]
    wanted = (
        select(*columns, *GROUP_COLUMNS)
        .join(GroupRow, GroupRow.id == GroupMessageRow.receiver)
        .where(GroupMessageRow.id.in_(ids))
        .order_by(GroupMessageRow.id)
    )
    return [
        Message(number, kind, json.loads(content), expires_at, tries, Group(*group))
        for number, kind, content, expires_at, tries, *group in await db.execute(wanted)
    ]


async def settle(db: Db, number: int, outcome: Outcome, *, term: int, at: datetime) -> None:
    """Write what became of a claimed message; a late holder's writing changes nothing."""
    mine = (
        GroupMessageRow.id == number,
        GroupMessageRow.state == SENDING,
        GroupMessageRow.term == term,
    )
    values: dict[str, Any] = {
        "state": outcome.state,
        "ref": outcome.ref,
        "reason": None if outcome.reason is None else outcome.reason[:100],
        "retry_at": outcome.retry_at,
        "leased_until": None,
        "settled_at": None if outcome.state == WAITING else at,
    }
    if outcome.not_before is not None:
        values["not_before"] = outcome.not_before
    await db.execute(update(GroupMessageRow).where(*mine).values(**values))


async def drop(db: Db, *, at: datetime) -> None:
    """Let go what still waits for groups that are not bound any more."""
    gone = select(GroupRow.id).where(GroupRow.gone_at.is_not(None))
    values = {"state": SKIPPED, "reason": "unbound", "settled_at": at}
    waiting = update(GroupMessageRow).where(_WAITS, GroupMessageRow.receiver.in_(gone))
    await db.execute(waiting.values(**values))


async def drop_others(db: Db, campaign: int, *, at: datetime) -> None:
    """Let go what still waits for the groups of other campaigns; `at` is system time."""
    theirs = select(GroupRow.id).where(GroupRow.campaign != campaign)
    values = {"state": SKIPPED, "reason": "another campaign runs", "settled_at": at}
    waiting = update(GroupMessageRow).where(_WAITS, GroupMessageRow.receiver.in_(theirs))
    await db.execute(waiting.values(**values))


async def is_any_doubtful(db: Db, *, now: datetime) -> bool:
    """Say whether a sender died with something on its way."""
    lost = (_IS_SENT, GroupMessageRow.leased_until < now)
    return await db.scalar(select(GroupMessageRow.id).where(*lost).limit(1)) is not None


async def doubt(db: Db, *, now: datetime) -> None:
    """Settle what was on its way when its sender died: it may have arrived, so never again."""
    values = {"state": UNCERTAIN, "leased_until": None, "settled_at": now}
    lost = (_IS_SENT, GroupMessageRow.leased_until < now)
    reason = {"reason": "its sender ended"}
    await db.execute(update(GroupMessageRow).where(*lost).values(**values, **reason))


async def purge(db: Db, before: datetime) -> None:
    """Forget messages settled before a moment of system time, a limited number at once."""
    old = select(GroupMessageRow.id).where(GroupMessageRow.settled_at < before)
    aged = GroupMessageRow.id.in_(old.limit(DELETED_AT_ONCE_MAX))
    await db.execute(delete(GroupMessageRow).where(aged))
