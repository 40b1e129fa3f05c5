"""A citizen's shelf: what was opened, what is finished, what is kept."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import items
from storage.base import Base, Id, ShortId
from storage.citizens import Account, AccountRow
from storage.db import Db, Insert, insert
from storage.items import Item, ItemRow
from storage.many import dialect, insert_into


class OpeningRow(Base):
    """An item a citizen opened. Opening again does not restart it; a finish closes it.

    `closed_by` is the message that finished it, so that its retry is told from another try.
    """

    __tablename__ = "openings"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    item: Mapped[int] = mapped_column(Id, ForeignKey("items.id"), primary_key=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(40))
    finishes: Mapped[int] = mapped_column(Integer)


class KeptRow(Base):
    """An item a citizen keeps."""

    __tablename__ = "kept"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    item: Mapped[int] = mapped_column(Id, ForeignKey("items.id"), primary_key=True)
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Opening:
    """When an item was opened and, if it was finished since, by which message."""

    opened_at: datetime
    closed_by: str | None
    finishes: int


class AtHand(NamedTuple):
    """Who is behind an account, an item, and what it is to them; None for what there is not."""

    citizen: int | None
    item: Item | None
    opening: Opening | None
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items a citizen has under way, finished and kept."""

    going: int
    finished: int
    kept: int


GOING, FINISHED, KEPT = "going", "finished", "kept"


async def open_item(db: Db, citizen: int, campaign: int, *, item: int, at: datetime) -> None:
    """Note that a citizen opened an item; if it is open already, its time runs on."""
    values = {"citizen": citizen, "campaign": campaign, "item": item, "opened_at": at}
    await db.execute(_open(dialect(db)), {**values, "finishes": 0})


# What opening and finishing an item ask is built once: building takes longer than asking.
@cache
def _open(named: str) -> Insert:
    made = insert_into(named, OpeningRow)
    return made.on_conflict_do_update(
        index_elements=[OpeningRow.citizen, OpeningRow.campaign, OpeningRow.item],
        set_={"opened_at": made.excluded.opened_at, "closed_at": None, "closed_by": None},
        where=OpeningRow.closed_at.is_not(None),
    )


_AT_HAND = (
    select(
        AccountRow.citizen,
        OpeningRow.opened_at,
        OpeningRow.closed_by,
        OpeningRow.finishes,
        KeptRow.at,
        *items.COLUMNS,
    )
    .select_from(ItemRow)
    .outerjoin(
        AccountRow,
        and_(AccountRow.channel == bindparam("channel"), AccountRow.sender == bindparam("sender")),
    )
    .outerjoin(
        OpeningRow,
        and_(
            OpeningRow.citizen == AccountRow.citizen,
            OpeningRow.campaign == bindparam("campaign"),
            OpeningRow.item == ItemRow.id,
        ),
    )
    .outerjoin(KeptRow, and_(KeptRow.citizen == AccountRow.citizen, KeptRow.item == ItemRow.id))
    .where(ItemRow.id == bindparam("item"))
)


async def at_hand(db: Db, account: Account, campaign: int, *, item: int) -> AtHand:
    """Return all of that in one statement."""
    asked = {
        "channel": account.channel,
        "sender": account.sender,
        "campaign": campaign,
        "item": item,
    }
    row: tuple[Any, ...] | None = (await db.execute(_AT_HAND, asked)).first()
    if row is None:
        return AtHand(None, None, None, is_kept=False)
    citizen, opened_at, closed_by, finishes, kept_at, *known = row
    opening = None if opened_at is None else Opening(opened_at, closed_by, finishes)
    return AtHand(citizen, items.of_row(known), opening, is_kept=kept_at is not None)


async def opened(db: Db, citizen: int, campaign: int, *, item: int) -> Opening | None:
    """Return a citizen's opening of an item, None if there never was one."""
    wanted = select(OpeningRow.opened_at, OpeningRow.closed_by, OpeningRow.finishes).where(
        OpeningRow.citizen == citizen, OpeningRow.campaign == campaign, OpeningRow.item == item
    )
    row = (await db.execute(wanted)).first()
    return None if row is None else Opening(*row)


_CLOSE = (
    update(cast("Table", OpeningRow.__table__))
    .where(
        OpeningRow.citizen == bindparam("whose"),
        OpeningRow.campaign == bindparam("here"),
        OpeningRow.item == bindparam("what"),
        OpeningRow.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"), closed_by=bindparam("by"), finishes=OpeningRow.finishes + 1)
)


async def close(db: Db, citizen: int, campaign: int, *, item: int, at: datetime, by: str) -> None:
    """Close an opening that was finished by a message."""
    asked = {"whose": citizen, "here": campaign, "what": item, "at": at, "by": by}
    await db.execute(_CLOSE, asked)


async def keep(db: Db, citizen: int, *, item: int, at: datetime) -> None:
    """Put an item among the kept ones; again changes nothing."""
    made = insert(db, KeptRow).values(citizen=citizen, item=item, at=at)
    await db.execute(made.on_conflict_do_nothing())


async def drop(db: Db, citizen: int, *, item: int) -> None:
    """Take an item from the kept ones."""
    await db.execute(delete(KeptRow).where(KeptRow.citizen == citizen, KeptRow.item == item))


def _list(which: str, citizen: int, campaign: int) -> Select[int, datetime]:
    """Select items of a list with the moment they are sorted by."""
    if which == KEPT:
        return select(KeptRow.item, KeptRow.at.label("at")).where(KeptRow.citizen == citizen)
    mine = (OpeningRow.citizen == citizen, OpeningRow.campaign == campaign)
    if which == GOING:
        columns = select(OpeningRow.item, OpeningRow.opened_at.label("at"))
        return columns.where(*mine, OpeningRow.closed_at.is_(None))
    columns = select(OpeningRow.item, OpeningRow.closed_at.label("at"))
    return columns.where(*mine, OpeningRow.finishes > 0)


async def counts(db: Db, citizen: int, campaign: int) -> Counts:
    """Count a citizen's lists."""
    three = (
        select(func.count()).select_from(_list(which, citizen, campaign).subquery())
        for which in (GOING, FINISHED, KEPT)
    )
    row = (await db.execute(select(*(one.scalar_subquery() for one in three)))).one()
    return Counts(*map(int, row))


async def page(
    db: Db, which: str, citizen: int, *, campaign: int, offset: int, limit: int
) -> list[Item]:
    """Return one page of a list, newest first."""
    listed = _list(which, citizen, campaign).subquery()
    wanted = (
        select(*items.COLUMNS)
        .join(listed, listed.c.item == ItemRow.id)
        .order_by(listed.c.at.desc(), ItemRow.id)
        .offset(offset)
        .limit(limit)
    )
    return [items.of_row(row) for row in await db.execute(wanted)]


_MARKS = select(OpeningRow.item, OpeningRow.finishes).where(
    OpeningRow.citizen == bindparam("citizen"),
    OpeningRow.campaign == bindparam("campaign"),
    OpeningRow.item.in_(bindparam("of", expanding=True)),
    OpeningRow.finishes > 0,
)


async def marks(db: Db, citizen: int, campaign: int, *, of: list[int]) -> dict[int, int]:
    """Return how often a citizen finished each of these items, if ever."""
    asked = {"citizen": citizen, "campaign": campaign, "of": of}
    rows = await db.execute(_MARKS, asked)
    return {item: times for item, times in rows}  # noqa: C416 - rows, not pairs
