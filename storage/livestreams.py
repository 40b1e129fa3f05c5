"""Livestreams: classes on the air."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.livestream_file import Row
from storage.base import Base, Id, ShortId
from storage.catalogue import Compared
from storage.db import Db
from storage.many import insert_all

PLANNED, PROPOSED, APPROVED, ANNOUNCED = "planned", "proposed", "approved", "announced"
LIVE, ENDED, POSTPONED, CANCELLED = "live", "ended", "postponed", "cancelled"
STATES = (PLANNED, PROPOSED, APPROVED, ANNOUNCED, LIVE, ENDED, POSTPONED, CANCELLED)
OPEN = (APPROVED, ANNOUNCED, POSTPONED)  # is to take place, and nobody has said that it began
ON = (APPROVED, ANNOUNCED, LIVE, POSTPONED)  # takes place, at the time it has now
SHOWN = (*ON, ENDED, CANCELLED)  # citizens may know of it
TAP, WORD = "tap", "word"
ROWS_AT_ONCE = 500
SUBJECT = "live:"  # what a deed's subject begins with that is about a livestream
FIELDS = ("lecturer", "summary", "address", "unit", "replay")
MOVED = (*FIELDS, "ends_at")


class LivestreamRow(Base):
    """A class on the air. `planned_at` is the start it was first given, which no delay moves.

    `version` grows with each change of time or state, so that what was said before is told from
    what holds now.
    """

    __tablename__ = "livestreams"
    __table_args__ = (
        UniqueConstraint("campaign", "topic", "planned_at"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"proof IN {(TAP, WORD)}", name="proof"),
        CheckConstraint("(proof = 'word') = (word IS NOT NULL)", name="word"),
        CheckConstraint("starts_at < ends_at", name="ends"),
        Index("ix_livestreams_starts", "campaign", "starts_at"),
        Index("ix_livestreams_ends", "campaign", "ends_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    topic: Mapped[str] = mapped_column(String(200))
    planned_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lecturer: Mapped[str] = mapped_column(String(100))
    summary: Mapped[str] = mapped_column(String(1000))
    address: Mapped[str] = mapped_column(String(1000))
    unit: Mapped[str | None] = mapped_column(String(32))
    replay: Mapped[str | None] = mapped_column(String(1000))
    proof: Mapped[str] = mapped_column(String(4))
    word: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(9))
    version: Mapped[int] = mapped_column(SmallInteger)
    added_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Livestream:
    """What the rest of the program may know of a livestream; without a word, a tap is proof."""

    id: int
    campaign: int
    topic: str
    summary: str
    lecturer: str
    starts_at: datetime
    ends_at: datetime
    address: str
    unit: str | None
    replay: str | None
    word: str | None
    state: str
    version: int

    @property
    def minutes(self) -> int:
        """Return how long it takes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


COLUMNS = (
    LivestreamRow.id,
    LivestreamRow.campaign,
    LivestreamRow.topic,
    LivestreamRow.summary,
    LivestreamRow.lecturer,
    LivestreamRow.starts_at,
    LivestreamRow.ends_at,
    LivestreamRow.address,
    LivestreamRow.unit,
    LivestreamRow.replay,
    LivestreamRow.word,
    LivestreamRow.state,
    LivestreamRow.version,
)


def subject(livestream: int) -> str:
    """Return how deeds name a livestream."""
    return f"{SUBJECT}{livestream}"


def number(subject: str) -> int | None:
    """Return the livestream a deed's subject names, None if it names something else."""
    head, _, digits = subject.partition(SUBJECT)
    return int(digits) if not head and digits.isdecimal() else None


def of_row(row: Sequence[Any]) -> Livestream:
    """Make a livestream of a row of `COLUMNS`."""
    return Livestream(*row)


async def of(db: Db, livestream: int) -> Livestream | None:
    """Return a livestream, whatever its state."""
    row = (await db.execute(select(*COLUMNS).where(LivestreamRow.id == livestream))).first()
    return None if row is None else of_row(row)


async def topics(db: Db, wanted: Collection[int]) -> dict[int, str]:
    """Return the topics of livestreams."""
    if not wanted:
        return {}
    known = select(LivestreamRow.id, LivestreamRow.topic).where(LivestreamRow.id.in_(wanted))
    return {livestream: topic for livestream, topic in await db.execute(known)}  # noqa: C416


def _coming(campaign: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LivestreamRow.campaign == campaign,
        LivestreamRow.ends_at > now,
        LivestreamRow.state.in_((*ON, CANCELLED)),
    )


def _past(campaign: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LivestreamRow.campaign == campaign,
        or_(LivestreamRow.ends_at <= now, LivestreamRow.state == ENDED),
        LivestreamRow.state.in_((*ON, ENDED)),
        LivestreamRow.replay.is_not(None),
    )


async def count_coming(db: Db, campaign: int, now: datetime) -> int:
    """Return how many livestreams `coming` lists."""
    wanted = select(func.count()).select_from(LivestreamRow).where(*_coming(campaign, now))
    return int(await db.scalar(wanted) or 0)


async def coming(
    db: Db, campaign: int, now: datetime, *, offset: int = 0, limit: int
) -> list[Livestream]:
    """Return one page of what runs now or is to come, cancelled ones too, by start."""
    wanted = select(*COLUMNS).where(*_coming(campaign, now))
    wanted = wanted.order_by(LivestreamRow.starts_at, LivestreamRow.id)
    return [of_row(row) for row in await db.execute(wanted.offset(offset).limit(limit))]


async def count_past(db: Db, campaign: int, now: datetime) -> int:
    """Return how many livestreams `past` lists."""
    wanted = select(func.count()).select_from(LivestreamRow).where(*_past(campaign, now))
    return int(await db.scalar(wanted) or 0)


async def past(
    db: Db, campaign: int, now: datetime, *, offset: int = 0, limit: int
) -> list[Livestream]:
    """Return one page of what is over and can be watched again, the newest first."""
    wanted = select(*COLUMNS).where(*_past(campaign, now))
    wanted = wanted.order_by(LivestreamRow.starts_at.desc(), LivestreamRow.id)
    return [of_row(row) for row in await db.execute(wanted.offset(offset).limit(limit))]


async def replayed_since(
    db: Db, campaign: int, since: datetime, *, now: datetime
) -> list[Livestream]:
    """Return what ended after a moment, is over, and can be watched again."""
    wanted = select(*COLUMNS).where(*_past(campaign, now), LivestreamRow.ends_at > since)
    return [of_row(row) for row in await db.execute(wanted.order_by(LivestreamRow.id))]


async def count_held(db: Db, campaign: int, until: datetime) -> int:
    """Return how many livestreams `held` lists."""
    wanted = select(func.count()).select_from(LivestreamRow).where(*_held(campaign, until))
    return int(await db.scalar(wanted) or 0)


async def held(
    db: Db, campaign: int, until: datetime, *, offset: int = 0, limit: int
) -> list[Livestream]:
    """Return one page of what takes or took place and starts before a moment, the newest first."""
    wanted = select(*COLUMNS).where(*_held(campaign, until))
    wanted = wanted.order_by(LivestreamRow.starts_at.desc(), LivestreamRow.id.desc())
    return [of_row(row) for row in await db.execute(wanted.offset(offset).limit(limit))]


def _held(campaign: int, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LivestreamRow.campaign == campaign,
        LivestreamRow.starts_at < until,
        LivestreamRow.state.in_((*ON, ENDED)),
    )


# Built once: five bells ask it every minute.
_DUE = (
    select(*COLUMNS)
    .where(
        LivestreamRow.campaign == bindparam("campaign"),
        LivestreamRow.starts_at >= bindparam("start"),
        LivestreamRow.starts_at < bindparam("end"),
        LivestreamRow.state.in_(ON),
    )
    .order_by(LivestreamRow.starts_at, LivestreamRow.id)
)


async def due_between(db: Db, campaign: int, *, start: datetime, end: datetime) -> list[Livestream]:
    """Return what starts from `start` on and before `end`, unless it is off."""
    asked = {"campaign": campaign, "start": start, "end": end}
    return [of_row(row) for row in await db.execute(_DUE, asked)]


async def moved_since(db: Db, campaign: int, since: datetime) -> list[Livestream]:
    """Return what was postponed or called off and would end, as it stands, after a moment."""
    wanted = select(*COLUMNS).where(
        LivestreamRow.campaign == campaign,
        LivestreamRow.ends_at > since,
        LivestreamRow.state.in_((POSTPONED, CANCELLED)),
    )
    return [of_row(row) for row in await db.execute(wanted.order_by(LivestreamRow.id))]


async def set_state(db: Db, livestream: int, state: str) -> bool:
    """Move a livestream to a state; False if it is there already, or does not exist."""
    changed = update(LivestreamRow).where(
        LivestreamRow.id == livestream, LivestreamRow.state != state
    )
    values = {"state": state, "version": LivestreamRow.version + 1}
    return await db.scalar(changed.values(values).returning(LivestreamRow.id)) is not None


async def cancel(db: Db, livestream: int) -> bool:
    """Call a livestream off; False if it is off already, or does not exist."""
    return await set_state(db, livestream, CANCELLED)


async def postpone(db: Db, livestream: int, start: datetime) -> bool:
    """Give a livestream a new start; False if it has that already, or does not exist."""
    its = LivestreamRow.id == livestream
    as_it_is = select(LivestreamRow.starts_at, LivestreamRow.ends_at, LivestreamRow.state)
    row = (await db.execute(as_it_is.where(its).with_for_update())).first()
    if row is None or (row.starts_at == start and row.state == POSTPONED):
        return False
    moved = {"starts_at": start, "ends_at": start + (row.ends_at - row.starts_at)}
    values = {**moved, "state": POSTPONED, "version": LivestreamRow.version + 1}
    await db.execute(update(LivestreamRow).where(its).values(values))
    return True


async def prove(db: Db, livestream: int, *, word: str | None) -> None:
    """Set what proves that somebody is there: a code word said in class, or, with None, a tap."""
    proof = TAP if word is None else WORD
    changed = update(LivestreamRow).where(LivestreamRow.id == livestream)
    await db.execute(changed.values(proof=proof, word=word))


async def compare(db: Db, campaign: int, rows: Sequence[Row]) -> Compared:
    """Say what `merge` would do with a part of a file, at most `ROWS_AT_ONCE` rows."""
    new, changed = await _sorted(db, campaign, rows)
    return Compared(len(new), len(changed), len(rows) - len(new) - len(changed))


async def merge(db: Db, campaign: int, rows: Sequence[Row], *, at: datetime) -> Compared:
    """Take part of a file over, at most `ROWS_AT_ONCE` rows; the same again changes nothing.

    A livestream is known by its topic and the start it was first given. What was decided about it
    since, a new time or its end, stays.
    """
    new, changed = await _sorted(db, campaign, rows)
    written = [
        {
            "campaign": campaign,
            "topic": row.topic,
            "planned_at": row.start,
            "starts_at": row.start,
            "ends_at": starts_at + timedelta(minutes=row.minutes),
            **{name: getattr(row, name) for name in FIELDS},
            "proof": TAP,
            "word": None,
            "state": APPROVED,
            "version": 1,
            "added_at": at,
        }
        for row, starts_at in [*((row, row.start) for row in new), *changed]
    ]
    key = ("campaign", "topic", "planned_at")
    await insert_all(db, LivestreamRow, written, moved=MOVED, key=key)
    return Compared(len(new), len(changed), len(rows) - len(written))


async def _sorted(
    db: Db, campaign: int, rows: Sequence[Row]
) -> tuple[list[Row], list[tuple[Row, datetime]]]:
    """Return the rows that are new, and those that change something with the start it has now."""
    planned = (LivestreamRow.topic, LivestreamRow.planned_at)
    columns = (LivestreamRow.starts_at, LivestreamRow.ends_at)
    fields = (getattr(LivestreamRow, name) for name in FIELDS)
    wanted = select(*planned, *columns, *fields).where(
        LivestreamRow.campaign == campaign,
        tuple_(*planned).in_([(row.topic, row.start) for row in rows]),
    )
    there = {
        (topic, planned_at): (starts_at, ends_at, *known)
        for topic, planned_at, starts_at, ends_at, *known in await db.execute(wanted)
    }
    new, changed = [], []
    for row in rows:
        known = there.get((row.topic, row.start))
        if known is None:
            new.append(row)
            continue
        starts_at = known[0]
        ends_at = starts_at + timedelta(minutes=row.minutes)
        if known != (starts_at, ends_at, *(getattr(row, name) for name in FIELDS)):
            changed.append((row, starts_at))
    return new, changed
