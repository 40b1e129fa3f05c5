"""Slow work that was asked for: a row each, from waiting over running to done or failed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
TRIES_MAX = 3


class JobRow(Base):
    """One piece of work. While it runs it is leased; a lease that ran out is anybody's."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    sender: Mapped[str] = mapped_column(String(64))
    once: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    params: Mapped[str] = mapped_column(Text, server_default="{}")
    state: Mapped[str] = mapped_column(String(8), index=True)
    progress: Mapped[int] = mapped_column(SmallInteger)
    tries: Mapped[int] = mapped_column(SmallInteger)
    leased_until: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, server_default="{}")
    file_name: Mapped[str | None] = mapped_column(String(100))
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Job:
    """What the rest of the program may know of a piece of work.

    `params` are what it is asked with and `result` what it came to, both plain JSON; `progress`
    is in percent.
    """

    id: int
    campaign: int
    citizen: int
    channel: str
    sender: str
    kind: str
    params: Mapping[str, Any]
    state: str
    progress: int
    tries: int
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What a piece of work came to: a file, or what can be said of it, or both."""

    name: str | None = None
    content: bytes = b""
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lane:
    """Which kinds of work a worker takes: those of `kinds`, or with `others` all but those."""

    kinds: frozenset[str] = frozenset()
    others: bool = True

    def takes(self) -> ColumnElement[bool]:
        """Return the condition its work meets."""
        kind = JobRow.kind
        return kind.not_in(self.kinds) if self.others else kind.in_(self.kinds)


EVERY = Lane()

COLUMNS = (
    JobRow.id,
    JobRow.campaign,
    JobRow.citizen,
    JobRow.channel,
    JobRow.sender,
    JobRow.kind,
    JobRow.params,
    JobRow.state,
    JobRow.progress,
    JobRow.tries,
    JobRow.result,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: by whom, over which account, what, and with which parameters."""

    campaign: int
    citizen: int
    channel: str
    sender: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)


def _job(row: Any) -> Job:
    told = {"params": json.loads(row.params), "result": json.loads(row.result)}
    return Job(**(row._asdict() | told))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)


async def ask(db: Db, wish: Wish, *, once: str, at: datetime) -> int | None:
    """Ask for work and return its number; the same `once` asks once, and again gets None."""
    values = {name: getattr(wish, name) for name in wish.__slots__}
    values["params"] = _json(wish.params)
    made = insert(db, JobRow).values(
        **values, once=once, state=WAITING, progress=0, tries=0, asked_at=at
    )
    asked = made.on_conflict_do_nothing().returning(JobRow.id)
    number: int | None = await db.scalar(asked)
    return number


async def latest(db: Db, citizen: int, kind: str) -> Job | None:
    """Return the work of a kind somebody asked for last."""
    wanted = select(*COLUMNS).where(JobRow.citizen == citizen, JobRow.kind == kind)
    row = (await db.execute(wanted.order_by(JobRow.id.desc()).limit(1))).first()
    return None if row is None else _job(row)


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(JobRow.state == WAITING, and_(JobRow.state == RUNNING, JobRow.leased_until < now))


async def is_any_free(db: Db, now: datetime, lane: Lane = EVERY) -> bool:
    """Say whether there is work of a lane to claim, without taking anybody's lock."""
    wanted = select(JobRow.id).where(_free(now), lane.takes()).limit(1)
    return await db.scalar(wanted) is not None


async def is_under_way(db: Db, campaign: int, kind: str) -> bool:
    """Say whether work of a kind waits or runs, whoever asked for it."""
    busy = JobRow.state.in_((WAITING, RUNNING))
    wanted = select(JobRow.id).where(JobRow.campaign == campaign, JobRow.kind == kind, busy)
    return await db.scalar(wanted.limit(1)) is not None


async def count_waiting(db: Db) -> int:
    """Count the pieces of work nobody has taken yet."""
    wanted = select(func.count()).select_from(JobRow).where(JobRow.state == WAITING)
    return int(await db.scalar(wanted) or 0)


async def oldest_waiting(db: Db) -> datetime | None:
    """Return when the oldest piece of work that nobody has taken yet was asked for."""
    wanted = select(func.min(JobRow.asked_at)).where(JobRow.state == WAITING)
    found: datetime | None = await db.scalar(wanted)
    return found


async def claim(db: Db, *, now: datetime, until: datetime, lane: Lane = EVERY) -> Job | None:
    """Take a lane's next waiting piece of work, or one whose lease ran out, until a moment."""
    free = _free(now)
    following = select(JobRow.id).where(free, lane.takes()).order_by(JobRow.id).limit(1)
    found = await db.scalar(following.with_for_update(skip_locked=True))
    if found is None:
        return None
    values = {"state": RUNNING, "leased_until": until, "tries": JobRow.tries + 1, "progress": 0}
    taken = update(JobRow).where(JobRow.id == found, free).values(values).returning(*COLUMNS)
    row = (await db.execute(taken)).first()
    return None if row is None else _job(row)


async def advance(db: Db, job: int, percent: int) -> None:
    """Note how far a piece of work is."""
    await db.execute(update(JobRow).where(JobRow.id == job).values(progress=percent))


async def finish(db: Db, job: int, done: Done, *, at: datetime) -> None:
    """Keep the result, unless whoever asked is gone."""
    file = None if done.name is None else done.content
    came = {"file_name": done.name, "file": file, "result": _json(done.result)}
    values = {"state": DONE, "progress": 100, "done_at": at, **came}
    await db.execute(update(JobRow).where(JobRow.id == job).values(**values))


async def give_back(db: Db, job: Job, *, at: datetime) -> bool:
    """Return work that went wrong, to be tried again; True if it failed for good."""
    failed = job.tries >= TRIES_MAX
    if failed:
        await fail(db, job.id, at=at)
    else:
        await db.execute(update(JobRow).where(JobRow.id == job.id).values(state=WAITING))
    return failed


async def fail(db: Db, job: int, *, at: datetime) -> None:
    """Give work up for good."""
    values = {"state": FAILED, "done_at": at}
    await db.execute(update(JobRow).where(JobRow.id == job).values(**values))


async def fail_others(db: Db, campaign: int, *, at: datetime) -> None:
    """Give up what was asked for while another campaign ran."""
    values = {"state": FAILED, "done_at": at, "leased_until": None}
    theirs = (JobRow.campaign != campaign, JobRow.state.in_((WAITING, RUNNING)))
    await db.execute(update(JobRow).where(*theirs).values(**values))


async def postpone(db: Db, job: int, until: datetime) -> None:
    """Leave work that must wait for somebody else until a moment; that was no try."""
    values = {"leased_until": until, "tries": JobRow.tries - 1}
    await db.execute(update(JobRow).where(JobRow.id == job).values(values))


async def of(db: Db, job: int, citizen: int, *, since: datetime | None = None) -> Job | None:
    """Return a piece of work, to whoever asked for it; with `since`, if it was done after that."""
    wanted = select(*COLUMNS).where(JobRow.id == job, JobRow.citizen == citizen)
    if since is not None:
        wanted = wanted.where(JobRow.done_at > since)
    row = (await db.execute(wanted)).first()
    return None if row is None else _job(row)


async def drop(db: Db, job: int, citizen: int) -> None:
    """Forget a piece of work that whoever asked for it does not want any more."""
    await db.execute(delete(JobRow).where(JobRow.id == job, JobRow.citizen == citizen))


async def asked_once(db: Db, once: str) -> Job | None:
    """Return the work that was asked for under a key."""
    row = (await db.execute(select(*COLUMNS).where(JobRow.once == once))).first()
    return None if row is None else _job(row)


async def file(db: Db, job: int, citizen: int) -> tuple[str, bytes] | None:
    """Return name and content of a result, to whom it belongs."""
    wanted = select(JobRow.file_name, JobRow.file).where(
        JobRow.id == job, JobRow.citizen == citizen, JobRow.state == DONE
    )
    row = (await db.execute(wanted)).first()
    return None if row is None or row[0] is None or row[1] is None else (row[0], row[1])


async def purge(db: Db, before: datetime) -> None:
    """Forget finished work and its files."""
    await db.execute(delete(JobRow).where(JobRow.done_at < before))
