"""Approvals: what waits for somebody else's yes, bound to exactly what was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert_one

WAITING, APPROVED, REFUSED, RETURNED, VOID = "waiting", "approved", "refused", "returned", "void"


class ApprovalRow(Base):
    """One question for somebody else; a subject has at most one that waits."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("(state IN ('waiting', 'void')) = (decided_by IS NULL)", name="decided"),
        Index(
            "uq_approvals_waiting",
            *("campaign", "kind", "subject"),
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_approvals_state", "campaign", "state", "id"),
        Index("ix_approvals_subject", "campaign", "kind", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8))
    decided_by: Mapped[int | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(500))


@dataclass(frozen=True, slots=True)
class NewApproval:
    """What somebody asks for. `digest` is over exactly what would be done, if it is approved."""

    campaign: int
    kind: str
    subject: str
    title: str
    digest: str
    asked_by: int


@dataclass(frozen=True, slots=True)
class Approval:
    """A question and, if it was answered, the answer."""

    id: int
    kind: str
    subject: str
    title: str
    digest: str
    asked_by: int
    asked_at: datetime
    state: str
    decided_by: int | None
    decided_at: datetime | None
    reason: str | None


COLUMNS = tuple(getattr(ApprovalRow, name) for name in Approval.__slots__)


class Matter(NamedTuple):
    """What a question is about: a subject of a kind, in a campaign."""

    campaign: int
    kind: str
    subject: str


async def ask(db: Db, new: NewApproval, *, at: datetime) -> int:
    """Ask, in place of an earlier question about the same that nobody answered; return its id."""
    await void(db, Matter(new.campaign, new.kind, new.subject))
    values = {name: getattr(new, name) for name in new.__slots__}
    return await insert_one(db, ApprovalRow, **values, asked_at=at, state=WAITING)


async def decide(
    db: Db, approval: int, *, state: str, by: int, reason: str | None, at: datetime
) -> bool:
    """Answer a question; False if it no longer waits."""
    waits = (ApprovalRow.id == approval, ApprovalRow.state == WAITING)
    values = {"state": state, "decided_by": by, "decided_at": at, "reason": reason}
    answered = update(ApprovalRow).where(*waits).values(**values).returning(ApprovalRow.id)
    return await db.scalar(answered) is not None


async def void(db: Db, matter: Matter) -> None:
    """Take back what waits about a subject: it was edited, or is not wanted any more."""
    waits = (*_about(matter), ApprovalRow.state == WAITING)
    await db.execute(update(ApprovalRow).where(*waits).values(state=VOID))


async def of(db: Db, matter: Matter) -> Approval | None:
    """Return the newest question about a subject."""
    wanted = select(*COLUMNS).where(*_about(matter))
    row = (await db.execute(wanted.order_by(ApprovalRow.id.desc()).limit(1))).first()
    return None if row is None else Approval(*row)


def _about(matter: Matter) -> tuple[ColumnElement[bool], ...]:
    return (
        ApprovalRow.campaign == matter.campaign,
        ApprovalRow.kind == matter.kind,
        ApprovalRow.subject == matter.subject,
    )


async def count_waiting(db: Db, campaign: int) -> int:
    """Return how many questions wait."""
    wanted = select(func.count()).select_from(ApprovalRow)
    wanted = wanted.where(ApprovalRow.campaign == campaign, ApprovalRow.state == WAITING)
    return int(await db.scalar(wanted) or 0)


async def waiting(db: Db, campaign: int, *, offset: int, limit: int) -> Sequence[Approval]:
    """Return a page of the questions that wait, the oldest first."""
    waits = (ApprovalRow.campaign == campaign, ApprovalRow.state == WAITING)
    wanted = select(*COLUMNS).where(*waits).order_by(ApprovalRow.id).offset(offset).limit(limit)
    return [Approval(*row) for row in await db.execute(wanted)]
