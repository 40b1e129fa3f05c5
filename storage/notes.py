"""Reading notes: what somebody writes after a finished item, and who said yes or no to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import units
from storage.base import Base, Id, ShortId
from storage.citizens import YOUNG, CitizenRow
from storage.db import Db, insert
from storage.items import ItemRow
from storage.profiles import ProfileRow

DRAFT, WAITING, ACCEPTED, REFUSED, WITHDRAWN = (
    *("draft", "waiting", "accepted"),
    *("refused", "withdrawn"),
)
STATES = (DRAFT, WAITING, ACCEPTED, REFUSED, WITHDRAWN)
STANDING = text("state IN ('draft', 'waiting', 'accepted')")
HIDDEN_FROM = 3
"""So many reports hide a note until somebody in charge has looked."""


class NoteRow(Base):
    """One note. Of a citizen and item at most one is on its way or stands.

    `reports` are those since somebody in charge last looked; a withdrawn note holds nothing.
    """

    __tablename__ = "notes"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(
            "ix_notes_standing",
            *("citizen", "campaign", "item"),
            unique=True,
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        ),
        Index("ix_notes_item", "campaign", "item", "state", "id"),
        Index("ix_notes_state", "campaign", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    item: Mapped[int] = mapped_column(Id, ForeignKey("items.id"))
    text: Mapped[str] = mapped_column(String(1000))
    picture: Mapped[int | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(9))
    day: Mapped[date]
    acted_at: Mapped[datetime]
    reports: Mapped[int] = mapped_column(Integer)
    decided_by: Mapped[int | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(500))


class NoteReportRow(Base):
    """Somebody who reported a note, once."""

    __tablename__ = "note_reports"

    note: Mapped[int] = mapped_column(Id, ForeignKey("notes.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(
        Id, ForeignKey("citizens.id"), primary_key=True, index=True
    )
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands; `day` is the campaign day on which it was handed in."""

    id: int
    campaign: int
    citizen: int
    item: int
    text: str
    picture: int | None
    state: str
    day: date
    acted_at: datetime
    reports: int
    reason: str | None
    title: str
    """Of the item."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A note as others read it; a name only of who wants to be named and is not under 14."""

    id: int
    text: str
    picture: int | None
    day: date
    name: str | None
    citizen: int


_COLUMNS = (
    *(getattr(NoteRow, name) for name in Note.__slots__ if name != "title"),
    ItemRow.title,
)


def _select() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).join(ItemRow, ItemRow.id == NoteRow.item)


async def of(db: Db, campaign: int, note: int) -> Note | None:
    """Return a note of a campaign."""
    wanted = _select().where(NoteRow.id == note, NoteRow.campaign == campaign)
    row = (await db.execute(wanted)).first()
    return None if row is None else Note(*row)


async def standing(db: Db, campaign: int, citizen: int, *, item: int) -> Note | None:
    """Return somebody's note on an item that is on its way or stands."""
    mine = (NoteRow.campaign == campaign, NoteRow.citizen == citizen, NoteRow.item == item)
    wanted = _select().where(*mine, NoteRow.state.in_((DRAFT, WAITING, ACCEPTED)))
    row = (await db.execute(wanted)).first()
    return None if row is None else Note(*row)


@dataclass(frozen=True, slots=True)
class NewNote:
    """What somebody has written by now; what is None stays as the draft has it."""

    campaign: int
    citizen: int
    item: int
    day: date
    acted_at: datetime
    text: str | None = None
    picture: int | None = None


async def write(db: Db, new: NewNote) -> bool:
    """Begin a draft or go on with it; False if a note on this item waits or stands."""
    key = {"campaign": new.campaign, "citizen": new.citizen, "item": new.item}
    changed: dict[str, Any] = {"day": new.day, "acted_at": new.acted_at}
    changed |= {} if new.text is None else {"text": new.text}
    changed |= {} if new.picture is None else {"picture": new.picture}
    blank = {"text": "", "picture": None, "state": DRAFT, "reports": 0}
    made = insert(db, NoteRow).values(**key, **(blank | changed))
    written = made.on_conflict_do_update(
        index_elements=[NoteRow.citizen, NoteRow.campaign, NoteRow.item],
        index_where=STANDING,
        set_=changed,
        where=NoteRow.state == DRAFT,
    )
    return await db.scalar(written.returning(NoteRow.id)) is not None


async def move(db: Db, note: int, before: Sequence[str], **values: object) -> bool:
    """Change a note that is in one of these states; False if it is not, any more."""
    which = (NoteRow.id == note, NoteRow.state.in_(before))
    moved = update(NoteRow).where(*which).values(**values).returning(NoteRow.id)
    return await db.scalar(moved) is not None


async def handed_in(db: Db, campaign: int, citizen: int, *, day: date) -> int:
    """Count the notes somebody handed in on a campaign day, whatever became of them."""
    mine = (NoteRow.campaign == campaign, NoteRow.citizen == citizen, NoteRow.day == day)
    wanted = select(func.count()).select_from(NoteRow).where(*mine, NoteRow.state != DRAFT)
    return int(await db.scalar(wanted) or 0)


async def count_mine(db: Db, campaign: int, citizen: int) -> int:
    """Count somebody's notes."""
    wanted = select(func.count()).select_from(NoteRow)
    return int(await db.scalar(wanted.where(*_mine(campaign, citizen))) or 0)


async def mine(db: Db, campaign: int, citizen: int, *, offset: int, limit: int) -> list[Note]:
    """Return somebody's notes, the newest first."""
    wanted = _select().where(*_mine(campaign, citizen)).order_by(NoteRow.id.desc())
    return [Note(*row) for row in await db.execute(wanted.offset(offset).limit(limit))]


def _mine(campaign: int, citizen: int) -> tuple[ColumnElement[bool], ...]:
    kept = NoteRow.state.in_((WAITING, ACCEPTED, REFUSED))
    return NoteRow.campaign == campaign, NoteRow.citizen == citizen, kept


def _queue(campaign: int, codes: Sequence[str] | None, but: int) -> ColumnElement[bool]:
    """Say which notes want a look, of the people of these units, None for all."""
    asks = or_(NoteRow.state == WAITING, and_(NoteRow.state == ACCEPTED, NoteRow.reports > 0))
    theirs = true() if codes is None else units.belongs(codes)
    here = and_(CitizenRow.id == NoteRow.citizen, CitizenRow.consented_at.is_not(None))
    whose = select(CitizenRow.id).where(here, theirs).correlate(NoteRow).exists()
    return and_(NoteRow.campaign == campaign, asks, NoteRow.citizen != but, whose)


async def count_queue(db: Db, campaign: int, codes: Sequence[str] | None, *, but: int) -> int:
    """Count what wants a look by whoever is in charge of these units and is not the writer."""
    wanted = select(func.count()).select_from(NoteRow)
    return int(await db.scalar(wanted.where(_queue(campaign, codes, but))) or 0)


async def queue(
    db: Db, campaign: int, codes: Sequence[str] | None, *, but: int, offset: int, limit: int
) -> list[Note]:
    """Return what wants a look: reported ones first, then the oldest."""
    wanted = _select().where(_queue(campaign, codes, but))
    order = (case((NoteRow.reports > 0, 0), else_=1), NoteRow.id)
    rows = await db.execute(wanted.order_by(*order).offset(offset).limit(limit))
    return [Note(*row) for row in rows]


_READ = and_(
    NoteRow.campaign == bindparam("campaign"),
    NoteRow.item == bindparam("item"),
    NoteRow.state == ACCEPTED,
    NoteRow.reports < HIDDEN_FROM,
    select(CitizenRow.id)
    .where(CitizenRow.id == NoteRow.citizen, CitizenRow.consented_at.is_not(None))
    .correlate(NoteRow)
    .exists(),
)
# Built once: whoever opens an item asks it.
_COUNT_SHOWN = select(func.count()).select_from(NoteRow).where(_READ)


async def count_shown(db: Db, campaign: int, item: int) -> int:
    """Count the notes on an item that may be read."""
    return int(await db.scalar(_COUNT_SHOWN, {"campaign": campaign, "item": item}) or 0)


async def shown(db: Db, campaign: int, item: int, *, offset: int) -> Shown | None:
    """Return one note on an item as others read it, the newest first."""
    may_be_named = and_(ProfileRow.listed, CitizenRow.band != YOUNG)
    wanted = (
        select(
            NoteRow.id,
            NoteRow.text,
            NoteRow.picture,
            NoteRow.day,
            case((may_be_named, ProfileRow.name), else_=None),
            NoteRow.citizen,
        )
        .join(CitizenRow, CitizenRow.id == NoteRow.citizen)
        .outerjoin(ProfileRow, ProfileRow.citizen == NoteRow.citizen)
        .where(_READ)
        .order_by(NoteRow.id.desc())
        .offset(offset)
        .limit(1)
    )
    row = (await db.execute(wanted, {"campaign": campaign, "item": item})).first()
    return None if row is None else Shown(*row)


async def report(db: Db, note: int, citizen: int, *, at: datetime) -> bool:
    """Note that somebody reports a note that stands; False if they did so before."""
    made = insert(db, NoteReportRow).values(note=note, citizen=citizen, at=at)
    told = made.on_conflict_do_nothing().returning(NoteReportRow.note)
    if await db.scalar(told) is None:
        return False
    return await move(db, note, (ACCEPTED,), reports=NoteRow.reports + 1)


async def purge(db: Db, before: datetime) -> None:
    """Forget drafts and withdrawn notes nobody touched since a moment of campaign time."""
    idle = (NoteRow.state.in_((DRAFT, WITHDRAWN)), NoteRow.acted_at < before)
    gone = select(NoteRow.id).where(*idle)
    await db.execute(delete(NoteReportRow).where(NoteReportRow.note.in_(gone)))
    await db.execute(delete(NoteRow).where(*idle))


async def erase(db: Db, citizen: int) -> None:
    """Erase what somebody wrote, and that they reported anything."""
    mine = select(NoteRow.id).where(NoteRow.citizen == citizen)
    told = or_(NoteReportRow.citizen == citizen, NoteReportRow.note.in_(mine))
    await db.execute(delete(NoteReportRow).where(told))
    await db.execute(delete(NoteRow).where(NoteRow.citizen == citizen))
