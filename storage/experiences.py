"""Reading experiences of the chosen: handed in with consent, read by all once staff accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.citizens import CitizenRow
from storage.db import Db, insert

DRAFT, WAITING, ACCEPTED, REFUSED, WITHDRAWN = (
    *("draft", "waiting", "accepted"),
    *("refused", "withdrawn"),
)
STATES = (DRAFT, WAITING, ACCEPTED, REFUSED, WITHDRAWN)
STANDING = text("state IN ('draft', 'waiting', 'accepted')")


class ExperienceRow(Base):
    """One experience; a person has at most one on its way or standing. Withdrawn, it is empty.

    `consented_at` is when its writer agreed that all may read it, and under which name.
    """

    __tablename__ = "experiences"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(
            "ix_experiences_standing",
            *("campaign", "citizen"),
            unique=True,
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(2000))
    name: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(9))
    consented_at: Mapped[datetime | None]
    touched_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Experience:
    """An experience as it stands; `name` is how its writer wants to be called, None for nothing."""

    id: int
    campaign: int
    citizen: int
    title: str
    text: str
    name: str | None
    state: str


_COLUMNS = tuple(getattr(ExperienceRow, name) for name in Experience.__slots__)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a filled form says."""

    title: str
    text: str
    name: str | None


async def write(db: Db, campaign: int, citizen: int, *, entry: Entry, at: datetime) -> bool:
    """Begin a draft or put it anew; False if one waits or stands."""
    said = {"title": entry.title, "text": entry.text, "name": entry.name, "touched_at": at}
    key = {"campaign": campaign, "citizen": citizen}
    made = insert(db, ExperienceRow).values(**key, **said, state=DRAFT)
    written = made.on_conflict_do_update(
        index_elements=[ExperienceRow.campaign, ExperienceRow.citizen],
        index_where=STANDING,
        set_=said,
        where=ExperienceRow.state == DRAFT,
    )
    return await db.scalar(written.returning(ExperienceRow.id)) is not None


async def of(db: Db, campaign: int, experience: int) -> Experience | None:
    """Return an experience of a campaign."""
    which = (ExperienceRow.id == experience, ExperienceRow.campaign == campaign)
    return _one((await db.execute(select(*_COLUMNS).where(*which))).first())


async def standing(db: Db, campaign: int, citizen: int) -> Experience | None:
    """Return somebody's experience that is on its way or stands."""
    mine = (ExperienceRow.campaign == campaign, ExperienceRow.citizen == citizen)
    wanted = select(*_COLUMNS).where(*mine, ExperienceRow.state.in_((DRAFT, WAITING, ACCEPTED)))
    return _one((await db.execute(wanted)).first())


def _one(row: Any) -> Experience | None:
    return None if row is None else Experience(*row)


async def move(db: Db, experience: int, before: tuple[str, ...], **values: object) -> bool:
    """Change an experience that is in one of these states; False if it is not, any more."""
    which = (ExperienceRow.id == experience, ExperienceRow.state.in_(before))
    moved = update(ExperienceRow).where(*which).values(**values).returning(ExperienceRow.id)
    return await db.scalar(moved) is not None


async def count_shown(db: Db, campaign: int) -> int:
    """Count the experiences that may be read."""
    return int(await db.scalar(_shown(campaign, func.count())) or 0)


async def shown(db: Db, campaign: int, *, offset: int, limit: int) -> list[Experience]:
    """Return those that may be read, the newest first."""
    wanted = _shown(campaign, *_COLUMNS).order_by(ExperienceRow.id.desc())
    rows = await db.execute(wanted.offset(offset).limit(limit))
    return [Experience(*row) for row in rows]


def _shown(campaign: int, *what: Any) -> Select[*tuple[Any, ...]]:
    here: ColumnElement[bool] = CitizenRow.consented_at.is_not(None)
    wanted = select(*what).select_from(ExperienceRow)
    wanted = wanted.join(CitizenRow, CitizenRow.id == ExperienceRow.citizen)
    return wanted.where(ExperienceRow.campaign == campaign, ExperienceRow.state == ACCEPTED, here)


async def purge(db: Db, before: datetime) -> None:
    """Forget drafts and withdrawn ones nobody touched since a moment of campaign time."""
    idle = (ExperienceRow.state.in_((DRAFT, WITHDRAWN)), ExperienceRow.touched_at < before)
    await db.execute(delete(ExperienceRow).where(*idle))
