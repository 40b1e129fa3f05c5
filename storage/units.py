"""Units and teams: towns, bureaus, schools and learning teams, and who belongs to them."""

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.messages import Named, normal
from storage.base import Base, ShortId
from storage.citizens import CitizenRow
from storage.db import Db
from storage.many import insert_all, plain

TOWN, BUREAU, SCHOOL, TEAM = "town", "bureau", "school", "team"
KINDS = (TOWN, BUREAU, SCHOOL, TEAM)
CODE_LENGTH = 8
BEGINNING_MIN = 2


class UnitRow(Base):
    """A unit or team of a campaign; a team belongs to a town."""

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("kind IN ('town', 'bureau', 'school', 'team')", name="kind"),
        CheckConstraint("target >= 0", name="target"),
        Index("ix_units_kind", "campaign", "kind", "town"),
    )

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(64))
    name_en: Mapped[str] = mapped_column(String(100))
    town: Mapped[str | None] = mapped_column(String(32))
    target: Mapped[int] = mapped_column(Integer)
    must_join: Mapped[bool]
    reporter: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit or team. `target` is in participants, 0 for none; `reporter` reports for it."""

    code: str
    kind: str
    name: str
    name_en: str
    town: str | None = None
    target: int = 0
    must_join: bool = False
    reporter: str = ""

    @property
    def named(self) -> Named:
        """Return its name in both languages."""
        return Named(self.name, self.name_en)


def _unit(row: Row[Any]) -> Unit:
    return Unit(
        row.code,
        row.kind,
        row.name,
        row.name_en,
        row.town,
        row.target,
        must_join=row.must_join,
        reporter=row.reporter,
    )


def code_for(kind: str, town: str | None, name: str) -> str:
    """Make the code of an imported unit: the same file makes the same codes."""
    digest = hashlib.sha256(f"{kind}:{town or ''}:{normal(name)}".encode()).digest()
    return b32encode(digest).decode().lower()[:CODE_LENGTH]


async def put(db: Db, campaign: int, units: Sequence[Unit]) -> None:
    """Add units, or bring those there are up to date."""
    moved = ("kind", "name", "name_en", "town", "target", "must_join", "reporter")
    rows = [{"campaign": campaign, **plain(unit)} for unit in units]
    await insert_all(db, UnitRow, rows, moved=moved)


async def of(db: Db, campaign: int, code: str) -> Unit | None:
    """Return a unit by its code."""
    wanted = select(UnitRow).where(UnitRow.campaign == campaign, UnitRow.code == code)
    row = (await db.execute(wanted)).first()
    return None if row is None else _unit(row)


async def listed(
    db: Db, campaign: int, *, kind: str | None = None, town: str | None = None
) -> list[Unit]:
    """Return a campaign's units: of a kind, of a town, the biggest targets first, then by name."""
    wanted = select(UnitRow).where(UnitRow.campaign == campaign)
    if kind is not None:
        wanted = wanted.where(UnitRow.kind == kind)
    if town is not None:
        wanted = wanted.where(UnitRow.town == town)
    order = (UnitRow.kind, UnitRow.target.desc(), UnitRow.name, UnitRow.code)
    return [_unit(row) for row in await db.execute(wanted.order_by(*order))]


async def found(db: Db, campaign: int, words: str) -> list[Unit]:
    """Return the units that words may mean: by code, else by whole name, else by its beginning."""
    name = normal(words)
    if len(name) < BEGINNING_MIN:
        return []
    units = await listed(db, campaign)
    names = {unit.code: {normal(unit.name), normal(unit.name_en)} for unit in units}
    for meant in (
        [unit for unit in units if unit.code == name],
        [unit for unit in units if name in names[unit.code]],
        [unit for unit in units if any(one.startswith(name) for one in names[unit.code])],
    ):
        if meant:
            return meant
    return []


def belongs(codes: Iterable[str]) -> ColumnElement[bool]:
    """Say, as a condition on citizens, who belongs to any of these units and teams."""
    codes = list(codes)
    return or_(CitizenRow.town.in_(codes), CitizenRow.unit.in_(codes), CitizenRow.team.in_(codes))


async def belongs_to(db: Db, citizen: int, codes: Sequence[str]) -> bool:
    """Say whether somebody belongs to any of these units and teams."""
    wanted = select(CitizenRow.id).where(CitizenRow.id == citizen, belongs(codes))
    return await db.scalar(wanted) is not None


def _takes_part() -> tuple[ColumnElement[bool], ...]:
    return CitizenRow.consented_at.is_not(None), CitizenRow.town.is_not(None)


async def people(
    db: Db, codes: Sequence[str], *, after: int = 0, most: int | None = None
) -> list[int]:
    """Return those who take part and belong to these units, whose ids follow a number."""
    wanted = select(CitizenRow.id).where(CitizenRow.id > after, *_takes_part(), belongs(codes))
    return list(await db.scalars(wanted.order_by(CitizenRow.id).limit(most)))


async def count_people(db: Db, codes: Sequence[str]) -> int:
    """Return how many take part and belong to these units."""
    wanted = select(func.count()).select_from(CitizenRow).where(*_takes_part(), belongs(codes))
    return int(await db.scalar(wanted) or 0)
