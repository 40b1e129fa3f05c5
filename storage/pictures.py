"""Pictures that go with what is said to many: named by their channel, here once it is needed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.db import Db, insert_one


class PictureRow(Base):
    """A picture somebody chose. By `ref` its channel gives it out, or sends it again."""

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(200))
    resends: Mapped[bool]
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    added_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture as its channel announces it; what came with a page is here from the first."""

    campaign: int
    citizen: int
    channel: str
    ref: str
    resends: bool
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, its content empty until it was fetched."""

    id: int
    channel: str
    ref: str
    resends: bool
    content: bytes


async def add(db: Db, new: NewPicture, *, at: datetime) -> int:
    """Keep a picture and return its number; `at` is system time."""
    return await insert_one(
        db,
        PictureRow,
        campaign=new.campaign,
        citizen=new.citizen,
        channel=new.channel,
        ref=new.ref,
        resends=new.resends,
        file=new.content,
        added_at=at,
    )


async def of(db: Db, picture: int) -> Picture | None:
    """Return a picture."""
    its = (PictureRow.id, PictureRow.channel, PictureRow.ref, PictureRow.resends, PictureRow.file)
    row = (await db.execute(select(*its).where(PictureRow.id == picture))).first()
    return None if row is None else Picture(*row[:-1], row[-1] or b"")


async def drop(db: Db, picture: int) -> None:
    """Delete a picture that nothing shows any more."""
    await db.execute(delete(PictureRow).where(PictureRow.id == picture))


async def keep(db: Db, picture: int, content: bytes) -> None:
    """Keep what was fetched."""
    await db.execute(update(PictureRow).where(PictureRow.id == picture).values(file=content))
