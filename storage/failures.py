"""Messages that a fault of ours kept from being answered, counted across restarts."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import SmallInteger, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.db import Db, insert

WHERE_LENGTH_MAX = 200


class FailureRow(Base):
    """One message by a keyed hash of its cause: nobody's words and nobody's name."""

    __tablename__ = "failures"

    cause: Mapped[str] = mapped_column(String(40), primary_key=True)
    reference: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(WHERE_LENGTH_MAX))
    tries: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(index=True)


class Failure(NamedTuple):
    """A message that failed: the reference its sender was told, the fault, how often it was met."""

    reference: str
    channel: str
    place: str
    tries: int
    at: datetime


async def count(db: Db, cause: str, failure: Failure) -> Failure:
    """Note one more try of a message and return it as it stands; the first reference stays."""
    values = failure._asdict() | {"place": failure.place[:WHERE_LENGTH_MAX], "tries": 1}
    made = insert(db, FailureRow).values(cause=cause, **values)
    again = {"tries": FailureRow.tries + 1, "place": values["place"], "at": failure.at}
    made = made.on_conflict_do_update(index_elements=[FailureRow.cause], set_=again)
    reference, tries = (
        await db.execute(made.returning(FailureRow.reference, FailureRow.tries))
    ).one()
    return failure._replace(reference=reference, tries=tries)


async def newest(db: Db, most: int, *, reference: str | None = None) -> list[Failure]:
    """Return the last failures, the newest first; of one reference, or all."""
    columns = (getattr(FailureRow, name) for name in Failure._fields)
    wanted = select(*columns).order_by(FailureRow.at.desc()).limit(most)
    if reference is not None:
        wanted = wanted.where(FailureRow.reference == reference)
    found = await db.execute(wanted)
    return [Failure(*row) for row in found]


async def purge(db: Db, before: datetime) -> None:
    """Forget old failures."""
    await db.execute(delete(FailureRow).where(FailureRow.at < before))
