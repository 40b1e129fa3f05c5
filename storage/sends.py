"""How much was sent lately, to each member and in all, as far as processes must tell each other.

A keyed hash stands for a member. Each process adds to rows of its own, so that none waits for
another; what a process wrote before it ended counts on for those after it.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Integer, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.db import Db
from storage.many import insert_all

DELETED_AT_ONCE_MAX = 20_000
Counts = Mapping[tuple[str, int], int]
"""Messages by who sent or got them, and by the span in which that was: the minute it began in."""


class SendRow(Base):
    """The messages that one process sent in one span, to one member or over one app."""

    __tablename__ = "sends"

    who: Mapped[str] = mapped_column(String(40), primary_key=True)
    span: Mapped[int] = mapped_column(Integer, primary_key=True)
    process: Mapped[int] = mapped_column(Id, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(index=True)


async def add(db: Db, process: int, counts: Counts, *, until: datetime) -> None:
    """Add to what a process sent; it is of interest until a moment."""
    rows = [
        {"who": who, "span": span, "process": process, "count": count, "expires_at": until}
        for (who, span), count in sorted(counts.items())
    ]
    await insert_all(db, SendRow, rows, added=("count",))


async def by_others(
    db: Db, process: int, asked: Mapping[str, int]
) -> dict[str, list[tuple[int, int]]]:
    """Return what other processes sent, by span, since a span of each one asked for."""
    if not asked:
        return {}
    wanted = (
        select(SendRow.who, SendRow.span, func.sum(SendRow.count))
        .where(SendRow.who.in_(asked), SendRow.span >= min(asked.values()))
        .where(SendRow.process != process)
        .group_by(SendRow.who, SendRow.span)
        .order_by(SendRow.span)
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for who, span, count in await db.execute(wanted):
        if span >= asked[who]:
            found.setdefault(who, []).append((span, int(count)))
    return found


async def purge(db: Db, now: datetime) -> None:
    """Forget what is of no interest any more, a limited number at once."""
    old = select(SendRow.expires_at).where(SendRow.expires_at <= now)
    enough = old.order_by(SendRow.expires_at).offset(DELETED_AT_ONCE_MAX).limit(1)
    up_to = await db.scalar(enough)
    await db.execute(delete(SendRow).where(SendRow.expires_at <= (up_to or now)))
