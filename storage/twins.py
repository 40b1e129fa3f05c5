"""Lines and deeds as linking looks at them: all of somebody's, read and written at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update

from bot.rules.linking import Booked
from storage import links
from storage.accounts import is_owned_by
from storage.citizens import AccountRow, CitizenRow, MoveRow
from storage.db import Db
from storage.deeds import DeedRow
from storage.ledger import LineRow
from storage.vouchers import VoucherRow

PEOPLE_AT_ONCE = 500
BROUGHT = ("unit", "team")
"""What whoever has none takes over from whom they absorb."""


@dataclass(frozen=True, slots=True)
class Done:
    """A deed as it is in the database."""

    id: int
    activity: str
    subject: str
    day: date
    outcome: str
    points: int
    today: int
    cap: int
    once: str | None
    cause: str
    acted_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Who:
    """One of two who may become one."""

    citizen: int
    number: str
    town: str | None
    band: str
    consented_at: datetime | None
    accounts: int


async def who(db: Db, citizen: int) -> Who | None:
    """Return somebody, None if they were erased or are somebody else by now."""
    theirs = is_owned_by(CitizenRow.id)
    accounts = select(func.count(AccountRow.id)).where(theirs).scalar_subquery()
    columns = (CitizenRow.id, CitizenRow.number, CitizenRow.town, CitizenRow.band)
    wanted = select(*columns, CitizenRow.consented_at, accounts).where(
        CitizenRow.id == citizen, CitizenRow.erased_at.is_(None), CitizenRow.merged_into.is_(None)
    )
    row = (await db.execute(wanted)).first()
    return None if row is None else Who(*row)


async def became(db: Db, people: Sequence[int]) -> list[int]:
    """Return people, each as whoever they are by now, in the order of their ids."""
    now = set(people)
    for first in range(0, len(people), PEOPLE_AT_ONCE):
        some = CitizenRow.id.in_(people[first : first + PEOPLE_AT_ONCE])
        wanted = select(CitizenRow.id, CitizenRow.merged_into)
        merged = await db.execute(wanted.where(some, CitizenRow.merged_into.is_not(None)))
        for one, other in merged:
            now = now - {one} | {other or one}
    return sorted(now)


async def lines(db: Db, campaign: int, citizen: int) -> list[Booked]:
    """Return all lines of somebody, in their order."""
    columns = tuple(getattr(LineRow, name) for name in Booked.__slots__)
    mine = (LineRow.citizen == citizen, LineRow.campaign == campaign)
    rows = await db.execute(select(*columns).where(*mine).order_by(LineRow.line))
    return [Booked(*row) for row in rows]


async def deeds(db: Db, campaign: int, citizen: int) -> list[Done]:
    """Return all deeds of somebody, in their order."""
    columns = tuple(getattr(DeedRow, name) for name in Done.__slots__)
    mine = (DeedRow.citizen == citizen, DeedRow.campaign == campaign)
    rows = await db.execute(select(*columns).where(*mine).order_by(DeedRow.id))
    return [Done(*row) for row in rows]


async def mark(db: Db, changed: Sequence[tuple[int, str]]) -> None:
    """Give deeds, by number, another cause: whether they may be done again stands there."""
    rows = [{"deed": deed, "new": cause} for deed, cause in changed]
    if rows:
        mine = DeedRow.id == bindparam("deed")
        await db.execute(update(DeedRow).where(mine).values(cause=bindparam("new")), rows)


async def drop(db: Db, gone: Sequence[int]) -> None:
    """Take deeds away, by number, that only a link had put there."""
    for first in range(0, len(gone), 2000):
        await db.execute(delete(DeedRow).where(DeedRow.id.in_(gone[first : first + 2000])))


async def first_town(db: Db, citizen: int) -> str | None:
    """Return the town somebody chose first; None if they have none now."""
    town: str | None = await db.scalar(select(CitizenRow.town).where(CitizenRow.id == citizen))
    first = select(MoveRow.left).where(MoveRow.citizen == citizen).order_by(MoveRow.day).limit(1)
    return town and (await db.scalar(first) or town)


async def survivor(db: Db, citizen: int) -> int | None:
    """Return whom somebody became, None if they are themselves."""
    became = select(CitizenRow.merged_into).where(CitizenRow.id == citizen)
    found: int | None = await db.scalar(became)
    return found


async def absorb(db: Db, absorbed: int, survivor: int) -> dict[str, str | None]:
    """Make somebody nobody of their own, and return what they were, to be restored.

    A unit or team goes with them to a survivor who has none.
    """
    gone, stays = await _both(db, absorbed, survivor)
    at = gone.consented_at
    was = {"town": gone.town, "unit": gone.unit, "team": gone.team}
    was["consented_at"] = at.isoformat() if at else None
    given = {name: was[name] if getattr(stays, name) is None else None for name in BROUGHT}
    was |= {f"gave_{name}": what for name, what in given.items()}
    await _set(db, survivor, {name: what for name, what in given.items() if what is not None})
    nobody = dict.fromkeys((*BROUGHT, "town", "consented_at"))
    await _set(db, absorbed, {**nobody, "merged_into": survivor})
    theirs = update(CitizenRow).where(CitizenRow.merged_into == absorbed)
    await db.execute(theirs.values(merged_into=survivor))  # whose number leads straight there
    return was


async def _both(db: Db, *people: int) -> list[Row[Any]]:
    """Return how these people are noted, in their order."""
    rows = await db.execute(select(CitizenRow).where(CitizenRow.id.in_(people)))
    return sorted(rows.all(), key=lambda row: people.index(row.id))


async def _set(db: Db, citizen: int, values: Mapping[str, Any]) -> None:
    if values:
        await db.execute(update(CitizenRow).where(CitizenRow.id == citizen).values(**values))


async def restore(db: Db, absorbed: int, survivor: int, *, was: Mapping[str, str | None]) -> None:
    """Make somebody who was absorbed a person again."""
    at = was["consented_at"]
    again = {name: was[name] for name in ("town", *BROUGHT)}
    consented_at = datetime.fromisoformat(at) if at else None
    await _set(db, absorbed, {**again, "consented_at": consented_at, "merged_into": None})
    (stays,) = await _both(db, survivor)
    given = {name: was[f"gave_{name}"] for name in BROUGHT if was[f"gave_{name}"] is not None}
    taken = [name for name, what in given.items() if getattr(stays, name) == what]
    await _set(db, survivor, dict.fromkeys(taken))
    theirs = await links.absorbed_by(db, absorbed)
    await db.execute(
        update(CitizenRow).where(CitizenRow.id.in_(theirs)).values(merged_into=absorbed)
    )


async def vouchers(db: Db, campaign: int, citizen: int) -> list[tuple[int, int, int | None]]:
    """Return somebody's vouchers, each with the lines that paid for it and that returned it."""
    wanted = select(VoucherRow.id, VoucherRow.line, VoucherRow.back)
    mine = (VoucherRow.citizen == citizen, VoucherRow.campaign == campaign)
    rows = await db.execute(wanted.where(*mine).order_by(VoucherRow.id))
    return [(voucher, line, back) for voucher, line, back in rows]


async def hand_over(db: Db, moved: Sequence[tuple[int, int, int | None]], *, target: int) -> None:
    """Give vouchers to somebody, each with the lines of theirs that stand for the old ones."""
    rows = [
        {"voucher": voucher, "new_line": line, "new_back": back} for voucher, line, back in moved
    ]
    if rows:
        mine = update(VoucherRow).where(VoucherRow.id == bindparam("voucher"))
        lines = mine.values(citizen=target, line=bindparam("new_line"), back=bindparam("new_back"))
        await db.execute(lines, rows)
