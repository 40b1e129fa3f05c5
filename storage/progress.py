"""Messages that are edited in place while something goes on: where each stands, what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, ShortId
from storage.citizens import Account
from storage.db import Db, insert

NEW, SENDING, SHOWN, UNSURE, CLOSED = "new", "sending", "shown", "unsure", "closed"
STATES = (NEW, SENDING, SHOWN, UNSURE, CLOSED)


class ProgressRow(Base):
    """One such message to one person; `key` says what it tells of, `shown` is its last version."""

    __tablename__ = "progress"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'sending') = (leased_until IS NOT NULL)", name="leased"),
        Index("uq_progress_key", "campaign", "key", "citizen", unique=True),
        Index(
            "ix_progress_open",
            "campaign",
            "id",
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    key: Mapped[str] = mapped_column(String(64))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    state: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str | None] = mapped_column(String(16))
    sender: Mapped[str | None] = mapped_column(String(64))
    ref: Mapped[str | None] = mapped_column(String(64))
    shown: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None]
    recorded_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Followed:
    """A message that is edited in place, as far as it has got."""

    id: int
    key: str
    citizen: int
    state: str
    account: Account | None
    ref: str
    shown: str
    leased_until: datetime | None


async def follow(db: Db, campaign: int, citizen: int, *, key: str, at: datetime) -> None:
    """Show somebody how something goes on, from now on; again changes nothing."""
    values = {"campaign": campaign, "citizen": citizen, "key": key, "recorded_at": at}
    made = insert(db, ProgressRow).values(**values, state=NEW)
    await db.execute(made.on_conflict_do_nothing())


async def followed(db: Db, campaign: int, most: int) -> Sequence[Followed]:
    """Return the messages that are not closed, the oldest first."""
    # In words: only then does the planner see that the partial index serves.
    going = text("state <> 'closed'")
    wanted = select(ProgressRow).where(ProgressRow.campaign == campaign, going)
    rows = await db.execute(wanted.order_by(ProgressRow.id).limit(most))
    return [
        Followed(
            row.id,
            row.key,
            row.citizen,
            row.state,
            Account(row.channel, row.sender) if row.channel and row.sender else None,
            row.ref or "",
            row.shown or "",
            row.leased_until,
        )
        for row in rows
    ]


async def begin(db: Db, message: int, account: Account, *, until: datetime) -> bool:
    """Note that the first version is on its way; False if somebody else sends it."""
    values = {"state": SENDING, "channel": account.channel, "sender": account.sender}
    mine = (ProgressRow.id == message, ProgressRow.state == NEW)
    begun = update(ProgressRow).where(*mine).values(**values, leased_until=until)
    return await db.scalar(begun.returning(ProgressRow.id)) is not None


async def note(
    db: Db, message: int, state: str, *, ref: str | None = None, shown: str | None = None
) -> None:
    """Note how a message stands; where and what it shows stays as it is unless given."""
    given = {"ref": ref, "shown": shown}
    values = {name: value for name, value in given.items() if value}
    which = (ProgressRow.id == message, ProgressRow.state != CLOSED)
    moved = update(ProgressRow).where(*which).values(state=state, leased_until=None, **values)
    await db.execute(moved)
