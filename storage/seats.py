"""Family seats: readers whom somebody holds, and on whose account they act in turn.

An account has one active reader, `citizen`; while that is somebody held, `holder` says whose
account it is. Whoever holds nobody has no row here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from storage.base import Base, Id
from storage.citizens import Account, AccountRow, CitizenRow, account_owner
from storage.db import Db, insert
from storage.profiles import ProfileRow

READERS_MAX = 5
"""On one account, whoever it belongs to included."""
EVER_MAX = 10
"""Seats that one person may ever give: leaving and coming anew makes no new limits."""
HOLDERS_MAX = 2


class SeatRow(Base):
    """A reader held by somebody, until it ended. What is pushed to them goes to `account`."""

    __tablename__ = "seats"
    __table_args__ = (
        CheckConstraint("citizen <> reader", name="two"),
        Index(
            "uq_seats_held",
            *("citizen", "reader"),
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    reader: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    account: Mapped[int | None] = mapped_column(Id)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Seat:
    """A reader as the holder sees them."""

    reader: int
    number: str
    name: str | None
    band: str
    town: str | None
    holders: int


_LIVING = SeatRow.ended_at.is_(None)
_OTHER = aliased(SeatRow)


async def of(db: Db, holder: int) -> list[Seat]:
    """Return whom somebody holds, the first one first."""
    count = select(func.count()).where(_OTHER.reader == SeatRow.reader, _OTHER.ended_at.is_(None))
    wanted = (
        select(
            *(SeatRow.reader, CitizenRow.number, ProfileRow.name, CitizenRow.band),
            *(CitizenRow.town, count.scalar_subquery()),
        )
        .join(CitizenRow, CitizenRow.id == SeatRow.reader)
        .outerjoin(ProfileRow, ProfileRow.citizen == SeatRow.reader)
        .where(SeatRow.citizen == holder, _LIVING)
        .order_by(SeatRow.id)
    )
    return [Seat(*row) for row in await db.execute(wanted)]


async def ever(db: Db, holder: int) -> int:
    """Return how many seats somebody ever gave."""
    wanted = select(func.count()).select_from(SeatRow).where(SeatRow.citizen == holder)
    return int(await db.scalar(wanted) or 0)


async def holders(db: Db, reader: int) -> list[int]:
    """Return who holds somebody."""
    wanted = select(SeatRow.citizen).where(SeatRow.reader == reader, _LIVING)
    return list(await db.scalars(wanted.order_by(SeatRow.id)))


async def are_family(db: Db, one: int, other: int) -> bool:
    """Say whether one of two holds the other, or somebody holds both."""
    direct = select(SeatRow.id).where(
        _LIVING,
        or_(
            and_(SeatRow.citizen == one, SeatRow.reader == other),
            and_(SeatRow.citizen == other, SeatRow.reader == one),
        ),
    )
    both = (
        select(SeatRow.id)
        .join(_OTHER, _OTHER.citizen == SeatRow.citizen)
        .where(_LIVING, _OTHER.ended_at.is_(None))
        .where(SeatRow.reader == one, _OTHER.reader == other)
    )
    return bool(await db.scalar(select(or_(exists(direct), exists(both)))))


async def take(db: Db, holder: int, reader: int, *, account: Account, at: datetime) -> bool:
    """Give a reader a seat; False if they have it."""
    here = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    number = await db.scalar(select(AccountRow.id).where(*here))
    values = {"citizen": holder, "reader": reader, "account": number, "since": at}
    made = insert(db, SeatRow).values(**values).on_conflict_do_nothing()
    is_new = await db.scalar(made.returning(SeatRow.id)) is not None
    await share(db, [holder])
    return is_new


async def end(db: Db, reader: int, *, at: datetime, holder: int | None = None) -> None:
    """End the seats of a reader, or the one that somebody gave; their accounts are theirs again."""
    mine = [SeatRow.reader == reader, _LIVING]
    if holder is not None:
        mine.append(SeatRow.citizen == holder)
    gone = update(SeatRow).where(*mine).values(ended_at=at).returning(SeatRow.citizen)
    whose = list(await db.scalars(gone))
    acting = (AccountRow.citizen == reader, AccountRow.holder.in_(whose))
    await db.execute(
        update(AccountRow).where(*acting).values(citizen=AccountRow.holder, holder=None)
    )
    await share(db, whose)


async def end_doubles(db: Db, holder: int, other: int, *, at: datetime) -> list[int]:
    """End somebody's seats of readers whom another holds as well, and return them.

    That other is who they become: one guardian, not two.
    """
    theirs = select(_OTHER.reader).where(_OTHER.citizen == other, _OTHER.ended_at.is_(None))
    mine = (SeatRow.citizen == holder, SeatRow.reader.in_(theirs), _LIVING)
    ended = update(SeatRow).where(*mine).values(ended_at=at).returning(SeatRow.id)
    return list(await db.scalars(ended))


async def revive_doubles(db: Db, doubles: Collection[int]) -> None:
    """Give a guardian back the seats of children who are still there and have room for them."""
    held = select(func.count()).where(_OTHER.reader == SeatRow.reader, _OTHER.ended_at.is_(None))
    there = select(CitizenRow.id).where(
        CitizenRow.id == SeatRow.reader,
        CitizenRow.erased_at.is_(None),
        CitizenRow.merged_into.is_(None),
    )
    room = held.scalar_subquery() < HOLDERS_MAX
    mine = update(SeatRow).where(SeatRow.id.in_(doubles), there.exists(), room)
    await db.execute(mine.values(ended_at=None))


def _ended(readers: Collection[int], at: datetime) -> ColumnElement[bool]:
    return and_(SeatRow.reader.in_(readers), SeatRow.ended_at == at)


async def revive(db: Db, readers: Collection[int], *, ended_at: datetime) -> None:
    """Give readers back the seats that ended at a moment."""
    back = (
        update(SeatRow)
        .where(_ended(readers, ended_at))
        .values(ended_at=None)
        .returning(SeatRow.citizen)
    )
    await share(db, list(await db.scalars(back)))


async def gave(db: Db, readers: Collection[int], *, ended_at: datetime) -> list[int]:
    """Return who held readers whose seats ended at a moment."""
    gone = _ended(readers, ended_at)
    return list(await db.scalars(select(SeatRow.citizen).where(gone)))


async def crowded(db: Db, readers: Collection[int], *, ended_at: datetime) -> bool:
    """Say whether somebody has no room any more for readers whose seats ended at a moment."""
    gone = _ended(readers, ended_at)
    whose = select(SeatRow.citizen).where(gone)
    would = (
        select(SeatRow.citizen)
        .where(SeatRow.citizen.in_(whose), or_(_LIVING, gone))
        .group_by(SeatRow.citizen)
        .having(func.count() >= READERS_MAX)
    )
    return await db.scalar(would.limit(1)) is not None


async def hand_on(
    db: Db, reader: int, other: int, *, only: Collection[int] | None = None
) -> list[int]:
    """Let whoever holds a reader hold another in their place, who they are now.

    Return the seats that were handed on; `only` some of them, to hand those back.
    """
    have = select(_OTHER.citizen).where(_OTHER.reader == other, _OTHER.ended_at.is_(None))
    mine = [SeatRow.reader == reader, _LIVING, SeatRow.citizen.not_in(have)]
    if only is not None:
        mine.append(SeatRow.id.in_(only))
    handed = update(SeatRow).where(*mine).values(reader=other).returning(SeatRow.id)
    return list(await db.scalars(handed))


async def share(db: Db, whose: Sequence[int]) -> None:
    """Note at people's accounts whether several readers act there."""
    several = exists().where(SeatRow.citizen == account_owner, _LIVING)
    theirs = or_(AccountRow.citizen.in_(whose), AccountRow.holder.in_(whose))
    await db.execute(update(AccountRow).where(theirs).values(shared=several))


async def hush(db: Db, whose: Sequence[int]) -> None:
    """Let those whom people hold hear on no account that is not theirs any more.

    SQLite gives the number of one that is gone to the next: a child would hear abroad.
    """
    theirs = exists().where(AccountRow.id == SeatRow.account, account_owner == SeatRow.citizen)
    deaf = (SeatRow.citizen.in_(whose), SeatRow.account.is_not(None), ~theirs)
    await db.execute(update(SeatRow).where(*deaf).values(account=None))


async def be(db: Db, account: Account, *, reader: int, holder: int) -> None:
    """Let a reader act on an account from now on: whoever it belongs to, or somebody held.

    Who is held and hears on none of their holder's accounts any more hears on this one.
    """
    here = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    held = None if reader == holder else holder
    acting = update(AccountRow).where(*here).values(citizen=reader, holder=held)
    number = await db.scalar(acting.returning(AccountRow.id))
    if held is not None:
        theirs = exists().where(AccountRow.id == SeatRow.account, account_owner == holder)
        deaf = (SeatRow.citizen == holder, SeatRow.reader == reader, _LIVING, ~theirs)
        await db.execute(update(SeatRow).where(*deaf).values(account=number))


async def come_home(db: Db, citizen: int) -> None:
    """Let nobody act for somebody on another's account, nor others on theirs."""
    away = (AccountRow.citizen == citizen, AccountRow.holder.is_not(None))
    home = {"citizen": AccountRow.holder, "holder": None}
    await db.execute(update(AccountRow).where(*away).values(**home))
    await db.execute(update(AccountRow).where(AccountRow.holder == citizen).values(**home))


async def forget(db: Db, citizen: int, *, at: datetime) -> None:
    """End the seats of somebody who is erased; those they gave are gone."""
    await come_home(db, citizen)
    await end(db, citizen, at=at)
    mine = update(SeatRow).where(SeatRow.reader == citizen)
    await db.execute(mine.values(account=None))  # the row stays, so that it is counted
    await db.execute(delete(SeatRow).where(SeatRow.citizen == citizen))


async def alone(db: Db, holder: int) -> list[int]:
    """Return whom nobody but this person holds, and who have no account of their own."""
    own = exists().where(AccountRow.citizen == SeatRow.reader, AccountRow.holder.is_(None))
    others = exists().where(
        _OTHER.reader == SeatRow.reader, _OTHER.ended_at.is_(None), _OTHER.citizen != holder
    )
    wanted = select(SeatRow.reader).where(SeatRow.citizen == holder, _LIVING, ~own, ~others)
    return list(await db.scalars(wanted.order_by(SeatRow.reader)))
