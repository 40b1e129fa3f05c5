"""The audit: every act of staff and organisers, append-only, in the act's own transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId, append_only
from storage.citizens import CitizenRow
from storage.db import Db, insert


class AuditRow(Base):
    """One act: who did what to what, in which role."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_campaign", "campaign", "id"),
        Index("ix_audit_act", "campaign", "act", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    role: Mapped[str] = mapped_column(String(8))
    act: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(100))
    details: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]


append_only(AuditRow)


@dataclass(frozen=True, slots=True)
class NewLine:
    """An act to be noted. `act` is a locale key below `audit.`, `subject` what it was done to."""

    campaign: int
    citizen: int
    role: str
    act: str
    subject: str
    details: Mapping[str, Any]
    cause: str
    at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """An act as it is read again; `number` is the card number of who did it."""

    id: int
    number: str
    role: str
    act: str
    subject: str
    details: Mapping[str, Any]
    at: datetime


async def add(db: Db, line: NewLine) -> None:
    """Note an act."""
    values = {name: getattr(line, name) for name in line.__slots__}
    values["details"] = json.dumps(values["details"], ensure_ascii=False, default=str)
    await db.execute(insert(db, AuditRow).values(**values))


async def count(db: Db, campaign: int, *, act: str | None = None) -> int:
    """Return how many acts are noted, of one kind or of all."""
    wanted = select(func.count()).select_from(AuditRow).where(AuditRow.campaign == campaign)
    return int(await db.scalar(wanted if act is None else wanted.where(AuditRow.act == act)) or 0)


_LINE = (
    *(AuditRow.id, CitizenRow.number, AuditRow.role, AuditRow.act, AuditRow.subject),
    *(AuditRow.details, AuditRow.at),
)


async def newest(
    db: Db, campaign: int, *, offset: int, limit: int, act: str | None = None
) -> Sequence[Line]:
    """Return a page of acts, the newest first."""
    wanted = (
        select(*_LINE)
        .join(CitizenRow, CitizenRow.id == AuditRow.citizen)
        .where(AuditRow.campaign == campaign)
    )
    if act is not None:
        wanted = wanted.where(AuditRow.act == act)
    rows = await db.execute(wanted.order_by(AuditRow.id.desc()).offset(offset).limit(limit))
    return [
        Line(number, card, role, act, subject, json.loads(details), at)
        for number, card, role, act, subject, details, at in rows
    ]
