"""Files that people sent: named by their channel at first, here once they were fetched."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint, delete, select
from sqlalchemy import update as change
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert

KEPT_MAX = 12  # of one person, more than an album has; the first ones are done with by then


class UploadRow(Base):
    """A file somebody sent. `ref` is its channel's name for it; it is fetched later, if at all."""

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("citizen", "channel", "ref"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    channel: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file as its channel announces it."""

    campaign: int
    citizen: int
    channel: str
    ref: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, without its content; `here` says whether it was fetched."""

    id: int
    citizen: int
    channel: str
    ref: str
    name: str
    size: int
    received_at: datetime
    here: bool


async def add(db: Db, new: NewUpload, *, at: datetime, content: bytes | None = None) -> int:
    """Note a file and return its number; the same again is the same one.

    The person's oldest ones go when there are too many.
    """
    values = {name: getattr(new, name) for name in new.__slots__}
    made = insert(db, UploadRow).values(**values, file=content, received_at=at)
    keys = [UploadRow.citizen, UploadRow.channel, UploadRow.ref]
    again = made.on_conflict_do_update(index_elements=keys, set_={"received_at": at})
    number = int((await db.execute(again.returning(UploadRow.id))).scalar_one())
    mine = select(UploadRow.id).where(UploadRow.citizen == new.citizen)
    newest = mine.order_by(UploadRow.received_at.desc(), UploadRow.id.desc())
    older = (await db.scalars(newest.offset(KEPT_MAX).limit(KEPT_MAX))).all()
    await db.execute(delete(UploadRow).where(UploadRow.id.in_(older)))
    return number


async def of(db: Db, upload: int) -> Upload | None:
    """Return a file that was sent, without its content."""
    wanted = select(
        UploadRow.id,
        UploadRow.citizen,
        UploadRow.channel,
        UploadRow.ref,
        UploadRow.name,
        UploadRow.size,
        UploadRow.received_at,
        UploadRow.file.is_not(None),
    )
    row = (await db.execute(wanted.where(UploadRow.id == upload))).first()
    return None if row is None else Upload(*row)


async def content(db: Db, upload: int) -> bytes | None:
    """Return what a file holds; None before it was fetched, or when it is gone."""
    return await db.scalar(select(UploadRow.file).where(UploadRow.id == upload))


async def keep(db: Db, upload: int, content: bytes) -> None:
    """Keep what was fetched, unless whoever sent it is gone."""
    values = {"file": content, "size": len(content)}
    await db.execute(change(UploadRow).where(UploadRow.id == upload).values(values))


async def purge(db: Db, before: datetime) -> None:
    """Forget files that were sent a while ago."""
    await db.execute(delete(UploadRow).where(UploadRow.received_at < before))
