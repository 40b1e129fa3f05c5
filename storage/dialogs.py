"""What the bot last asked or listed for a citizen, so that a bare text or number is understood."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.db import Db, insert


class DialogRow(Base):
    """An open question: the next bare text answers it, as an argument of this tap.

    What the target carries behind a colon comes before the text, with a colon between them.
    """

    __tablename__ = "dialogs"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    target: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class ListRow(Base):
    """The last numbered list: a number alone is a tap on its entry, until it expires."""

    __tablename__ = "lists"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    targets: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Open:
    """What is open for a citizen.

    `listed` are the targets of the last list and `source` the words it was searched by;
    `question` is the target that the next bare text is for.
    """

    listed: tuple[str, ...] = ()
    source: str = ""
    question: str | None = None


async def ask(db: Db, citizen: int, target: str, *, until: datetime) -> None:
    """Open a question."""
    values = {"target": target, "expires_at": until}
    made = insert(db, DialogRow).values(citizen=citizen, **values)
    await db.execute(made.on_conflict_do_update(index_elements=[DialogRow.citizen], set_=values))


async def answered(db: Db, citizen: int) -> None:
    """Close the question."""
    await db.execute(delete(DialogRow).where(DialogRow.citizen == citizen))


async def close_all(db: Db) -> None:
    """Close every question, and let every list go."""
    await db.execute(delete(DialogRow))
    await db.execute(delete(ListRow))


async def list_shown(
    db: Db, citizen: int, targets: Sequence[str], *, source: str, until: datetime
) -> None:
    """Note the list a citizen sees now, and the words it was searched by."""
    values = {"targets": json.dumps(list(targets)), "source": source, "expires_at": until}
    made = insert(db, ListRow).values(citizen=citizen, **values)
    await db.execute(made.on_conflict_do_update(index_elements=[ListRow.citizen], set_=values))


async def open_for(db: Db, citizen: int, now: datetime) -> Open:
    """Return what is open for a citizen."""
    question = await db.scalar(
        select(DialogRow.target).where(DialogRow.citizen == citizen, DialogRow.expires_at > now)
    )
    mine = select(ListRow.targets, ListRow.source).where(
        ListRow.citizen == citizen, ListRow.expires_at > now
    )
    listed = (await db.execute(mine)).first()
    if listed is None:
        return Open(question=question)
    return Open(tuple(json.loads(listed.targets)), listed.source, question)
