"""Accounts: where people are told something, and those that somebody has beside the first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from storage.citizens import (
    YOUNG,
    Account,
    AccountRow,
    CitizenRow,
    Receiver,
    account_owner,
)
from storage.db import Db, insert_one
from storage.profiles import ProfileRow
from storage.seats import SeatRow

_HOLDER = aliased(CitizenRow)


def is_owned_by(
    citizen: ColumnElement[int] | InstrumentedAttribute[int] | int,
) -> ColumnElement[bool]:
    """Say whether an account is somebody's, whoever acts on it; served by two indexes."""
    acting_alone = and_(AccountRow.citizen == citizen, AccountRow.holder.is_(None))
    return or_(AccountRow.holder == citizen, acting_alone)


async def receivers(
    db: Db, citizens: Collection[int], *, duty: bool = False
) -> dict[int, Receiver]:
    """Return where each of these people can be told something: on the account last used.

    Who has none of their own is told on that of whoever holds them. Left out is who took the
    consent back, was erased, or cannot be reached on any account; and an account whose owner took
    theirs back, also for those they hold. What is said on `duty` goes also to those in charge who
    do not take part themselves.
    """
    last = func.coalesce(AccountRow.used_at, AccountRow.since).label("last")
    where = (AccountRow.channel, AccountRow.sender, AccountRow.language, last, AccountRow.id)
    there, nobody = AccountRow.gone_at.is_(None), literal(None, ProfileRow.name.type)
    alone = (AccountRow.holder.is_(None), AccountRow.citizen.in_(citizens))
    name = func.coalesce(ProfileRow.name, CitizenRow.number)
    ways = union_all(
        select(AccountRow.citizen.label("who"), *where, nobody.label("name")).where(there, *alone),
        select(AccountRow.holder, *where, nobody).where(there, AccountRow.holder.in_(citizens)),
        select(SeatRow.reader, *where, name)
        .join(AccountRow, (AccountRow.id == SeatRow.account) & (account_owner == SeatRow.citizen))
        .join(CitizenRow, CitizenRow.id == SeatRow.reader)
        .join(_HOLDER, (_HOLDER.id == SeatRow.citizen) & _HOLDER.consented_at.is_not(None))
        .outerjoin(ProfileRow, ProfileRow.citizen == SeatRow.reader)
        .where(there, SeatRow.reader.in_(citizens), SeatRow.ended_at.is_(None)),
    ).subquery()
    wanted = select(ways).join(CitizenRow, CitizenRow.id == ways.c.who)
    if not duty:
        takes_part = (CitizenRow.consented_at.is_not(None), CitizenRow.town.is_not(None))
        wanted = wanted.where(*takes_part)
    wanted = wanted.order_by(ways.c.name.is_(None), ways.c.last, ways.c.id)  # the last one wins
    return {
        row.who: Receiver(Account(row.channel, row.sender), row.language, row.name or "")
        for row in await db.execute(wanted)
    }


async def count_on(db: Db, channels: Collection[str]) -> tuple[int, int]:
    """Return how many people are served on these channels, and how many are under 14.

    Those are whose account it is, whoever acts on it, and whoever hears there.
    """
    here = AccountRow.channel.in_(channels)
    hears = (AccountRow.id == SeatRow.account) & (account_owner == SeatRow.citizen)
    served = union_all(
        select(AccountRow.citizen).where(here),
        select(account_owner).where(here),
        select(SeatRow.reader).join(AccountRow, hears).where(here, SeatRow.ended_at.is_(None)),
    )
    wanted = select(CitizenRow.band, func.count()).where(CitizenRow.id.in_(served))
    wanted = wanted.group_by(CitizenRow.band)
    counts = {row.band: int(row[1]) for row in await db.execute(wanted)}
    return sum(counts.values()), counts.get(YOUNG, 0)


async def registered_after(db: Db, citizen: int, most: int) -> list[int]:
    """Return those who take part and whose ids follow a number, in their order.

    Who has no account but a seat hears from whoever holds them; who has but a paper card, from
    whoever scans it.
    """
    own = exists().where(is_owned_by(CitizenRow.id))
    wanted = select(CitizenRow.id).where(
        CitizenRow.id > citizen,
        CitizenRow.consented_at.is_not(None),
        CitizenRow.town.is_not(None),
        own,
    )
    return list(await db.scalars(wanted.order_by(CitizenRow.id).limit(most)))


async def has_way(db: Db, citizen: int) -> bool:
    """Say whether somebody has an account, whoever acts on it now, or a seat on another's."""
    theirs = select(AccountRow.id).where(is_owned_by(citizen))
    seat = select(SeatRow.id).where(SeatRow.reader == citizen, SeatRow.ended_at.is_(None))
    return bool(await db.scalar(select(or_(exists(theirs), exists(seat)))))


@dataclass(frozen=True, slots=True)
class Own:
    """One of somebody's accounts, as they see it."""

    id: int
    account: Account
    last: datetime
    """When they last turned to it; system time."""


async def of(db: Db, owner: int) -> list[Own]:
    """Return all accounts of somebody, whoever reads on them now, the last used first."""
    last = func.coalesce(AccountRow.used_at, AccountRow.since)
    wanted = select(AccountRow.id, AccountRow.channel, AccountRow.sender, last)
    wanted = wanted.where(is_owned_by(owner)).order_by(last.desc(), AccountRow.id)
    rows = await db.execute(wanted)
    return [Own(number, Account(channel, sender), at) for number, channel, sender, at in rows]


async def leave(db: Db, owner: int, own: Own, *, others: Sequence[Own]) -> None:
    """Take an account from its person; readers who heard there hear on another one.

    A child does so on the same channel only: others may be abroad. Without one they hear nothing
    until somebody acts for them on an account again.
    """
    heard = update(SeatRow).where(SeatRow.account == own.id)
    same = [each.id for each in others if each.account.channel == own.account.channel]
    young = select(CitizenRow.id).where(CitizenRow.band == YOUNG)
    there = {"account": same[0] if same else None}
    await db.execute(heard.where(SeatRow.reader.in_(young)).values(there))
    await db.execute(heard.values(account=others[0].id))
    await detach(db, [own.id], owner=owner)


async def note_use(db: Db, account: Account, *, at: datetime) -> None:
    """Note that somebody with several accounts turned to this one; system time."""
    known = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    await db.execute(update(AccountRow).where(*known).values(used_at=at))


async def attach(db: Db, account: Account, citizen: int, *, at: datetime, used_at: datetime) -> int:
    """Give somebody one more account and return its number.

    Raises:
        Conflict: somebody added the account at the same moment.

    """
    channel, sender = account
    values = {"channel": channel, "sender": sender, "citizen": citizen}
    return await insert_one(db, AccountRow, **values, since=at, used_at=used_at)


async def detach(db: Db, accounts: Collection[int], *, owner: int) -> None:
    """Take accounts from their person, by number: nobody is behind them then.

    Who is not their owner any more left them; SQLite gives such a number to somebody new.
    """
    theirs = (AccountRow.id.in_(accounts), is_owned_by(owner))
    await db.execute(delete(AccountRow).where(*theirs))
