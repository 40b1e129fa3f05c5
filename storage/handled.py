"""Messages that were answered, so that a platform's second try gets the same answer."""

from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, String, Table, Text, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.db import Db

DELETED_AT_ONCE_MAX = 2000


class HandledRow(Base):
    """One answered message of a turn that wrote, by a keyed hash of its cause."""

    __tablename__ = "handled"

    cause: Mapped[str] = mapped_column(String(40), primary_key=True)
    citizen: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    reply: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)


# Built once, as every turn that writes asks both: building takes longer than asking.
_REPLY = select(HandledRow.reply).where(HandledRow.cause == bindparam("cause"))
_ADD = insert(cast("Table", HandledRow.__table__))


async def reply(db: Db, cause: str) -> str | None:
    """Return the stored reply, None if the message was not answered yet."""
    found: str | None = await db.scalar(_REPLY, {"cause": cause})
    return found


async def add(db: Db, cause: str, said: str, *, citizen: int | None, at: datetime) -> None:
    """Note that a message was answered.

    Raises:
        Conflict: it was answered by someone else at the same moment.

    """
    await db.execute(_ADD, {"cause": cause, "citizen": citizen, "reply": said, "at": at})


async def purge(db: Db, before: datetime) -> int:
    """Forget old answers, a limited number at once, and return how many."""
    old = select(HandledRow.cause).where(HandledRow.at < before)
    old = old.order_by(HandledRow.at).limit(DELETED_AT_ONCE_MAX)  # else a whole table may be read
    gone = delete(HandledRow).where(HandledRow.cause.in_(old))
    done = await db.execute(gone)
    return int(getattr(done, "rowcount", 0))
