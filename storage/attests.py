"""What organisers attested for people with a paper card, and who confirmed it.

The deed and its line are at the till, as any; here stands on whose word. A row goes with its line
by the person, the day, the activity and the moment, which stay the same when two become one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.citizens import CitizenRow
from storage.db import Db, insert_one
from storage.ledger import SCORED, LineRow, is_reversed
from storage.units import belongs


class State(StrEnum):
    """How something attested stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"  # by a second person, or by whom it is about
    VOID = "void"  # nobody confirmed it in time
    DENIED = "denied"  # somebody said that it was not so
    UNPAID = "unpaid"  # it paid nothing, so there is nothing to confirm
    LEFT = "left"  # whom it is about left with everything


class AttestRow(Base):
    """Something an organiser attested; `decided_by` is nobody where the time decided."""

    __tablename__ = "attests"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'confirmed', 'void', 'denied', 'unpaid', 'left')", name="state"
        ),
        CheckConstraint("state <> 'confirmed' OR decided_by <> \"by\"", name="second"),
        CheckConstraint("(decided_at IS NULL) = (state IN ('waiting', 'unpaid'))", name="decided"),
        Index("ix_attests_state", "state", "day"),
        Index("ix_attests_unit", "campaign", "unit"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    card: Mapped[int] = mapped_column(Id)
    unit: Mapped[str] = mapped_column(String(32))
    activity: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    day: Mapped[date]
    points: Mapped[int] = mapped_column(Integer)
    acted_at: Mapped[datetime]
    by: Mapped[int] = mapped_column(Id, index=True)
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[int | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class NewAttest:
    """Something attested, to be noted."""

    campaign: int
    citizen: int
    card: int
    unit: str
    activity: str
    subject: str
    day: date
    points: int
    acted_at: datetime
    by: int


@dataclass(frozen=True, slots=True)
class Attest:
    """Something attested, as it stands, with the card number of whom it is about."""

    id: int
    citizen: int
    unit: str
    activity: str
    subject: str
    day: date
    points: int
    acted_at: datetime
    by: int
    state: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How much was attested: all of it, and of that what waits, and what is void or denied."""

    every: int = 0
    waiting: int = 0
    void: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose attests: of a campaign, of the people of some units, None for all."""

    campaign: int
    units: Sequence[str] | None = None


_ATTEST = tuple(getattr(AttestRow, name) for name in Attest.__slots__ if name != "number")
_WAITING = AttestRow.state == State.WAITING


def its_line() -> ColumnElement[bool]:
    """Say, as a condition, that a line of the ledger is the one somebody attested."""
    return and_(
        LineRow.citizen == AttestRow.citizen,
        LineRow.campaign == AttestRow.campaign,
        LineRow.day == AttestRow.day,
        LineRow.activity == AttestRow.activity,
        LineRow.acted_at == AttestRow.acted_at,
        LineRow.kind.in_(SCORED),
    )


def _among(scope: Scope) -> Iterable[ColumnElement[bool]]:
    mine = (
        true()
        if scope.units is None
        else or_(AttestRow.unit.in_(scope.units), belongs(scope.units))
    )
    return AttestRow.campaign == scope.campaign, mine


async def add(db: Db, new: NewAttest, state: State) -> int:
    """Note something attested and return its id."""
    values = {name: getattr(new, name) for name in new.__slots__}
    return await insert_one(db, AttestRow, **values, state=state)


async def of(db: Db, campaign: int, number: int) -> Attest | None:
    """Return something attested by its id."""
    wanted = (
        select(*_ATTEST, CitizenRow.number)
        .join(CitizenRow, CitizenRow.id == AttestRow.citizen)
        .where(AttestRow.campaign == campaign, AttestRow.id == number)
    )
    row = (await db.execute(wanted)).first()
    return None if row is None else Attest(*row)


async def waiting(db: Db, scope: Scope, *, offset: int, limit: int) -> list[Attest]:
    """Return what waits for somebody to confirm it, the oldest first."""
    wanted = (
        select(*_ATTEST, CitizenRow.number)
        .join(CitizenRow, CitizenRow.id == AttestRow.citizen)
        .where(_WAITING, *_among(scope))
        .order_by(AttestRow.day, AttestRow.id)
    )
    return [Attest(*row) for row in await db.execute(wanted.offset(offset).limit(limit))]


async def count(db: Db, scope: Scope) -> Count:
    """Count what was attested."""
    lost = AttestRow.state.in_((State.VOID, State.DENIED))
    wanted = (
        select(
            func.count(AttestRow.id), func.count(case((_WAITING, 1))), func.count(case((lost, 1)))
        )
        .join(CitizenRow, CitizenRow.id == AttestRow.citizen)
        .where(*_among(scope))
    )
    return Count(*(await db.execute(wanted)).one())


async def count_waiting(db: Db, scope: Scope, *, but: int) -> int:
    """Count what waits for somebody who may confirm it: not what they attested themselves."""
    wanted = (
        select(func.count(AttestRow.id))
        .join(CitizenRow, CitizenRow.id == AttestRow.citizen)
        .where(_WAITING, AttestRow.by != but, *_among(scope))
    )
    return int(await db.scalar(wanted) or 0)


async def is_among(db: Db, scope: Scope, number: int) -> bool:
    """Say whether something attested is about the people of these units."""
    wanted = select(AttestRow.id).join(CitizenRow, CitizenRow.id == AttestRow.citizen)
    return await db.scalar(wanted.where(AttestRow.id == number, *_among(scope))) is not None


async def of_person(db: Db, campaign: int, citizen: int) -> int:
    """Count what waits about somebody."""
    mine = (AttestRow.campaign == campaign, AttestRow.citizen == citizen)
    return int(await db.scalar(select(func.count(AttestRow.id)).where(_WAITING, *mine)) or 0)


async def confirm(db: Db, scope: Scope, numbers: Collection[int], *, by: int, at: datetime) -> int:
    """Confirm what waits, of others' attests among these; return how many."""
    mine = (
        select(AttestRow.id)
        .join(CitizenRow, CitizenRow.id == AttestRow.citizen)
        .where(AttestRow.id.in_(numbers), AttestRow.by != by, *_among(scope))
    )
    yes = update(AttestRow).where(_WAITING, AttestRow.id.in_(mine))
    values = {"state": State.CONFIRMED, "decided_by": by, "decided_at": at}
    return len(list(await db.scalars(yes.values(values).returning(AttestRow.id))))


async def own(db: Db, citizen: int, *, at: datetime) -> int:
    """Let somebody confirm all that waits about themselves; return how many."""
    mine = (AttestRow.citizen == citizen, AttestRow.by != citizen)
    yes = update(AttestRow).where(_WAITING, *mine)
    values = {"state": State.CONFIRMED, "decided_by": citizen, "decided_at": at}
    return len(list(await db.scalars(yes.values(values).returning(AttestRow.id))))


async def own_void(db: Db, citizen: int, *, at: datetime) -> None:
    """Confirm what waits about somebody whose line a link left behind: they had done it as well."""
    no_line = ~exists().where(its_line())
    mine = update(AttestRow).where(_WAITING, AttestRow.citizen == citizen, no_line)
    values = {"state": State.CONFIRMED, "decided_by": citizen, "decided_at": at}
    await db.execute(mine.where(AttestRow.by != citizen).values(values))


async def decide(db: Db, number: int, state: State, *, by: int | None, at: datetime) -> bool:
    """Say how something that waits ends; False if it does not wait any more."""
    ended = update(AttestRow).where(AttestRow.id == number, _WAITING)
    values = {"state": state, "decided_by": by, "decided_at": at}
    return await db.scalar(ended.values(values).returning(AttestRow.id)) is not None


async def due(db: Db, campaign: int, before: date, *, most: int) -> list[int]:
    """Return what nobody confirmed of days before one."""
    wanted = select(AttestRow.id).where(
        _WAITING, AttestRow.day < before, AttestRow.campaign == campaign
    )
    return list(await db.scalars(wanted.order_by(AttestRow.day, AttestRow.id).limit(most)))


async def hold(db: Db, numbers: Collection[int]) -> list[Attest]:
    """Lock what still waits among these, against who would confirm it, and return it."""
    wanted = select(*_ATTEST).where(AttestRow.id.in_(numbers), _WAITING).order_by(AttestRow.id)
    rows = await db.execute(wanted.with_for_update(skip_locked=True))
    return [Attest(*row) for row in rows]


async def line(db: Db, number: int) -> int | None:
    """Return the number of the line that was attested; None if none of it stands any more."""
    wanted = (
        select(LineRow.line)
        .join(AttestRow, its_line())
        .where(AttestRow.id == number, ~is_reversed())
    )
    found: int | None = await db.scalar(wanted.limit(1))
    return found


async def attesters(db: Db, campaign: int) -> dict[str, set[int]]:
    """Return who attested what waits, by the unit of the card."""
    wanted = select(AttestRow.unit, AttestRow.by).where(_WAITING, AttestRow.campaign == campaign)
    found: dict[str, set[int]] = {}
    for unit, by in await db.execute(wanted.distinct()):
        found.setdefault(unit, set()).add(by)
    return found


async def last_item(db: Db, campaign: int, by: int, *, day: date) -> int | None:
    """Return the item that somebody attested last on a day: it is often the next one's as well."""
    items = (AttestRow.subject != "", AttestRow.subject.not_like("%:%"))
    mine = (AttestRow.campaign == campaign, AttestRow.by == by, AttestRow.day == day)
    wanted = select(AttestRow.subject).where(*mine, *items).order_by(AttestRow.id.desc()).limit(1)
    found = await db.scalar(wanted)
    return int(found) if found is not None and found.isdecimal() else None


async def about(
    db: Db, campaign: int, citizen: int, *, days: Collection[date]
) -> dict[tuple[str, datetime], str]:
    """Return how what was attested for somebody on some days stands, by activity and moment."""
    mine = (AttestRow.campaign == campaign, AttestRow.citizen == citizen)
    wanted = select(AttestRow.activity, AttestRow.acted_at, AttestRow.state)
    rows = await db.execute(wanted.where(*mine, AttestRow.day.in_(days)))
    return {(activity, at): state for activity, at, state in rows}


async def forget(db: Db, citizen: int, *, at: datetime) -> None:
    """Leave nothing open about somebody who is erased."""
    mine = update(AttestRow).where(AttestRow.citizen == citizen, _WAITING)
    await db.execute(mine.values(state=State.LEFT, decided_by=None, decided_at=at))
