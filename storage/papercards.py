"""Paper cards: the sheets they were printed on, and whose each of them is.

A card holds no name. Nobody is behind it until it is first used; from then on it is a person's,
whose number may be the card's own. A card that was lost, or given away wrongly, is void for good.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Integer,
    Select,
    String,
    UniqueConstraint,
    and_,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules import cards
from storage.base import Base, Id, ShortId
from storage.citizens import CitizenRow
from storage.db import Db, insert
from storage.many import insert_all, plain


class SheetRow(Base):
    """Cards that were made together for a unit or team, whose `n`th sheet they are."""

    __tablename__ = "paper_sheets"
    __table_args__ = (
        UniqueConstraint("campaign", "unit", "n"),
        CheckConstraint("count > 0", name="count"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    unit: Mapped[str] = mapped_column(String(32))
    n: Mapped[int] = mapped_column(Integer)
    count: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    made_at: Mapped[datetime]


class PaperCardRow(Base):
    """One card. `citizen` is whose it is since it was first used; all moments are campaign time."""

    __tablename__ = "paper_cards"
    __table_args__ = (
        CheckConstraint(
            "(citizen IS NULL) = (used_at IS NULL) AND (used_at IS NULL) = (used_by IS NULL)",
            name="used",
        ),
        CheckConstraint("replaced_by IS NULL OR voided_at IS NOT NULL", name="replaced"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    sheet: Mapped[int] = mapped_column(Id, ForeignKey("paper_sheets.id"), index=True)
    unit: Mapped[str] = mapped_column(String(32), index=True)
    number: Mapped[str] = mapped_column(String(cards.LENGTH), unique=True)
    citizen: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(Id)
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[int | None] = mapped_column(Id)
    replaced_by: Mapped[int | None] = mapped_column(Id)


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet to be made."""

    campaign: int
    unit: str
    n: int
    count: int
    made_by: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, with how many of its cards are how."""

    id: int
    unit: str
    n: int
    count: int
    made_at: datetime
    unused: int = 0
    used: int = 0


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A card as it stands."""

    id: int
    campaign: int
    unit: str
    number: str
    citizen: int | None
    used_by: int | None
    voided_at: datetime | None
    replaced_by: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many cards: nobody's yet, in use, void."""

    unused: int = 0
    used: int = 0
    void: int = 0


_CARD = tuple(getattr(PaperCardRow, name) for name in PaperCard.__slots__)
_LIVE = PaperCardRow.voided_at.is_(None)
_UNUSED = and_(_LIVE, PaperCardRow.citizen.is_(None))
_USED = and_(_LIVE, PaperCardRow.citizen.is_not(None))


async def sheets_of(db: Db, campaign: int, unit: str) -> int:
    """Return how many sheets a unit has: the number of the next one, less one."""
    mine = (SheetRow.campaign == campaign, SheetRow.unit == unit)
    return int(await db.scalar(select(func.coalesce(func.max(SheetRow.n), 0)).where(*mine)) or 0)


async def begin(db: Db, new: NewSheet) -> int | None:
    """Begin a sheet and return its id; None if the unit has one of this number already."""
    made = insert(db, SheetRow).values(**plain(new)).on_conflict_do_nothing()
    found: int | None = await db.scalar(made.returning(SheetRow.id))
    return found


async def taken(db: Db, numbers: Collection[str]) -> set[str]:
    """Return which of these numbers are somebody's."""
    wanted = select(CitizenRow.number).where(CitizenRow.number.in_(numbers))
    return set(await db.scalars(wanted))


async def add(db: Db, sheet: Sheet, campaign: int, *, numbers: Sequence[str]) -> int:
    """Put cards of these numbers on a sheet; return how many were free of another's."""
    nobody = dict.fromkeys(
        ("citizen", "used_at", "used_by", "voided_at", "voided_by", "replaced_by")
    )
    rows = [
        {"campaign": campaign, "sheet": sheet.id, "unit": sheet.unit, "number": number, **nobody}
        for number in numbers
    ]
    return await insert_all(db, PaperCardRow, rows)


def _counting(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _sheets(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    columns = (SheetRow.id, SheetRow.unit, SheetRow.n, SheetRow.count, SheetRow.made_at)
    return (
        select(*columns, _counting(_UNUSED), _counting(_USED))
        .join(PaperCardRow, PaperCardRow.sheet == SheetRow.id, isouter=True)
        .where(*conditions)
        .group_by(*columns)
        .order_by(SheetRow.id.desc())
    )


async def sheet(db: Db, campaign: int, number: int) -> Sheet | None:
    """Return a sheet by its id."""
    wanted = _sheets(SheetRow.campaign == campaign, SheetRow.id == number)
    row = (await db.execute(wanted)).first()
    return None if row is None else Sheet(*row)


async def nth(db: Db, campaign: int, unit: str, *, n: int) -> Sheet | None:
    """Return a unit's sheet by its number there."""
    mine = (SheetRow.campaign == campaign, SheetRow.unit == unit, SheetRow.n == n)
    row = (await db.execute(_sheets(*mine))).first()
    return None if row is None else Sheet(*row)


async def newest(db: Db, campaign: int, unit: str, *, most: int) -> list[Sheet]:
    """Return a unit's sheets, the newest first."""
    mine = _sheets(SheetRow.campaign == campaign, SheetRow.unit == unit)
    return [Sheet(*row) for row in await db.execute(mine.limit(most))]


async def count(db: Db, campaign: int, units: Sequence[str] | None) -> Count:
    """Count the cards that were made for units, None for all."""
    wanted = select(
        _counting(_UNUSED), _counting(_USED), _counting(PaperCardRow.voided_at.is_not(None))
    ).where(PaperCardRow.campaign == campaign)
    if units is not None:
        wanted = wanted.where(PaperCardRow.unit.in_(units))
    return Count(*(await db.execute(wanted)).one())


async def unused(db: Db, sheet: int) -> list[str]:
    """Return the numbers of a sheet's cards that nobody has used, in their order."""
    wanted = select(PaperCardRow.number).where(PaperCardRow.sheet == sheet, _UNUSED)
    return list(await db.scalars(wanted.order_by(PaperCardRow.id)))


async def of(db: Db, campaign: int, number: int) -> PaperCard | None:
    """Return a card of a campaign by its id."""
    wanted = select(*_CARD).where(PaperCardRow.campaign == campaign, PaperCardRow.id == number)
    row = (await db.execute(wanted)).first()
    return None if row is None else PaperCard(*row)


async def numbered(db: Db, number: str) -> PaperCard | None:
    """Return a card by what is printed on it, whatever its campaign."""
    row = (await db.execute(select(*_CARD).where(PaperCardRow.number == number))).first()
    return None if row is None else PaperCard(*row)


async def held(db: Db, campaign: int, citizen: int) -> PaperCard | None:
    """Return the card that somebody uses now."""
    mine = (PaperCardRow.campaign == campaign, PaperCardRow.citizen == citizen, _LIVE)
    row = (await db.execute(select(*_CARD).where(*mine).limit(1))).first()
    return None if row is None else PaperCard(*row)


async def use(db: Db, card: int, *, citizen: int, by: int, at: datetime) -> bool:
    """Make a card somebody's; False if it is another's or void by now."""
    free = update(PaperCardRow).where(PaperCardRow.id == card, _UNUSED)
    taken = free.values(citizen=citizen, used_at=at, used_by=by)
    return await db.scalar(taken.returning(PaperCardRow.id)) is not None


async def void(db: Db, card: int, *, by: int, at: datetime) -> bool:
    """Make a card void; False if it is already."""
    gone = update(PaperCardRow).where(PaperCardRow.id == card, _LIVE)
    values = {"voided_at": at, "voided_by": by}
    return await db.scalar(gone.values(values).returning(PaperCardRow.id)) is not None


async def replaced(db: Db, card: int, other: int) -> None:
    """Note which card took the place of one that is void."""
    await db.execute(update(PaperCardRow).where(PaperCardRow.id == card).values(replaced_by=other))


async def forget(db: Db, citizen: int, *, at: datetime) -> None:
    """Make the cards of somebody who is erased nobody's, and void."""
    nobody = {"citizen": None, "used_at": None, "used_by": None}
    voided_at = func.coalesce(PaperCardRow.voided_at, at)
    mine = update(PaperCardRow).where(PaperCardRow.citizen == citizen)
    await db.execute(mine.values(**nobody, voided_at=voided_at))


async def purge(db: Db, campaign: int) -> None:
    """Forget the cards of a campaign that were never anybody's."""
    nobodys = (PaperCardRow.campaign == campaign, PaperCardRow.citizen.is_(None))
    await db.execute(delete(PaperCardRow).where(*nobodys))
