"""What is left of an erased account until the campaign ends: a keyed hash, the day, the limits."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, ShortId


class TombstoneRow(Base):
    """One erased account. Whoever comes back scores from the next campaign day.

    `limits` are once keys that stay used (JSON), so that nothing scores twice by leaving.
    """

    __tablename__ = "tombstones"

    account: Mapped[str] = mapped_column(String(40), primary_key=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    day: Mapped[date]
    limits: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
