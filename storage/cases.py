"""Cases: what a unit noted of its season, shortly and with pictures, for its summary report."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert, insert_one

FIELDS = ("title", "happened", "who", "story")
"""What a case says: its title, when it happened, who took part, what happened."""


class CaseRow(Base):
    """A case of a unit; one that was deleted can be brought back for a while."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_unit", "campaign", "unit", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    unit: Mapped[str] = mapped_column(String(32))
    added_by: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    happened: Mapped[str] = mapped_column(String(200))
    who: Mapped[str] = mapped_column(String(200))
    story: Mapped[str] = mapped_column(Text)
    chosen: Mapped[bool]
    added_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(index=True)


class CasePictureRow(Base):
    """A picture of a case; its content is in the cabinet, by this hash."""

    __tablename__ = "case_pictures"
    __table_args__ = (UniqueConstraint("case", "hash"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    case: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"))
    hash: Mapped[str] = mapped_column(String(64))
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    bytes: Mapped[int] = mapped_column(Integer)
    caption: Mapped[str] = mapped_column(String(200))


@dataclass(frozen=True, slots=True)
class Case:
    """A case; empty texts are still to be told. `chosen` ones go into the report."""

    id: int
    unit: str
    title: str
    happened: str
    who: str
    story: str
    chosen: bool
    added_at: datetime
    deleted_at: datetime | None
    pictures: int

    @property
    def untold(self) -> tuple[str, ...]:
        """Return which texts are missing."""
        return tuple(field for field in FIELDS if not getattr(self, field))


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as it begins."""

    unit: str
    title: str
    by: int
    at: datetime
    chosen: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a case, by its hash, in pixels."""

    id: int
    hash: str
    width: int
    height: int
    caption: str


_PICTURES = (
    select(func.count())
    .select_from(CasePictureRow)
    .where(CasePictureRow.case == CaseRow.id)
    .scalar_subquery()
)
_COLUMNS = (
    CaseRow.id,
    CaseRow.unit,
    CaseRow.title,
    CaseRow.happened,
    CaseRow.who,
    CaseRow.story,
    CaseRow.chosen,
    CaseRow.added_at,
    CaseRow.deleted_at,
    _PICTURES,
)


async def add(db: Db, campaign: int, new: NewCase) -> int:
    """Begin a case and return its number."""
    texts = dict.fromkeys(FIELDS, "") | {"title": new.title}
    added = {"campaign": campaign, "unit": new.unit, "added_by": new.by, "added_at": new.at}
    return await insert_one(db, CaseRow, **added, **texts, chosen=new.chosen)


async def of(db: Db, campaign: int, case: int) -> Case | None:
    """Return a case, also one that was deleted."""
    wanted = select(*_COLUMNS).where(CaseRow.id == case, CaseRow.campaign == campaign)
    row = (await db.execute(wanted)).first()
    return None if row is None else Case(*row)


async def hold(db: Db, case: int) -> None:
    """Keep others from changing a case until this transaction is over."""
    await db.execute(select(CaseRow.id).where(CaseRow.id == case).with_for_update())


def _there(campaign: int, unit: str) -> tuple[ColumnElement[bool], ...]:
    return CaseRow.campaign == campaign, CaseRow.unit == unit, CaseRow.deleted_at.is_(None)


async def count(db: Db, campaign: int, unit: str, *, chosen: bool = False) -> int:
    """Return how many cases a unit has, or only the chosen ones."""
    wanted = select(func.count()).select_from(CaseRow).where(*_there(campaign, unit))
    if chosen:
        wanted = wanted.where(CaseRow.chosen)
    return int(await db.scalar(wanted) or 0)


async def listed(db: Db, campaign: int, unit: str, *, offset: int, limit: int) -> list[Case]:
    """Return a page of a unit's cases, the newest first."""
    wanted = select(*_COLUMNS).where(*_there(campaign, unit)).order_by(CaseRow.id.desc())
    return [Case(*row) for row in await db.execute(wanted.offset(offset).limit(limit))]


async def chosen(db: Db, campaign: int, unit: str) -> list[Case]:
    """Return the cases that go into a unit's report, the oldest first."""
    wanted = select(*_COLUMNS).where(*_there(campaign, unit), CaseRow.chosen)
    return [Case(*row) for row in await db.execute(wanted.order_by(CaseRow.id))]


async def change(db: Db, case: int, **values: Any) -> None:
    """Change what a case says, whether it is chosen, or when it was deleted."""
    await db.execute(update(CaseRow).where(CaseRow.id == case).values(values))


async def pictures(db: Db, case: int) -> list[Picture]:
    """Return a case's pictures in the order in which they came."""
    wanted = select(
        CasePictureRow.id,
        CasePictureRow.hash,
        CasePictureRow.width,
        CasePictureRow.height,
        CasePictureRow.caption,
    ).where(CasePictureRow.case == case)
    return [Picture(*row) for row in await db.execute(wanted.order_by(CasePictureRow.id))]


async def add_picture(
    db: Db, case: int, hashed: str, *, size: tuple[int, int, int], caption: str
) -> bool:
    """Add a picture, of so many pixels across and down and so many bytes; False if it is there."""
    width, height, weight = size
    values = {"case": case, "hash": hashed, "width": width, "height": height, "bytes": weight}
    made = insert(db, CasePictureRow).values(**values, caption=caption).on_conflict_do_nothing()
    return await db.scalar(made.returning(CasePictureRow.id)) is not None


async def drop_picture(db: Db, case: int, picture: int) -> None:
    """Take a picture away from a case."""
    await db.execute(
        delete(CasePictureRow).where(CasePictureRow.case == case, CasePictureRow.id == picture)
    )


async def hashes(db: Db) -> set[str]:
    """Return the hashes of all pictures there are."""
    return set(await db.scalars(select(CasePictureRow.hash)))


async def purge(db: Db, before: datetime) -> None:
    """Forget cases that were deleted a while ago, with their pictures."""
    gone = list(await db.scalars(select(CaseRow.id).where(CaseRow.deleted_at < before)))
    if gone:
        await db.execute(delete(CasePictureRow).where(CasePictureRow.case.in_(gone)))
        await db.execute(delete(CaseRow).where(CaseRow.id.in_(gone)))
