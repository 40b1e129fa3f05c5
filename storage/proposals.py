"""Proposals: what units hand in of their livestreams, from the draft to staff's answer.

What a proposal says never changes: an edited one is a new one in place of the old. So an answer is
bound to what was read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    Select,
    SmallInteger,
    String,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert_one

PLAN, CLASS, REPLAY = "plan", "class", "replay"
FORMS = (PLAN, CLASS, REPLAY)
DRAFT, WAITING, APPROVED, RETURNED = "draft", "waiting", "approved", "returned"
REFUSED, REPLACED, WITHDRAWN = "refused", "replaced", "withdrawn"
STATES = (DRAFT, WAITING, APPROVED, RETURNED, REFUSED, REPLACED, WITHDRAWN)
OPEN = (WAITING, RETURNED)  # can be sent again, in place of what it was
LISTED = (WAITING, RETURNED, APPROVED, REFUSED)


class ProposalRow(Base):
    """A form that somebody filled in for a unit.

    A plan names a month, a class its time; the address of a recording needs no answer, so it is
    only ever a draft. `livestream` is the class that a proposal changes, or became; `revises` the
    proposal in whose place it stands.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint(f"form IN {FORMS}", name="form"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(form = 'plan') = (month IS NOT NULL)", name="month"),
        CheckConstraint(
            "(form = 'class') = (starts_at IS NOT NULL AND minutes IS NOT NULL)", name="time"
        ),
        CheckConstraint("form <> 'replay' OR state = 'draft'", name="replay"),
        Index("ix_proposals_unit", "campaign", "unit", "id"),
        Index("ix_proposals_livestream", "livestream"),
        Index(
            "uq_proposals_draft",
            *("campaign", "asked_by"),
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        Index(
            "uq_proposals_waiting",
            "livestream",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    form: Mapped[str] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(32))
    topic: Mapped[str] = mapped_column(String(200))
    lecturer: Mapped[str] = mapped_column(String(100))
    summary: Mapped[str] = mapped_column(String(1000))
    address: Mapped[str] = mapped_column(String(1000))
    month: Mapped[date | None]
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int | None] = mapped_column(SmallInteger)
    livestream: Mapped[int | None] = mapped_column(Id, ForeignKey("livestreams.id"))
    revises: Mapped[int | None] = mapped_column(Id)
    asked_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    state: Mapped[str] = mapped_column(String(9))
    made_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a filled form says."""

    form: str
    unit: str
    topic: str
    lecturer: str = ""
    summary: str = ""
    address: str = ""
    month: date | None = None
    starts_at: datetime | None = None
    minutes: int | None = None
    livestream: int | None = None
    revises: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal, and how it stands."""

    id: int
    campaign: int
    entry: Entry
    asked_by: int
    state: str
    made_at: datetime


def _proposal(row: Row[Any]) -> Proposal:
    entry = Entry(**{name: getattr(row, name) for name in Entry.__slots__})
    return Proposal(row.id, row.campaign, entry, row.asked_by, row.state, row.made_at)


async def draft(db: Db, campaign: int, entry: Entry, *, by: int, at: datetime) -> int:
    """Keep what somebody is about to hand in, in place of their last draft; return its id."""
    await drop(db, campaign, by=by)
    said = {name: getattr(entry, name) for name in Entry.__slots__}
    made = {"campaign": campaign, "asked_by": by, "state": DRAFT, "made_at": at}
    return await insert_one(db, ProposalRow, **said, **made)


async def drop(db: Db, campaign: int, *, by: int) -> None:
    """Throw somebody's draft away."""
    own = (ProposalRow.campaign == campaign, ProposalRow.asked_by == by)
    await db.execute(delete(ProposalRow).where(*own, ProposalRow.state == DRAFT))


async def of(db: Db, proposal: int) -> Proposal | None:
    """Return a proposal."""
    row = (await db.execute(_one(proposal))).first()
    return None if row is None else _proposal(row)


async def hold(db: Db, proposal: int) -> Proposal | None:
    """Return a proposal that nobody else can move until this transaction ends.

    Whoever changes a proposal and its approval holds the proposal first.
    """
    row = (await db.execute(_one(proposal).with_for_update())).first()
    return None if row is None else _proposal(row)


def _one(proposal: int) -> Select[*tuple[Any, ...]]:
    return select(ProposalRow).where(ProposalRow.id == proposal)


async def move(db: Db, proposal: int, *, was: Collection[str], state: str) -> bool:
    """Bring a proposal from any of these states to another; False if it is in none of them."""
    there = (ProposalRow.id == proposal, ProposalRow.state.in_(was))
    moved = update(ProposalRow).where(*there).values(state=state)
    return await db.scalar(moved.returning(ProposalRow.id)) is not None


async def twin(db: Db, campaign: int, entry: Entry) -> int | None:
    """Return a proposal that waits and says the same, whoever sent it."""
    said = (name for name in Entry.__slots__ if name != "revises")
    same = (getattr(ProposalRow, name).is_not_distinct_from(getattr(entry, name)) for name in said)
    wanted = select(ProposalRow.id).where(
        ProposalRow.campaign == campaign, ProposalRow.state == WAITING, *same
    )
    found: int | None = await db.scalar(wanted.limit(1))
    return found


async def replace(db: Db, made: Proposal) -> list[int]:
    """Put a proposal in the place of the one it revises, and of what else waits for its class."""
    entry = made.entry
    same = [ProposalRow.id == entry.revises] if entry.revises is not None else []
    if entry.livestream is not None:
        same.append(ProposalRow.livestream == entry.livestream)
    if not same:
        return []
    old = update(ProposalRow).where(
        or_(*same), ProposalRow.id != made.id, ProposalRow.state.in_(OPEN)
    )
    return list(await db.scalars(old.values(state=REPLACED).returning(ProposalRow.id)))


async def became(db: Db, proposal: int, livestream: int) -> None:
    """Note which class an approved proposal is now."""
    noted = update(ProposalRow).where(ProposalRow.id == proposal)
    await db.execute(noted.values(livestream=livestream))


def _listed(campaign: int, units: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    own = () if units is None else (ProposalRow.unit.in_(units),)
    return (ProposalRow.campaign == campaign, ProposalRow.state.in_(LISTED), *own)


async def count(db: Db, campaign: int, units: Sequence[str] | None) -> int:
    """Return how many proposals `listed` lists."""
    wanted = select(func.count()).select_from(ProposalRow).where(*_listed(campaign, units))
    return int(await db.scalar(wanted) or 0)


async def listed(
    db: Db, campaign: int, units: Sequence[str] | None, *, offset: int, limit: int
) -> list[Proposal]:
    """Return a page of what these units, or all with None, handed in, the newest first."""
    wanted = select(ProposalRow).where(*_listed(campaign, units))
    wanted = wanted.order_by(ProposalRow.id.desc()).offset(offset).limit(limit)
    return [_proposal(row) for row in await db.execute(wanted)]


async def months(db: Db, campaign: int) -> dict[str, list[date]]:
    """Return the months for which each unit has a plan that nobody refused, each once per plan."""
    wanted = select(ProposalRow.unit, ProposalRow.month).where(
        ProposalRow.campaign == campaign,
        ProposalRow.form == PLAN,
        ProposalRow.state.in_((WAITING, APPROVED)),
    )
    found: dict[str, list[date]] = {}
    for unit, month in await db.execute(wanted.order_by(ProposalRow.month)):
        if month is not None:
            found.setdefault(unit, []).append(month)
    return found


async def starts(db: Db, campaign: int) -> dict[str, list[datetime]]:
    """Return when the classes would begin that wait for an answer, unit by unit; no changes."""
    wanted = select(ProposalRow.unit, ProposalRow.starts_at).where(
        ProposalRow.campaign == campaign,
        ProposalRow.form == CLASS,
        ProposalRow.state == WAITING,
        ProposalRow.livestream.is_(None),
    )
    found: dict[str, list[datetime]] = {}
    for unit, start in await db.execute(wanted):
        if start is not None:
            found.setdefault(unit, []).append(start)
    return found


async def active(db: Db, campaign: int) -> set[str]:
    """Return the units that handed something in which waits or was approved."""
    wanted = select(ProposalRow.unit).where(
        ProposalRow.campaign == campaign, ProposalRow.state.in_((WAITING, APPROVED))
    )
    return set(await db.scalars(wanted.distinct()))


async def purge(db: Db, before: datetime) -> None:
    """Forget drafts that nobody confirmed, by campaign time."""
    await db.execute(
        delete(ProposalRow).where(ProposalRow.state == DRAFT, ProposalRow.made_at < before)
    )
