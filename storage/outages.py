"""Days on which the bot was away; streaks forgive them."""

from datetime import date

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, ShortId
from storage.db import Db, insert


class OutageRow(Base):
    """One outage day of a campaign."""

    __tablename__ = "outages"

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


async def days(db: Db, campaign: int) -> frozenset[date]:
    """Return a campaign's outage days."""
    return frozenset(await db.scalars(select(OutageRow.day).where(OutageRow.campaign == campaign)))


async def mark(db: Db, campaign: int, day: date) -> None:
    """Note that the bot was away on a day."""
    await db.execute(
        insert(db, OutageRow).values(campaign=campaign, day=day).on_conflict_do_nothing()
    )
