"""Broadcasts: what somebody in charge says to many, from its draft to its result."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.calls import CallRow
from storage.citizens import CitizenRow
from storage.db import Db, insert_one
from storage.profiles import ProfileRow
from storage.pushes import EXPIRED, FAILED, GONE, UNCERTAIN, DeliveryRow

DRAFT, WAITING, SCHEDULED = "draft", "waiting", "scheduled"
RUNNING, HELD, STOPPED, DONE = "running", "held", "stopped", "done"
STATES = (DRAFT, WAITING, SCHEDULED, RUNNING, HELD, STOPPED, DONE)
EDITABLE = (DRAFT, WAITING, SCHEDULED)
GOING = (RUNNING, HELD)
SENT = (RUNNING, HELD, STOPPED, DONE)
UNREACHED = (GONE, FAILED, EXPIRED, UNCERTAIN)


class BroadcastRow(Base):
    """One broadcast. `own` says that an organiser speaks to their own people.

    `audience` is as `bot.rules.audiences` writes it; `same` is a hash of text and audience.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(link_url IS NULL) = (link_label IS NULL)", name="link"),
        Index("ix_broadcasts_state", "campaign", "state", "id"),
        Index("ix_broadcasts_author", "author", "id"),
        Index("ix_broadcasts_same", "campaign", "same"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    author: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    own: Mapped[bool]
    state: Mapped[str] = mapped_column(String(9))
    text: Mapped[str] = mapped_column(Text)
    link_label: Mapped[str | None] = mapped_column(String(40))
    link_url: Mapped[str | None] = mapped_column(String(1000))
    picture: Mapped[int | None] = mapped_column(Id)
    audience: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime | None]
    same: Mapped[str | None] = mapped_column(String(64))
    why: Mapped[str | None] = mapped_column(String(8))
    push: Mapped[int | None] = mapped_column(Id)
    total: Mapped[int] = mapped_column(Integer, default=0)
    off: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[str | None] = mapped_column(Text)
    touched_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast as it stands. Moments are campaign time.

    `starts_at` is when it shall go out, None for at once; `why` is why it is held or stopped;
    `total` and `off` were counted when it started, `result` when it ended.
    """

    id: int
    author: int
    own: bool
    state: str
    text: str
    link_label: str | None
    link_url: str | None
    picture: int | None
    audience: str | None
    starts_at: datetime | None
    why: str | None
    push: int | None
    total: int
    off: int
    result: str | None
    confirmed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


COLUMNS = tuple(getattr(BroadcastRow, name) for name in Broadcast.__slots__)


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody a broadcast did not reach, and what came of the last call, if there was one."""

    citizen: int
    number: str
    name: str | None
    state: str
    outcome: str | None
    called_at: datetime | None


async def begin(db: Db, campaign: int, author: int, *, at: datetime, **values: Any) -> int:
    """Begin a draft and return its number."""
    draft = {"campaign": campaign, "author": author, "state": DRAFT, "touched_at": at}
    return await insert_one(db, BroadcastRow, **draft, total=0, off=0, **values)


async def of(db: Db, campaign: int, broadcast: int, *, lock: bool = False) -> Broadcast | None:
    """Return a broadcast; `lock` keeps others from changing it meanwhile."""
    wanted = select(*COLUMNS).where(BroadcastRow.id == broadcast, BroadcastRow.campaign == campaign)
    row = (await db.execute(wanted.with_for_update() if lock else wanted)).first()
    return None if row is None else Broadcast(*row)


async def draft_of(db: Db, campaign: int, author: int) -> Broadcast | None:
    """Return the draft somebody worked on last."""
    mine = (BroadcastRow.author == author, BroadcastRow.campaign == campaign)
    wanted = select(*COLUMNS).where(*mine, BroadcastRow.state == DRAFT)
    newest = wanted.order_by(BroadcastRow.touched_at.desc(), BroadcastRow.id.desc())
    row = (await db.execute(newest.limit(1))).first()
    return None if row is None else Broadcast(*row)


async def drop(db: Db, broadcast: int) -> bool:
    """Forget a broadcast that never went out; False if it did."""
    unsent = (BroadcastRow.id == broadcast, BroadcastRow.state.in_(EDITABLE))
    return (
        await db.scalar(delete(BroadcastRow).where(*unsent).returning(BroadcastRow.id)) is not None
    )


async def move(db: Db, broadcast: int, before: Collection[str], **values: Any) -> bool:
    """Change a broadcast that is in one of these states; False if it is not."""
    which = (BroadcastRow.id == broadcast, BroadcastRow.state.in_(before))
    moved = update(BroadcastRow).where(*which).values(**values).returning(BroadcastRow.id)
    return await db.scalar(moved) is not None


async def alike(db: Db, campaign: int, same: str, *, since: datetime, but: int) -> Broadcast | None:
    """Return another broadcast of the same text to the same people, confirmed since a moment."""
    wanted = select(*COLUMNS).where(
        BroadcastRow.campaign == campaign,
        BroadcastRow.same == same,
        BroadcastRow.confirmed_at >= since,
        BroadcastRow.state != DRAFT,
        BroadcastRow.id != but,
    )
    row = (await db.execute(wanted.order_by(BroadcastRow.id.desc()).limit(1))).first()
    return None if row is None else Broadcast(*row)


async def in_state(db: Db, campaign: int, states: Collection[str]) -> Sequence[Broadcast]:
    """Return the broadcasts that stand so, the oldest first."""
    wanted = select(*COLUMNS).where(
        BroadcastRow.campaign == campaign, BroadcastRow.state.in_(states)
    )
    return [Broadcast(*row) for row in await db.execute(wanted.order_by(BroadcastRow.id))]


async def unsettled(db: Db, campaign: int) -> Sequence[Broadcast]:
    """Return the broadcasts that went out and whose result is not known yet."""
    wanted = select(*COLUMNS).where(
        BroadcastRow.campaign == campaign,
        BroadcastRow.state.in_((RUNNING, HELD, STOPPED)),
        BroadcastRow.result.is_(None),
    )
    return [Broadcast(*row) for row in await db.execute(wanted.order_by(BroadcastRow.id))]


async def count_past(db: Db, campaign: int, *, author: int | None) -> int:
    """Return how many broadcasts were confirmed, by one author or by all."""
    wanted = select(func.count()).select_from(BroadcastRow).where(*_past(campaign, author))
    return int(await db.scalar(wanted) or 0)


async def past(
    db: Db, campaign: int, *, author: int | None, offset: int, limit: int
) -> Sequence[Broadcast]:
    """Return a page of confirmed broadcasts, the newest first."""
    wanted = select(*COLUMNS).where(*_past(campaign, author)).order_by(BroadcastRow.id.desc())
    return [Broadcast(*row) for row in await db.execute(wanted.offset(offset).limit(limit))]


def _past(campaign: int, author: int | None) -> tuple[Any, ...]:
    confirmed = (BroadcastRow.campaign == campaign, BroadcastRow.state != DRAFT)
    return confirmed if author is None else (*confirmed, BroadcastRow.author == author)


async def outcomes(db: Db, push: int) -> dict[tuple[str, str], int]:
    """Count what became of a push, by state and reason."""
    wanted = select(DeliveryRow.state, DeliveryRow.reason, func.count())
    found = await db.execute(
        wanted.where(DeliveryRow.push == push).group_by(DeliveryRow.state, DeliveryRow.reason)
    )
    added: dict[tuple[str, str], int] = {}
    for state, reason, count in found:
        key = (state, reason or "")
        added[key] = added.get(key, 0) + count
    return added


def written(result: Mapping[Any, int]) -> str:
    """Write a result as it is stored."""
    return json.dumps({str(name): count for name, count in result.items()})


def result_of(broadcast: Broadcast) -> dict[str, int] | None:
    """Return the result of a broadcast that has ended."""
    return None if broadcast.result is None else json.loads(broadcast.result)


def _missed(push: int) -> tuple[Any, ...]:
    states = ", ".join(f"'{state}'" for state in UNREACHED)
    # In words: only then does the planner see that the partial index serves.
    return DeliveryRow.push == push, text(f"deliveries.state IN ({states})")


async def count_unreached(db: Db, broadcast: Broadcast) -> int:
    """Return how many people a broadcast did not reach who could be called."""
    wanted = select(func.count()).select_from(DeliveryRow)
    wanted = wanted.join(CitizenRow, CitizenRow.id == DeliveryRow.citizen)
    there = (*_missed(broadcast.push or 0), CitizenRow.consented_at.is_not(None))
    return int(await db.scalar(wanted.where(*there)) or 0)


async def unreached(
    db: Db,
    broadcast: Broadcast,
    *,
    offset: int = 0,
    limit: int | None = None,
    number: str | None = None,
) -> Sequence[Unreached]:
    """Return those a broadcast did not reach, by their ids; of one card number, or a page."""
    wanted = (
        select(
            CitizenRow.id,
            CitizenRow.number,
            ProfileRow.name,
            DeliveryRow.state,
            CallRow.outcome,
            CallRow.at,
        )
        .join(CitizenRow, CitizenRow.id == DeliveryRow.citizen)
        .outerjoin(ProfileRow, ProfileRow.citizen == CitizenRow.id)
        .outerjoin(
            CallRow,
            (CallRow.citizen == CitizenRow.id) & (CallRow.broadcast == broadcast.id),
        )
        .where(*_missed(broadcast.push or 0), CitizenRow.consented_at.is_not(None))
    )
    if number is not None:
        wanted = wanted.where(CitizenRow.number == number)
    found = await db.execute(wanted.order_by(DeliveryRow.citizen).offset(offset).limit(limit))
    return [Unreached(*row) for row in found]


async def purge(db: Db, before: datetime) -> None:
    """Forget drafts nobody has touched since a moment of campaign time."""
    stale = (BroadcastRow.state == DRAFT, BroadcastRow.touched_at < before)
    await db.execute(delete(BroadcastRow).where(*stale))
