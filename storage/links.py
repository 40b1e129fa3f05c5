"""One person of two: who was absorbed by whom, what moved with them, and the codes to begin it.

What a link moves is noted row by row, so that undoing it brings back exactly that. The ledger is
not moved: see `bot/rules/linking.py`.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    case,
    delete,
    exists,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Mapped, mapped_column

from storage.attendances import AttendanceRow, BookingRow, GuessRow
from storage.attests import AttestRow
from storage.base import Base, Id, Moment, ShortId
from storage.candidates import ReaderRow
from storage.certificates import CertificateRow
from storage.citizens import AccountRow
from storage.corrections import CorrectionRow
from storage.db import Db, insert, insert_one
from storage.deeds import DeedRow
from storage.disputes import DRAFT, OPEN, DisputeRow
from storage.experiences import ExperienceRow
from storage.many import insert_all
from storage.notes import NoteReportRow, NoteRow
from storage.papercards import PaperCardRow
from storage.pushes import OPEN as PUSH_OPEN
from storage.pushes import WAITING, DeliveryRow, PushRow
from storage.seats import SeatRow
from storage.shelves import KeptRow, OpeningRow

TRIES_MAX = 5
TRIES_WITHIN = timedelta(minutes=15)
CODE_LASTS = timedelta(minutes=15)
ROWS_AT_ONCE = 2000


class Moving(NamedTuple):
    """What goes with the person, by its key; left behind where the survivor has its `like`.

    Only what has not `ended` counts as such. Nor does it go to whoever its column `by` names.
    """

    row: type[Base]
    keys: tuple[str, ...]
    like: tuple[str, ...] = ()
    by: str = ""
    ended: str = ""


MOVES: Mapping[str, Moving] = {
    "account": Moving(AccountRow, ("id",)),
    "opening": Moving(OpeningRow, ("item", "campaign")),
    "kept": Moving(KeptRow, ("item",)),
    "booking": Moving(BookingRow, ("livestream",)),
    "attendance": Moving(AttendanceRow, ("livestream", "how")),
    "guess": Moving(GuessRow, ("livestream",)),
    "note": Moving(NoteRow, ("id",), like=("item", "campaign"), by="decided_by"),
    "seat": Moving(SeatRow, ("id",), like=("reader",), by="reader", ended="ended_at"),
    "note_report": Moving(NoteReportRow, ("note",)),
    "experience": Moving(ExperienceRow, ("id",), like=("campaign",)),
    "certificate": Moving(CertificateRow, ("picture",)),
    "paper_card": Moving(PaperCardRow, ("id",)),
    "attest": Moving(AttestRow, ("id",)),
    "candidate": Moving(ReaderRow, ("selection", "number"), like=("selection",)),
}
DEED = "deed"
"""A deed without a line goes with the person as well."""
VOUCHER = "voucher"
"""A voucher goes along with the line that paid for it."""
GUARDED = "guarded"
"""A seat whose reader, a child, is who they became."""
DOUBLE = "double"
"""A seat of the absorbed one that ended, as the survivor holds the same reader."""
BOOKED = frozenset({"ledger", "deeds", "totals", "citizens", "deliveries", "vouchers"})
"""What is seen to one by one."""
STAYS: Mapping[str, str] = {
    "consents": "proof of what was agreed to, and when",
    "moves": "history",
    "handled": "answers to messages that were given",
    "dialogs": "lasts ten minutes",
    "lists": "lasts ten minutes",
    "profiles": "the survivor's settings hold",
    "switches": "the survivor's settings hold",
    "jobs": "a file that was asked for before; kept for a day",
    "uploads": "a file that was sent before; kept for a day",
    "progress": "a message that is being edited in place",
    "pictures": "of a broadcast; whoever has a role is not absorbed",
    "pushes": "who said it then",
    "broadcasts": "who said it then",
    "calls": "who was called then",
    "groups": "who bound it then",
    "rolls": "who called it then",
    "presences": "who was there then",
    "paper_sheets": "who made it then",
    "duties": "whoever has a role is not absorbed",
    "audit": "who did it then",
    "approvals": "who asked then",
    "proposals": "who proposed it then",
    "corrections": "about a line, which stays; none may wait",
    "disputes": "about a line, which stays; none may be open",
    "signals": "about a day as it was",
    "week_places": "a frozen week does not change",
    "enrolments": "what somebody was in an earlier campaign",
    "voucher_tries": "lasts a quarter of an hour",
    "cases": "who wrote it down then",
    "summaries": "who handed it in then",
    "links": "who was linked before",
    "link_codes": "used up",
}
"""What does not go with the person, and why."""


class LinkRow(Base):
    """One link. `absorbed` is nobody when an account joined that belonged to no one.

    `was` is what the absorbed one was, to be restored (JSON); `lines` and `void` count what was
    taken over and what was not.
    """

    __tablename__ = "links"
    __table_args__ = (
        CheckConstraint("absorbed <> citizen", name="two"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
        Index(
            "uq_links_absorbed",
            "absorbed",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    absorbed: Mapped[int | None] = mapped_column(Id)
    was: Mapped[str] = mapped_column(Text)
    lines: Mapped[int] = mapped_column(Integer)
    void: Mapped[int] = mapped_column(Integer)
    linked_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(Id)


class LinkedRow(Base):
    """Something that a link moved: a row of `MOVES`, or a deed, by its key."""

    __tablename__ = "linked_rows"

    link: Mapped[int] = mapped_column(Id, ForeignKey("links.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    row: Mapped[int] = mapped_column(Id, primary_key=True)
    more: Mapped[str] = mapped_column(String(16), primary_key=True)


class LinkCodeRow(Base):
    """A one-time code by its keyed hash: who says it on another account may become one with us."""

    __tablename__ = "link_codes"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class LinkTryRow(Base):
    """How many wrong codes an account has said since a moment; a keyed hash stands for it."""

    __tablename__ = "link_tries"

    account: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands."""

    id: int
    campaign: int
    citizen: int
    absorbed: int | None
    was: Mapping[str, Any]
    lines: int
    void: int
    linked_at: datetime
    undone_at: datetime | None

    @property
    def people(self) -> list[int]:
        """Return whom it made one; a link to an account without a person has one only."""
        return [one for one in (self.citizen, self.absorbed) if one is not None]


async def offer(db: Db, citizen: int, *, code: str, now: datetime) -> datetime:
    """Keep somebody's code, by its hash, in the place of earlier ones; return when it ends."""
    await db.execute(delete(LinkCodeRow).where(LinkCodeRow.citizen == citizen))
    until = now + CODE_LASTS
    await db.execute(insert(db, LinkCodeRow).values(code=code, citizen=citizen, expires_at=until))
    return until


async def maker(db: Db, code: str, *, now: datetime) -> int | None:
    """Return whose code this is; None if it is unknown, used or too old."""
    valid = (LinkCodeRow.used_at.is_(None), LinkCodeRow.expires_at > now)
    found: int | None = await db.scalar(
        select(LinkCodeRow.citizen).where(LinkCodeRow.code == code, *valid)
    )
    return found


async def use(db: Db, code: str, *, now: datetime) -> bool:
    """Use a code up; False if somebody did, or it is too old by now."""
    valid = (LinkCodeRow.used_at.is_(None), LinkCodeRow.expires_at > now)
    used = update(LinkCodeRow).where(LinkCodeRow.code == code, *valid).values(used_at=now)
    return await db.scalar(used.returning(LinkCodeRow.citizen)) is not None


async def tried(db: Db, account: str, *, now: datetime) -> int:
    """Return how many wrong codes an account said within the last quarter of an hour."""
    recent = (LinkTryRow.account == account, LinkTryRow.since > now - TRIES_WITHIN)
    return int(await db.scalar(select(LinkTryRow.tries).where(*recent)) or 0)


async def count_try(db: Db, account: str, *, now: datetime) -> None:
    """Count a wrong code."""
    made = insert(db, LinkTryRow).values(account=account, since=now, tries=1)
    old = LinkTryRow.since <= now - TRIES_WITHIN
    values = {
        "tries": case((old, 1), else_=LinkTryRow.tries + 1),
        "since": case((old, literal(now, Moment())), else_=LinkTryRow.since),
    }
    await db.execute(made.on_conflict_do_update(index_elements=[LinkTryRow.account], set_=values))


async def purge(db: Db, now: datetime) -> None:
    """Forget codes and tries that are too old, by system time."""
    await db.execute(delete(LinkCodeRow).where(LinkCodeRow.expires_at < now - TRIES_WITHIN))
    await db.execute(delete(LinkTryRow).where(LinkTryRow.since < now - TRIES_WITHIN))


async def is_waiting(db: Db, citizen: int) -> bool:
    """Say whether a dispute of somebody is open, or a correction waits for a second person."""
    disputed = select(DisputeRow.id).where(
        DisputeRow.citizen == citizen, DisputeRow.state.in_((DRAFT, OPEN))
    )
    corrected = select(CorrectionRow.id).where(
        CorrectionRow.citizen == citizen, CorrectionRow.state == "waiting"
    )
    return bool(await db.scalar(select(or_(exists(disputed), exists(corrected)))))


async def begin(
    db: Db, campaign: int, citizen: int, *, absorbed: int | None, was: object, at: datetime
) -> int:
    """Note a link, and return its number."""
    return await insert_one(
        db,
        LinkRow,
        campaign=campaign,
        citizen=citizen,
        absorbed=absorbed,
        was=json.dumps(was),
        lines=0,
        void=0,
        linked_at=at,
    )


async def counted(db: Db, link: int, *, lines: int, void: int) -> None:
    """Note how many lines a link took over, and how many it could not."""
    mine = update(LinkRow).where(LinkRow.id == link)
    await db.execute(mine.values(lines=lines, void=void))


async def latest(db: Db, citizen: int) -> Link | None:
    """Return the newest link of somebody, as survivor or absorbed, that was not undone."""
    theirs = or_(LinkRow.citizen == citizen, LinkRow.absorbed == citizen)
    return await _link(db, theirs)


async def of(db: Db, link: int) -> Link | None:
    """Return a link that was not undone, locked."""
    await db.execute(select(LinkRow.id).where(LinkRow.id == link).with_for_update())
    return await _link(db, LinkRow.id == link)


async def _link(db: Db, condition: Any) -> Link | None:
    columns = tuple(getattr(LinkRow, name) for name in Link.__slots__)
    wanted = select(*columns).where(condition, LinkRow.undone_at.is_(None))
    row = (await db.execute(wanted.order_by(LinkRow.id.desc()).limit(1))).first()
    if row is None:
        return None
    return replace(Link(*row), was=json.loads(row.was))


async def undone(db: Db, link: int, *, by: int, at: datetime) -> None:
    """Note that a link was undone."""
    mine = update(LinkRow).where(LinkRow.id == link)
    await db.execute(mine.values(undone_at=at, undone_by=by))


async def absorbed_by(db: Db, citizen: int) -> list[int]:
    """Return everybody who became this person, directly or through another."""
    found: list[int] = []
    asked = [citizen]
    while asked:
        wanted = select(LinkRow.absorbed).where(
            LinkRow.citizen.in_(asked), LinkRow.absorbed.is_not(None), LinkRow.undone_at.is_(None)
        )
        asked = [one for one in await db.scalars(wanted) if one is not None and one not in found]
        found += asked
    return found


async def move(db: Db, link: int, *, source: int, target: int) -> None:
    """Move what goes with a person, and note each row; what waits for them goes along."""
    for kind, moving in MOVES.items():
        table = cast("Table", moving.row.__table__)
        other = table.alias()
        same = [other.c[key] == table.c[key] for key in moving.like or moving.keys]
        if moving.ended:
            same.append(other.c[moving.ended].is_(None))
        mine = [table.c.citizen == source, ~exists().where(other.c.citizen == target, *same)]
        if moving.by:
            mine.append(table.c[moving.by].is_distinct_from(target))
        moved = update(table).where(*mine).values(citizen=target)
        found = (await db.execute(moved.returning(*(table.c[key] for key in moving.keys)))).all()
        rows = [(one[0], str(one[1]) if len(one) > 1 else "") for one in found]
        await note(db, link, kind, rows=rows)
    theirs = select(DeliveryRow.push).where(DeliveryRow.citizen == target)
    open_ones = select(PushRow.id).where(PushRow.state == PUSH_OPEN)
    waiting = (
        DeliveryRow.citizen == source,
        DeliveryRow.state == WAITING,
        DeliveryRow.push.in_(open_ones),
        DeliveryRow.push.not_in(theirs),
    )
    await db.execute(update(DeliveryRow).where(*waiting).values(citizen=target))


async def note(db: Db, link: int, kind: str, *, rows: Sequence[tuple[int, str]]) -> None:
    """Note rows that a link moved."""
    noted = [{"link": link, "kind": kind, "row": row, "more": more} for row, more in rows]
    await insert_all(db, LinkedRow, noted)


async def move_deeds(db: Db, link: int, deeds: Collection[int], *, target: int) -> None:
    """Move deeds without a line, and note each."""
    listed = sorted(deeds)
    for first in range(0, len(listed), ROWS_AT_ONCE):
        some = DeedRow.id.in_(listed[first : first + ROWS_AT_ONCE])
        await db.execute(update(DeedRow).where(some).values(citizen=target))
    await note(db, link, DEED, rows=[(deed, "") for deed in listed])


async def move_back(db: Db, link: int, *, source: int, target: int) -> None:
    """Bring back what a link moved, as far as it is still there; `target` is who was absorbed."""
    for kind, (row, keys, *_) in {**MOVES, DEED: Moving(DeedRow, ("id",))}.items():
        table = cast("Table", row.__table__)
        noted = (LinkedRow.link == link, LinkedRow.kind == kind, LinkedRow.row == table.c[keys[0]])
        more = (LinkedRow.more == cast_to(table.c[key], String) for key in keys[1:])
        theirs = exists().where(*noted, *more)
        moved = update(table).where(table.c.citizen == source, theirs).values(citizen=target)
        await db.execute(moved)


async def came(db: Db, link: int, kind: str = "account") -> list[int]:
    """Return what came with a link, by number: accounts, deeds, vouchers."""
    mine = (LinkedRow.link == link, LinkedRow.kind == kind)
    return list(await db.scalars(select(LinkedRow.row).where(*mine).order_by(LinkedRow.row)))
