"""Who wants to be reminded of a livestream, who joined it, who watched it again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import livestreams
from storage.base import Base, Id
from storage.citizens import CALLED, Account, AccountRow, CitizenRow
from storage.db import Db, insert
from storage.livestreams import Livestream, LivestreamRow
from storage.many import Listed, Query, dialect

JOINED, REPLAYED = "joined", "replayed"
MANY = 1_000_000


class BookingRow(Base):
    """A citizen who wants to be reminded of a livestream."""

    __tablename__ = "bookings"

    livestream: Mapped[int] = mapped_column(Id, ForeignKey("livestreams.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    booked_at: Mapped[datetime]

    __table_args__ = (Index("ix_bookings_citizen", "citizen"),)


class AttendanceRow(Base):
    """A citizen who joined a livestream in its slot, or watched it again; counted apart.

    `by` is the message that was answered with it, so that its retry is told from another try.
    """

    __tablename__ = "attendances"

    livestream: Mapped[int] = mapped_column(Id, ForeignKey("livestreams.id"), primary_key=True)
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    how: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        CheckConstraint(f"how IN {(JOINED, REPLAYED)}", name="how"),
        Index("ix_attendances_citizen", "citizen"),
    )


class GuessRow(Base):
    """A citizen who was asked for a livestream's code word, and the tries; `by` is the last one."""

    __tablename__ = "guesses"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    livestream: Mapped[int] = mapped_column(Id, ForeignKey("livestreams.id"), primary_key=True)
    asked_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger)
    by: Mapped[str | None] = mapped_column(String(40))


@dataclass(frozen=True, slots=True)
class AtHand:
    """A livestream, who asks for it, if they take part, and the message by which they came."""

    livestream: Livestream
    citizen: int | None
    came_by: str | None
    called: str = ""
    """What they are called, where several read on the account."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people want to be reminded, joined in the slot, and watched it again."""

    booked: int
    joined: int
    replayed: int


async def at_hand(db: Db, account: Account, *, livestream: int, how: str = JOINED) -> AtHand | None:
    """Return, in one statement, a livestream, who is behind an account, and whether they came."""
    wanted = (
        select(AccountRow.citizen, CitizenRow.town, AttendanceRow.by, CALLED, *livestreams.COLUMNS)
        .select_from(LivestreamRow)
        .outerjoin(
            AccountRow,
            and_(AccountRow.channel == account.channel, AccountRow.sender == account.sender),
        )
        .outerjoin(
            CitizenRow,
            and_(CitizenRow.id == AccountRow.citizen, CitizenRow.consented_at.is_not(None)),
        )
        .outerjoin(
            AttendanceRow,
            and_(
                AttendanceRow.livestream == LivestreamRow.id,
                AttendanceRow.citizen == AccountRow.citizen,
                AttendanceRow.how == how,
            ),
        )
        .where(LivestreamRow.id == livestream)
    )
    row: tuple[Any, ...] | None = (await db.execute(wanted)).first()
    if row is None:
        return None
    citizen, town, by, called, *known = row
    reader = None if town is None else citizen
    return AtHand(livestreams.of_row(known), reader, by, called or "")


async def book(db: Db, livestream: int, citizen: int, *, at: datetime) -> None:
    """Note that a citizen wants to be reminded; again changes nothing."""
    values = {"livestream": livestream, "citizen": citizen, "booked_at": at}
    await db.execute(insert(db, BookingRow).values(**values).on_conflict_do_nothing())


async def unbook(db: Db, livestream: int, citizen: int) -> None:
    """Note that a citizen does not want to be reminded any more."""
    mine = (BookingRow.livestream == livestream, BookingRow.citizen == citizen)
    await db.execute(delete(BookingRow).where(*mine))


async def booked_by(db: Db, citizen: int, *, of: Collection[int]) -> set[int]:
    """Return which of these livestreams a citizen wants to be reminded of."""
    wanted = select(BookingRow.livestream).where(
        BookingRow.citizen == citizen, BookingRow.livestream.in_(of)
    )
    return set(await db.scalars(wanted))


async def booked(db: Db, livestream: int, *, after: int = 0, most: int = MANY) -> dict[int, bool]:
    """Return who booked, in the order of their ids, so many from one id on; and who joined."""
    came = and_(
        AttendanceRow.livestream == BookingRow.livestream,
        AttendanceRow.citizen == BookingRow.citizen,
        AttendanceRow.how == JOINED,
    )
    wanted = (
        select(BookingRow.citizen, AttendanceRow.at)
        .outerjoin(AttendanceRow, came)
        .where(BookingRow.livestream == livestream, BookingRow.citizen > after)
        .order_by(BookingRow.citizen)
        .limit(most)
    )
    return {citizen: at is not None for citizen, at in await db.execute(wanted)}


async def missed(db: Db, livestream: int, *, after: int = 0, most: int = MANY) -> list[int]:
    """Return who booked and did not join, in the order of their ids, so many from one id on."""
    joined = select(AttendanceRow.citizen).where(
        AttendanceRow.livestream == livestream,
        AttendanceRow.citizen == BookingRow.citizen,
        AttendanceRow.how == JOINED,
    )
    wanted = (
        select(BookingRow.citizen)
        .where(BookingRow.livestream == livestream, BookingRow.citizen > after, ~joined.exists())
        .order_by(BookingRow.citizen)
        .limit(most)
    )
    return list(await db.scalars(wanted))


async def awaited(db: Db, livestream: int, *, citizens: Collection[int]) -> list[int]:
    """Return those of these people who still want to be reminded and have not joined."""
    joined = select(AttendanceRow.citizen).where(
        AttendanceRow.livestream == livestream,
        AttendanceRow.citizen == BookingRow.citizen,
        AttendanceRow.how == JOINED,
    )
    wanted = select(BookingRow.citizen).where(
        BookingRow.livestream == livestream, BookingRow.citizen.in_(citizens), ~joined.exists()
    )
    return list(await db.scalars(wanted))


async def longest_queue(db: Db, campaign: int, *, after: datetime) -> int:
    """Return how many booked the most wanted livestream that is to come."""
    wanted = (
        select(func.count())
        .select_from(BookingRow)
        .join(LivestreamRow, LivestreamRow.id == BookingRow.livestream)
        .where(LivestreamRow.campaign == campaign, LivestreamRow.starts_at > after)
        .group_by(BookingRow.livestream)
        .order_by(func.count().desc())
        .limit(1)
    )
    return int(await db.scalar(wanted) or 0)


async def attend(db: Db, livestream: int, citizen: int, *, how: str, at: datetime, by: str) -> None:
    """Note that a citizen joined or watched again, the last time it was noted."""
    values = {"at": at, "by": by}
    keys = {"livestream": livestream, "citizen": citizen, "how": how}
    made = insert(db, AttendanceRow).values(**keys, **values)
    key = [AttendanceRow.livestream, AttendanceRow.citizen, AttendanceRow.how]
    await db.execute(made.on_conflict_do_update(index_elements=key, set_=values))


_SEATS = Listed("seats_asked", AttendanceRow.livestream, AttendanceRow.citizen)


async def came(db: Db, seats: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which of these (livestream, citizen) have joined or watched again before."""
    named = dialect(db)
    found = await db.execute(_came(named), _SEATS.rows(named, seats))
    return {(livestream, citizen) for livestream, citizen in found}


@cache
def _came(named: str) -> Query:
    return _SEATS.find(named, select(AttendanceRow.livestream, AttendanceRow.citizen))


async def counts(db: Db, livestream: int) -> Counts:
    """Count bookings, joins and replays of a livestream."""
    three: Sequence[Any] = (
        select(func.count()).select_from(BookingRow).where(BookingRow.livestream == livestream),
        *(
            select(func.count())
            .select_from(AttendanceRow)
            .where(AttendanceRow.livestream == livestream, AttendanceRow.how == how)
            for how in (JOINED, REPLAYED)
        ),
    )
    row = (await db.execute(select(*(one.scalar_subquery() for one in three)))).one()
    return Counts(*map(int, row))


async def ask(db: Db, livestream: int, citizen: int, *, at: datetime) -> None:
    """Note that a citizen was asked for the code word; the tries go on counting."""
    made = insert(db, GuessRow).values(
        citizen=citizen, livestream=livestream, asked_at=at, tries=0, by=None
    )
    key = [GuessRow.citizen, GuessRow.livestream]
    await db.execute(made.on_conflict_do_update(index_elements=key, set_={"asked_at": at}))


async def asked(db: Db, account: Account) -> int | None:
    """Return the livestream whose code word somebody was asked for last."""
    wanted = (
        select(GuessRow.livestream)
        .join(AccountRow, AccountRow.citizen == GuessRow.citizen)
        .where(AccountRow.channel == account.channel, AccountRow.sender == account.sender)
        .order_by(GuessRow.asked_at.desc(), GuessRow.livestream.desc())
        .limit(1)
    )
    found: int | None = await db.scalar(wanted)
    return found


async def guess(db: Db, livestream: int, citizen: int, *, by: str, most: int) -> int | None:
    """Take one of a citizen's tries and return how many are left; None if none was.

    The same message again takes no second one.
    """
    mine = (GuessRow.citizen == citizen, GuessRow.livestream == livestream)
    another = or_(GuessRow.by.is_(None), GuessRow.by != by)
    taken = update(GuessRow).where(*mine, another, GuessRow.tries < most)
    await db.execute(taken.values(tries=GuessRow.tries + 1, by=by))
    tries: int | None = await db.scalar(select(GuessRow.tries).where(*mine, GuessRow.by == by))
    return None if tries is None else most - tries
