"""What a citizen has, kept beside the ledger so that no reply has to add it up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    and_,
    bindparam,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from storage.base import Base, Id, ShortId
from storage.citizens import ACCOUNTS, CALLED, IDS, Account, AccountRow, CitizenRow
from storage.db import Db
from storage.ledger import SCORED, LineRow
from storage.many import Query, dialect, insert_all


class TotalsRow(Base):
    """A citizen's totals in one campaign; moved in the transaction that books the lines."""

    __tablename__ = "totals"
    __table_args__ = (
        CheckConstraint("earned >= 0", name="earned"),
        CheckConstraint("balance >= 0 AND debt >= 0 AND (balance = 0 OR debt = 0)", name="balance"),
        CheckConstraint("lines >= 0", name="lines"),
        # Ranks are counted along these: all columns one way, so that a row compares as a whole.
        Index(
            "ix_totals_rank",
            *("campaign", "earned", "visit_days", "finished", "lives", "haste", "citizen"),
            sqlite_where=text("erased = 0"),
            postgresql_where=text("NOT erased"),
        ),
        Index(
            "ix_totals_town_rank",
            *("campaign", "town", "earned", "visit_days", "finished", "lives", "haste", "citizen"),
            sqlite_where=text("erased = 0"),
            postgresql_where=text("NOT erased"),
        ),
    )

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    lines: Mapped[int] = mapped_column(Integer)
    earned: Mapped[int] = mapped_column(Integer)
    balance: Mapped[int] = mapped_column(Integer)
    debt: Mapped[int] = mapped_column(Integer)
    visits: Mapped[bytes] = mapped_column(LargeBinary)
    town: Mapped[str | None] = mapped_column(String(32))
    haste: Mapped[int] = mapped_column(BigInteger)
    visit_days: Mapped[int] = mapped_column(Integer)
    finished: Mapped[int] = mapped_column(Integer)
    lives: Mapped[int] = mapped_column(Integer)
    erased: Mapped[bool] = mapped_column(default=False)
    first_day: Mapped[date | None]
    back_day: Mapped[date | None]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a citizen has: points earned and to spend, ledger lines, check-in days as bits."""

    lines: int = 0
    earned: int = 0
    balance: int = 0
    debt: int = 0
    visits: int = 0
    town: str | None = None
    """The town of the first scored line: the participant counts there."""
    haste: int = 0
    """Who got there first: minus the microseconds since 1970 at which `earned` was last raised."""
    visit_days: int = 0
    finished: int = 0
    """Items finished, scored or not."""
    lives: int = 0
    """Livestreams joined."""
    first_day: date | None = None
    """The day of the first scored line."""
    back_day: date | None = None
    """The day of the scored line by which they came back, within seven days of the first."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who acts on an account, as the till sees them under its lock."""

    citizen: int
    town: str | None
    consented: bool
    scores_from: date | None
    language: str | None
    totals: Totals
    called: str | None = None
    """What they are called, where several read on the account; None where nobody else does."""
    merged: bool = False
    """They became another person: nothing more is booked here."""


COLUMNS = (
    TotalsRow.lines,
    TotalsRow.earned,
    TotalsRow.balance,
    TotalsRow.debt,
    TotalsRow.visits,
    TotalsRow.town,
    TotalsRow.haste,
    TotalsRow.visit_days,
    TotalsRow.finished,
    TotalsRow.lives,
    TotalsRow.first_day,
    TotalsRow.back_day,
)
MOVED = tuple(column.key for column in COLUMNS)


def _totals(row: Sequence[Any]) -> Totals:
    lines, earned, balance, debt, visits, *more = row
    if lines is None:  # nothing was booked yet
        return Totals()
    return Totals(lines, earned, balance, debt, int.from_bytes(visits, "little"), *more)


async def of_accounts(
    db: Db, campaign: int, accounts: Collection[Account]
) -> dict[Account, Reader]:
    """Read who acts on each account, and what they have. Call it under their lock."""
    if not accounts:
        return {}
    given = {"campaign": campaign, **ACCOUNTS.rows(dialect(db), accounts)}
    return {
        Account(channel, sender): Reader(
            citizen, town, at is not None, scores_from, language, _totals(has), called
        )
        for channel, sender, language, called, citizen, town, at, scores_from, *has in (
            await db.execute(_of_accounts(dialect(db)), given)
        )
    }


async def of_citizens(db: Db, campaign: int, ids: Collection[int]) -> dict[int, Reader]:
    """Read what citizens have, by id. Call it under their lock."""
    if not ids:
        return {}
    given = {"campaign": campaign, **IDS.rows(dialect(db), [(citizen,) for citizen in ids])}
    return {
        citizen: Reader(
            citizen,
            town,
            at is not None,
            scores_from,
            None,
            _totals(has),
            merged=merged is not None,
        )
        for merged, citizen, town, at, scores_from, *has in await db.execute(
            _of_citizens(dialect(db)), given
        )
    }


_READER = (
    CitizenRow.id,
    CitizenRow.town,
    CitizenRow.consented_at,
    CitizenRow.scores_from,
    *COLUMNS,
)
_ITS = and_(TotalsRow.citizen == CitizenRow.id, TotalsRow.campaign == bindparam("campaign"))


@cache
def _of_accounts(named: str) -> Query:
    wanted = (
        select(AccountRow.channel, AccountRow.sender, AccountRow.language, CALLED, *_READER)
        .join(CitizenRow, AccountRow.citizen == CitizenRow.id)
        .outerjoin(TotalsRow, _ITS)
    )
    return ACCOUNTS.find(named, wanted)


@cache
def _of_citizens(named: str) -> Query:
    wanted = select(CitizenRow.merged_into, *_READER).select_from(CitizenRow)
    return IDS.find(named, wanted.outerjoin(TotalsRow, _ITS))


_MINE = (TotalsRow.citizen == bindparam("who"), TotalsRow.campaign == bindparam("here"))
_OF = select(*COLUMNS).where(*_MINE)


async def of(db: Db, campaign: int, citizen: int) -> Totals:
    """Read what one citizen has."""
    found = (await db.execute(_OF, {"who": citizen, "here": campaign})).first()
    return Totals() if found is None else _totals(found)


async def campaigns(db: Db, citizen: int) -> set[int]:
    """Return the campaigns in which somebody has totals."""
    return set(await db.scalars(select(TotalsRow.campaign).where(TotalsRow.citizen == citizen)))


@cache
def _with_day() -> Query:
    who, here = bindparam("who", type_=Id), bindparam("here", type_=ShortId)
    other = aliased(TotalsRow)
    elsewhere = exists().where(other.citizen == who, other.campaign != here)
    todays = and_(
        LineRow.citizen == TotalsRow.citizen,
        LineRow.campaign == TotalsRow.campaign,
        LineRow.day == bindparam("today"),
        LineRow.kind.in_(SCORED),
    )
    paid = (LineRow.activity, func.sum(LineRow.points), func.max(LineRow.cap))
    return (
        select(*paid, elsewhere, *COLUMNS)
        .select_from(CitizenRow)
        .outerjoin(TotalsRow, and_(TotalsRow.citizen == CitizenRow.id, TotalsRow.campaign == here))
        .outerjoin(LineRow, todays)
        .where(CitizenRow.id == who)
        .group_by(LineRow.activity, *COLUMNS)
    )


async def with_day(
    db: Db, campaign: int, citizen: int, *, day: date
) -> tuple[Totals, dict[str, int], bool]:
    """Read what one citizen has, what each activity paid on a day, and whether there is a past.

    That is, totals in another campaign. One statement, as it is asked at each look at one's points.
    """
    asked = {"who": citizen, "here": campaign, "today": day}
    rows = (await db.execute(_with_day(), asked)).all()
    if not rows:
        return Totals(), {}, False
    paid = {
        activity: min(int(points), int(cap or 0)) for activity, points, cap, *_ in rows if activity
    }
    _, _, _, before, *has = rows[0]
    return _totals(has), paid, before


async def put(db: Db, campaign: int, changed: Sequence[tuple[int, Totals]]) -> None:
    """Write totals. Whoever booked lines under the same lock is the only one who does."""
    rows = [
        {
            "citizen": citizen,
            "campaign": campaign,
            "lines": now.lines,
            "earned": now.earned,
            "balance": now.balance,
            "debt": now.debt,
            "visits": now.visits.to_bytes((now.visits.bit_length() + 7) // 8, "little"),
            "town": now.town,
            "haste": now.haste,
            "visit_days": now.visit_days,
            "finished": now.finished,
            "lives": now.lives,
            "erased": False,
            "first_day": now.first_day,
            "back_day": now.back_day,
        }
        for citizen, now in changed
    ]
    await insert_all(db, TotalsRow, rows, moved=MOVED)
