"""What people answered who do not take part; a keyed hash stands for the account."""

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.db import Db, insert


class ChoiceRow(Base):
    """What someone answered who is not taking part; a keyed hash stands for the account."""

    __tablename__ = "choices"

    account: Mapped[str] = mapped_column(String(40), primary_key=True)
    choice: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]


async def choice(db: Db, account: str) -> str | None:
    """Return what someone who is not taking part answered, by the account's keyed hash."""
    found: str | None = await db.scalar(
        select(ChoiceRow.choice).where(ChoiceRow.account == account)
    )
    return found


async def choose(db: Db, account: str, answer: str | None, *, at: datetime) -> None:
    """Keep the last answer of someone who is not taking part, or forget it."""
    await db.execute(delete(ChoiceRow).where(ChoiceRow.account == account))
    if answer is not None:
        await db.execute(insert(db, ChoiceRow).values(account=account, choice=answer, at=at))
