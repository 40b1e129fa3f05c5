"""The catalogue: what can be read, heard and watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.db import Db

WORD_LENGTH_MAX = 64
ESCAPE = "\\"


class ItemRow(Base):
    """A book, an audiobook or a video behind a link.

    `found` is what search compares: title, author and tags, normalised, in three lines;
    `initials` are the first letters of the title's pinyin. A retired item is no longer offered;
    whoever opened it may still finish it.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("kind", "url"),
        Index("ix_items_kind_title", "kind", "title"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    author: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(1000))
    minutes: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[str] = mapped_column(String(16))
    tags: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(String(1000))
    found: Mapped[str] = mapped_column(String(900))
    initials: Mapped[str] = mapped_column(String(300))
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Item:
    """What the rest of the program may know of an item; `minutes` is how long it takes."""

    id: int
    kind: str
    title: str
    author: str
    url: str
    minutes: int
    summary: str
    retired: bool


COLUMNS = (
    ItemRow.id,
    ItemRow.kind,
    ItemRow.title,
    ItemRow.author,
    ItemRow.url,
    ItemRow.minutes,
    ItemRow.summary,
    ItemRow.retired_at,
)


def of_row(row: Sequence[Any]) -> Item:
    """Make an item of a row of `COLUMNS`."""
    number, kind, title, author, url, minutes, summary, retired_at = row
    return Item(number, kind, title, author, url, minutes, summary, retired=retired_at is not None)


_GET = select(*COLUMNS).where(ItemRow.id == bindparam("item"))


async def get(db: Db, item: int) -> Item | None:
    """Return an item, retired or not."""
    row = (await db.execute(_GET, {"item": item})).first()
    return None if row is None else of_row(row)


async def titles(db: Db, ids: Sequence[int]) -> dict[int, str]:
    """Return the titles of items, retired or not."""
    if not ids:
        return {}
    wanted = select(ItemRow.id, ItemRow.title).where(ItemRow.id.in_(set(ids)))
    return {item: title for item, title in await db.execute(wanted)}  # noqa: C416 - rows, not pairs


async def several(db: Db, ids: Sequence[int]) -> dict[int, Item]:
    """Return items by their ids, retired or not."""
    if not ids:
        return {}
    rows = await db.execute(select(*COLUMNS).where(ItemRow.id.in_(set(ids))))
    return {item.id: item for item in map(of_row, rows)}


async def ids(db: Db, kind: str) -> list[int]:
    """Return the ids of all items of a kind that are offered."""
    wanted = select(ItemRow.id).where(ItemRow.kind == kind, ItemRow.retired_at.is_(None))
    return list(await db.scalars(wanted.order_by(ItemRow.id)))


_OFFERED = (ItemRow.kind == bindparam("kind"), ItemRow.retired_at.is_(None))
_COUNT = select(func.count()).where(*_OFFERED)
_PAGE = (
    select(*COLUMNS)
    .where(*_OFFERED)
    .order_by(ItemRow.title, ItemRow.id)
    .offset(bindparam("from"))
    .limit(bindparam("most"))
)


async def count(db: Db, kind: str) -> int:
    """Return how many items of a kind are offered."""
    return int(await db.scalar(_COUNT, {"kind": kind}) or 0)


async def page(db: Db, kind: str, *, offset: int, limit: int) -> list[Item]:
    """Return one page of a section, by title."""
    asked = {"kind": kind, "from": offset, "most": limit}
    return [of_row(row) for row in await db.execute(_PAGE, asked)]


def _like(word: str) -> str:
    """Return a word as LIKE takes it literally."""
    for sign in (ESCAPE, "%", "_"):
        word = word.replace(sign, ESCAPE + sign)
    return word


def _holding(words: Sequence[str]) -> list[ColumnElement[bool]]:
    asked = [_like(word[:WORD_LENGTH_MAX]) for word in words]
    return [
        ItemRow.retired_at.is_(None),
        *(
            or_(
                ItemRow.found.like(f"%{word}%", escape=ESCAPE),
                ItemRow.initials.like(f"%{word}%", escape=ESCAPE),
            )
            for word in asked
        ),
    ]


async def count_found(db: Db, words: Sequence[str]) -> int:
    """Return how many items `search` finds."""
    return int(await db.scalar(select(func.count()).where(*_holding(words))) or 0)


async def search(db: Db, words: Sequence[str], *, offset: int, limit: int) -> list[Item]:
    """Find items that hold every word in title, author or tags, or as initials of the title.

    Words are compared normalised. Titles that begin with the first word come first, then those
    whose initials do, then the rest.
    """
    first = _like(words[0][:WORD_LENGTH_MAX])
    nearness = case(
        (ItemRow.found.like(f"{first}%", escape=ESCAPE), 0),
        (ItemRow.initials.like(f"{first}%", escape=ESCAPE), 1),
        else_=2,
    )
    wanted = (
        select(*COLUMNS)
        .where(*_holding(words))
        .order_by(nearness, ItemRow.title, ItemRow.id)
        .offset(offset)
        .limit(limit)
    )
    return [of_row(row) for row in await db.execute(wanted)]
