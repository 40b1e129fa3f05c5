"""Disputes: a citizen says that a line of the log is not right, and staff answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert

DRAFT, OPEN, ACCEPTED, REFUSED = "draft", "open", "accepted", "refused"
WITHDRAWN = "withdrawn"
DECIDED = (ACCEPTED, REFUSED)
OF_SELECTION = "s"  # what `about` begins with in a dispute about the own place
DELETED_AT_ONCE_MAX = 2000


class DisputeRow(Base):
    """One dispute about one entry of the log, at most one that was not withdrawn.

    `about` names a deed or a line of the ledger, as `d12` or `l3`, or the own place in a selection,
    as `s4`. While it is open, an `answer` is what `by` has written and not confirmed.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint(f"state IN {(DRAFT, OPEN, ACCEPTED, REFUSED, WITHDRAWN)}", name="state"),
        CheckConstraint(
            "state NOT IN ('accepted', 'refused') OR (\"by\" IS NOT NULL AND \"by\" <> citizen"
            " AND answer IS NOT NULL AND decided_at IS NOT NULL)",
            name="decided",
        ),
        Index(
            "uq_disputes_about",
            *("citizen", "campaign", "about"),
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index("ix_disputes_state", "campaign", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    about: Mapped[str] = mapped_column(String(24))
    words: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(9))
    opened_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(Id)
    answer: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as it stands."""

    id: int
    campaign: int
    citizen: int
    about: str
    words: str
    state: str
    opened_at: datetime
    by: int | None
    answer: str | None
    decided_at: datetime | None


COLUMNS = tuple(getattr(DisputeRow, name) for name in Dispute.__slots__)


async def begin(db: Db, campaign: int, citizen: int, *, about: str, at: datetime) -> Dispute:
    """Return the dispute about an entry of somebody's log: the one there is, or a new draft."""
    values = {"words": "", "state": DRAFT, "opened_at": at}
    key = {"campaign": campaign, "citizen": citizen, "about": about}
    await db.execute(insert(db, DisputeRow).values(**key, **values).on_conflict_do_nothing())
    return (await of_entries(db, campaign, citizen, about=[about]))[about]


async def of(db: Db, dispute: int) -> Dispute | None:
    """Return a dispute, None if there is none."""
    row = (await db.execute(select(*COLUMNS).where(DisputeRow.id == dispute))).first()
    return None if row is None else Dispute(*row)


async def of_entries(
    db: Db, campaign: int, citizen: int, *, about: Collection[str]
) -> dict[str, Dispute]:
    """Return the disputes about entries of somebody's log that were not withdrawn."""
    wanted = select(*COLUMNS).where(
        DisputeRow.citizen == citizen,
        DisputeRow.campaign == campaign,
        DisputeRow.about.in_(about),
        DisputeRow.state != WITHDRAWN,
    )
    return {one.about: one for one in (Dispute(*row) for row in await db.execute(wanted))}


def _open(citizen: int, campaign: int) -> tuple[ColumnElement[bool], ...]:
    mine = (DisputeRow.citizen == citizen, DisputeRow.campaign == campaign)
    return (*mine, DisputeRow.state == OPEN)


async def count_open_of(db: Db, campaign: int, citizen: int) -> int:
    """Return how many of somebody's disputes wait for an answer."""
    wanted = select(func.count()).select_from(DisputeRow).where(*_open(citizen, campaign))
    return int(await db.scalar(wanted) or 0)


async def file(db: Db, dispute: int, *, citizen: int, words: str | None, at: datetime) -> bool:
    """Hand a draft to staff, or add words to what they have; False if it is decided or gone."""
    mine = (DisputeRow.id == dispute, DisputeRow.citizen == citizen)
    values = {"state": OPEN, "opened_at": at} | ({} if words is None else {"words": words})
    filed = update(DisputeRow).where(*mine, DisputeRow.state.in_((DRAFT, OPEN))).values(**values)
    return await db.scalar(filed.returning(DisputeRow.id)) is not None


async def withdraw(db: Db, dispute: int, *, citizen: int) -> bool:
    """Take a dispute back, however often; False if it is decided, or not this person's."""
    mine = (DisputeRow.id == dispute, DisputeRow.citizen == citizen)
    gone = update(DisputeRow).where(*mine, DisputeRow.state.in_((DRAFT, OPEN, WITHDRAWN)))
    return await db.scalar(gone.values(state=WITHDRAWN).returning(DisputeRow.id)) is not None


async def count_open(db: Db, campaign: int, *, about: str | None = None) -> int:
    """Return how many disputes wait for an answer, all of them or those about one thing."""
    wanted = select(func.count()).select_from(DisputeRow)
    wanted = wanted.where(DisputeRow.campaign == campaign, DisputeRow.state == OPEN)
    if about is not None:
        wanted = wanted.where(DisputeRow.about == about)
    return int(await db.scalar(wanted) or 0)


async def waiting(db: Db, campaign: int, *, offset: int, limit: int) -> Sequence[Dispute]:
    """Return a page of the disputes that wait, the oldest first."""
    wanted = select(*COLUMNS).where(DisputeRow.campaign == campaign, DisputeRow.state == OPEN)
    rows = await db.execute(wanted.order_by(DisputeRow.id).offset(offset).limit(limit))
    return [Dispute(*row) for row in rows]


async def write_answer(db: Db, dispute: int, *, by: int, answer: str) -> bool:
    """Note an answer that is to be confirmed; False if somebody decided meanwhile."""
    waits = (DisputeRow.id == dispute, DisputeRow.state == OPEN)
    noted = update(DisputeRow).where(*waits).values(by=by, answer=answer)
    return await db.scalar(noted.returning(DisputeRow.id)) is not None


async def refuse(db: Db, dispute: int, *, by: int, at: datetime) -> bool:
    """Refuse with the answer this person wrote; False if it is decided, or another wrote since."""
    waits = (DisputeRow.id == dispute, DisputeRow.state == OPEN, DisputeRow.by == by)
    decided = update(DisputeRow).where(*waits).values(state=REFUSED, decided_at=at)
    return await db.scalar(decided.returning(DisputeRow.id)) is not None


async def accept(db: Db, dispute: int, *, by: int, answer: str, at: datetime) -> bool:
    """Accept, with the reason of the correction; False if it is decided or withdrawn."""
    waits = (DisputeRow.id == dispute, DisputeRow.state == OPEN)
    values = {"state": ACCEPTED, "by": by, "answer": answer, "decided_at": at}
    decided = update(DisputeRow).where(*waits).values(**values)
    return await db.scalar(decided.returning(DisputeRow.id)) is not None


async def purge(db: Db, before: datetime) -> None:
    """Forget drafts that nobody filed since a moment of campaign time."""
    old = select(DisputeRow.id).where(DisputeRow.state == DRAFT, DisputeRow.opened_at < before)
    old = old.limit(DELETED_AT_ONCE_MAX)
    await db.execute(delete(DisputeRow).where(DisputeRow.id.in_(old)))
