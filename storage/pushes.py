"""What goes to people who have not just spoken: pushes, and one delivery per person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnClause,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import leases
from storage.base import Base, Id, ShortId
from storage.db import Db, insert
from storage.many import insert_all

FILLING, OPEN, PAUSED, STOPPED, ENDED = "filling", "open", "paused", "stopped", "ended"
WAITING, SENDING, SENT, GONE = "waiting", "sending", "sent", "gone"
SKIPPED, EXPIRED, UNCERTAIN, FAILED = "skipped", "expired", "uncertain", "failed"
DELETED_AT_ONCE_MAX = 2000
STATES = (WAITING, SENDING, SENT, GONE, SKIPPED, EXPIRED, UNCERTAIN, FAILED)


class PushRow(Base):
    """Something said to many: what, to whom at most, and until when it makes sense."""

    __tablename__ = "pushes"
    __table_args__ = (UniqueConstraint("campaign", "once"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(32))
    once: Mapped[str] = mapped_column(String(100))
    content: Mapped[str] = mapped_column(Text)
    urgency: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(8))
    watched: Mapped[bool] = mapped_column(default=True, server_default=true())
    author: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    filled_to: Mapped[int] = mapped_column(Id)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]


class DeliveryRow(Base):
    """One push on its way to one person."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'sent') = (ref IS NOT NULL)", name="sent_has_a_reference"),
        CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name="sending_is_leased"
        ),
        Index(
            "ix_deliveries_waiting",
            *("urgency", "not_before", "push", "citizen"),
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_deliveries_sending",
            "leased_until",
            postgresql_where=text("state = 'sending'"),
            sqlite_where=text("state = 'sending'"),
        ),
        Index("ix_deliveries_citizen", "citizen", "not_before"),
        Index(
            "ix_deliveries_unreached",
            *("push", "citizen"),
            postgresql_where=text("state IN ('gone', 'failed', 'expired', 'uncertain')"),
            sqlite_where=text("state IN ('gone', 'failed', 'expired', 'uncertain')"),
        ),
        Index(
            "ix_deliveries_budget",
            *("citizen", "not_before"),
            postgresql_where=text("reason = 'budget'"),
            sqlite_where=text("reason = 'budget'"),
        ),
    )

    push: Mapped[int] = mapped_column(Id, ForeignKey("pushes.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    urgency: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(9))
    channel: Mapped[str | None] = mapped_column(String(16))
    not_before: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    term: Mapped[int | None] = mapped_column(Id)
    tries: Mapped[int] = mapped_column(SmallInteger)
    ref: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(100))
    settled_at: Mapped[datetime | None]


# In words, not as parameters: only then does the planner see that the partial indexes serve.
_IS_WAITING: ColumnClause[str] = literal_column(f"'{WAITING}'")
_IS_SENDING: ColumnClause[str] = literal_column(f"'{SENDING}'")


@dataclass(frozen=True, slots=True)
class Push:
    """A push as the rest of the program may know it; `content` is its kind's own JSON."""

    id: int
    campaign: int
    kind: str
    once: str
    content: str
    urgency: int
    author: int | None
    filled_to: int
    made_at: datetime
    expires_at: datetime | None


COLUMNS = tuple(getattr(PushRow, name) for name in Push.__slots__)


@dataclass(frozen=True, slots=True)
class NewPush:
    """What is to be pushed; the same `once` is pushed once. Moments are campaign time."""

    campaign: int
    kind: str
    once: str
    content: str
    urgency: int
    made_at: datetime
    expires_at: datetime | None = None
    author: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send for as long as the lease lasts; this try is counted."""

    push: Push
    citizen: int
    tries: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery; a waiting one is tried again at `retry_at`, system time."""

    push: int
    citizen: int
    state: str
    channel: str | None = None
    ref: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    not_before: datetime | None = None


async def make(db: Db, new: NewPush, *, at: datetime) -> int | None:
    """Store a push, to be filled with receivers; return its number, None if it was there before."""
    values: dict[str, Any] = {name: getattr(new, name) for name in new.__slots__}
    made = insert(db, PushRow).values(**values, state=FILLING, filled_to=0, recorded_at=at)
    found: int | None = await db.scalar(made.on_conflict_do_nothing().returning(PushRow.id))
    return found


async def made(db: Db, campaign: int, onces: Collection[str]) -> set[str]:
    """Return which of these once keys were pushed already."""
    wanted = select(PushRow.once).where(PushRow.campaign == campaign, PushRow.once.in_(onces))
    return set(await db.scalars(wanted)) if onces else set()


async def next_to_fill(db: Db, campaign: int) -> Push | None:
    """Return the most urgent push that still wants receivers."""
    wanted = select(*COLUMNS).where(PushRow.campaign == campaign, PushRow.state == FILLING)
    row = (await db.execute(wanted.order_by(PushRow.urgency, PushRow.id).limit(1))).first()
    return None if row is None else Push(*row)


async def fill(
    db: Db,
    push: Push,
    receivers: Sequence[int],
    *,
    not_before: datetime,
    up_to: int | None,
    term: int,
) -> None:
    """Add receivers, to be told from a moment on.

    `up_to` is the last number that was looked at, None when there are no more.
    """
    kept = {"state": OPEN} if up_to is None else {"filled_to": up_to}
    mine = (PushRow.id == push.id, PushRow.state == FILLING, leases.holds(leases.LEADER, term))
    if await db.scalar(update(PushRow).where(*mine).values(**kept).returning(PushRow.id)) is None:
        return  # stopped, or another leads now
    rows = [
        {
            "push": push.id,
            "citizen": citizen,
            "urgency": push.urgency,
            "state": WAITING,
            "not_before": not_before,
            "tries": 0,
        }
        for citizen in receivers
    ]
    await insert_all(db, DeliveryRow, rows)


def _due(campaign: int, now: datetime, system_now: datetime) -> ColumnElement[bool]:
    # Those to leave out, not those to take: the few would lead the planner off the due ones' index.
    held = select(PushRow.id).where(
        or_(PushRow.campaign != campaign, PushRow.state.in_((PAUSED, STOPPED, ENDED)))
    )
    return and_(
        DeliveryRow.state == _IS_WAITING,
        DeliveryRow.not_before <= now,
        or_(DeliveryRow.retry_at.is_(None), DeliveryRow.retry_at <= system_now),
        DeliveryRow.push.not_in(held),
    )


async def is_any_due(db: Db, campaign: int, *, now: datetime, system_now: datetime) -> bool:
    """Say whether there is something to claim, without taking anybody's lock."""
    wanted = select(DeliveryRow.push).where(_due(campaign, now, system_now)).limit(1)
    return await db.scalar(wanted) is not None


async def claim(  # noqa: PLR0913 - two clocks, a lease and a limit
    db: Db,
    campaign: int,
    *,
    now: datetime,
    system_now: datetime,
    until: datetime,
    term: int,
    most: int,
) -> list[Claimed]:
    """Take deliveries that are due, the most urgent first, until a moment of system time."""
    keys = tuple_(DeliveryRow.push, DeliveryRow.citizen)
    wanted = (
        select(DeliveryRow.push, DeliveryRow.citizen)
        .where(_due(campaign, now, system_now))
        .order_by(
            DeliveryRow.urgency, DeliveryRow.not_before, DeliveryRow.push, DeliveryRow.citizen
        )
        .limit(most)
        .with_for_update(skip_locked=True, of=DeliveryRow)
        .cte("due")  # run once: as a plain subquery its limit would hold for each look anew
    )
    chosen = select(wanted.c.push, wanted.c.citizen)
    taken = (
        update(DeliveryRow)
        .where(keys.in_(chosen), DeliveryRow.state == WAITING, leases.holds(leases.LEADER, term))
        .values(state=SENDING, leased_until=until, term=term, tries=DeliveryRow.tries + 1)
        .returning(DeliveryRow.push, DeliveryRow.citizen, DeliveryRow.tries)
    )
    found = (await db.execute(taken)).all()
    if not found:
        return []
    ids = {push for push, _, _ in found}
    known = await db.execute(select(*COLUMNS).where(PushRow.id.in_(ids)))
    pushes = {push.id: push for push in (Push(*row) for row in known)}
    claimed = [Claimed(pushes[push], citizen, tries) for push, citizen, tries in found]
    return sorted(claimed, key=lambda one: (one.push.urgency, one.push.id, one.citizen))


def _which() -> tuple[Any, Any]:
    return (
        DeliveryRow.push == bindparam("this_push"),
        DeliveryRow.citizen == bindparam("this_citizen"),
    )


async def settle(db: Db, settled: Sequence[Settled], *, term: int, at: datetime) -> None:
    """Write what became of claimed deliveries; a late holder's writing changes nothing."""
    names = ("state", "channel", "ref", "reason", "retry_at")
    rows = [
        {"this_push": one.push, "this_citizen": one.citizen}
        | {f"new_{name}": getattr(one, name) for name in names}
        | {"new_settled_at": None if one.state == WAITING else at}
        | {"new_not_before": one.not_before}
        for one in settled
    ]
    if not rows:
        return
    types = DeliveryRow.__table__.c
    values: dict[str, Any] = {n: bindparam(f"new_{n}", type_=types[n].type) for n in names}
    values["settled_at"] = bindparam("new_settled_at", type_=types.settled_at.type)
    moved = bindparam("new_not_before", type_=types.not_before.type)
    values["not_before"] = func.coalesce(moved, DeliveryRow.not_before)
    done = (
        update(DeliveryRow)
        .where(*_which(), DeliveryRow.state == SENDING, DeliveryRow.term == term)
        .values(leased_until=None, **values)
    )
    await db.execute(done, rows)


def _lost(now: datetime) -> ColumnElement[bool]:
    return and_(DeliveryRow.state == _IS_SENDING, DeliveryRow.leased_until < now)


async def is_any_doubtful(db: Db, *, now: datetime) -> bool:
    """Say whether a sender died with something on its way."""
    return await db.scalar(select(DeliveryRow.push).where(_lost(now)).limit(1)) is not None


async def doubt(db: Db, *, now: datetime) -> int:
    """Settle what was on its way when its sender died: it may have arrived, so never again."""
    values = {
        "state": UNCERTAIN,
        "leased_until": None,
        "reason": "its sender ended",
        "settled_at": now,
    }
    written = await db.execute(update(DeliveryRow).where(_lost(now)).values(**values))
    return int(getattr(written, "rowcount", 0))


async def count_waiting(db: Db) -> int:
    """Count what waits to be sent, now or later."""
    wanted = select(func.count()).select_from(DeliveryRow).where(DeliveryRow.state == _IS_WAITING)
    return int(await db.scalar(wanted) or 0)


async def oldest_due(db: Db) -> datetime | None:
    """Return since when the oldest that waits may be sent, campaign time; None if none waits."""
    wanted = select(func.min(DeliveryRow.not_before)).where(DeliveryRow.state == _IS_WAITING)
    found: datetime | None = await db.scalar(wanted)
    return found


async def counts(db: Db, push: int) -> dict[str, int]:
    """Count a push's deliveries by state."""
    wanted = select(DeliveryRow.state, func.count()).where(DeliveryRow.push == push)
    found = await db.execute(wanted.group_by(DeliveryRow.state))
    return {state: count for state, count in found}  # noqa: C416 - rows, not pairs


async def told(
    db: Db, campaign: int, citizen: int, *, since: datetime, most: int
) -> list[tuple[Push, str]]:
    """Return what was pushed to somebody since a moment of campaign time, the newest first."""
    wanted = (
        select(DeliveryRow.state, *COLUMNS)
        .join(PushRow, PushRow.id == DeliveryRow.push)
        .where(DeliveryRow.citizen == citizen, DeliveryRow.not_before >= since)
        .where(PushRow.campaign == campaign)
        .order_by(DeliveryRow.not_before.desc(), DeliveryRow.push.desc())
        .limit(most)
    )
    return [(Push(*row[1:]), row[0]) for row in await db.execute(wanted)]


async def purge(db: Db, before: datetime) -> None:
    """Forget deliveries settled before a moment of system time, a limited number at once."""
    # The oldest pushes have the lowest numbers: only that end of the key is walked along.
    last = select(func.max(PushRow.id)).where(PushRow.recorded_at < before).scalar_subquery()
    keys = (DeliveryRow.push, DeliveryRow.citizen)
    old = (
        select(*keys)
        .where(DeliveryRow.push <= last, DeliveryRow.settled_at < before)
        .order_by(*keys)
        .limit(DELETED_AT_ONCE_MAX)
    )
    gone = delete(DeliveryRow).where(tuple_(*keys).in_(old))
    await db.execute(gone)
