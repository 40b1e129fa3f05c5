"""Certificates of the chosen: under which name each was drawn, and whether it was handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert
from storage.many import plain


class CertificateRow(Base):
    """One certificate, of a candidate by number on a list; a reader's or a unit's."""

    __tablename__ = "certificates"

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    list: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    citizen: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    unit: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    picture: Mapped[int] = mapped_column(Id)
    drawn_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A certificate that was drawn, and the number of its picture."""

    campaign: int
    list: str
    number: int
    citizen: int | None
    unit: str | None
    name: str
    picture: int
    drawn_at: datetime


_COLUMNS = tuple(getattr(CertificateRow, name) for name in Drawn.__slots__)


async def put(db: Db, drawn: Drawn) -> None:
    """Keep a certificate in the place of an earlier one; who was told stays told."""
    keys = (CertificateRow.campaign, CertificateRow.list, CertificateRow.number)
    made = insert(db, CertificateRow).values(**plain(drawn))
    changed = {name: made.excluded[name] for name in ("name", "picture", "drawn_at")}
    await db.execute(made.on_conflict_do_update(index_elements=[*keys], set_=changed))


async def of(db: Db, campaign: int, award: str, *, number: int) -> Drawn | None:
    """Return the certificate of a candidate on a list, None if none was drawn."""
    wanted = select(*_COLUMNS).where(CertificateRow.campaign == campaign)
    mine = (CertificateRow.list == award, CertificateRow.number == number)
    row = (await db.execute(wanted.where(*mine))).first()
    return None if row is None else Drawn(*row)


async def known(db: Db, campaign: int) -> set[tuple[str, int]]:
    """Return for which candidates, by list and number, a certificate was drawn."""
    wanted = select(CertificateRow.list, CertificateRow.number)
    rows = await db.execute(wanted.where(CertificateRow.campaign == campaign))
    return {(award, number) for award, number in rows}


async def untold(db: Db, campaign: int) -> list[Drawn]:
    """Return those that were drawn and not handed over."""
    fresh = (CertificateRow.campaign == campaign, CertificateRow.told_at.is_(None))
    order = (CertificateRow.list, CertificateRow.number)
    return [
        Drawn(*row) for row in await db.execute(select(*_COLUMNS).where(*fresh).order_by(*order))
    ]


async def hand_over(db: Db, drawn: Sequence[Drawn], *, at: datetime) -> None:
    """Note that these were handed over."""
    for each in drawn:
        which = (CertificateRow.list == each.list, CertificateRow.number == each.number)
        told = update(CertificateRow).where(CertificateRow.campaign == each.campaign, *which)
        await db.execute(told.values(told_at=at))
