"""What the numbers of the last numbered list stand for, where a channel numbers its buttons.

A keyed hash stands for who saw the list: it may be shown before anybody has consented.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.db import Db
from storage.many import insert_all

DELETED_AT_ONCE_MAX = 2000
Offered = Mapping[int, str]


class OfferRow(Base):
    """One numbered list: targets by their numbers (JSON), until it holds no more."""

    __tablename__ = "offers"

    account: Mapped[str] = mapped_column(String(40), primary_key=True)
    targets: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)


async def keep(db: Db, lists: Mapping[str, Offered], *, until: datetime) -> None:
    """Keep lists in the place of earlier ones; an empty one takes the earlier away."""
    rows = [
        {"account": account, "targets": json.dumps(offered), "expires_at": until}
        for account, offered in sorted(lists.items())
        if offered
    ]
    gone = [account for account, offered in lists.items() if not offered]
    await insert_all(db, OfferRow, rows, moved=("targets", "expires_at"))
    if gone:
        await db.execute(delete(OfferRow).where(OfferRow.account.in_(gone)))


async def find(db: Db, account: str, now: datetime) -> dict[int, str]:
    """Return what numbers stand for to somebody, empty if nothing does any more."""
    wanted = select(OfferRow.targets).where(OfferRow.account == account, OfferRow.expires_at > now)
    found = await db.scalar(wanted)
    return {} if found is None else {int(n): target for n, target in json.loads(found).items()}


async def accounts(db: Db) -> set[str]:
    """Return who has a list."""
    return set(await db.scalars(select(OfferRow.account)))


async def forget_all(db: Db) -> None:
    """Forget every list."""
    await db.execute(delete(OfferRow))


async def purge(db: Db, now: datetime) -> None:
    """Forget lists that hold no more, a limited number at once."""
    old = select(OfferRow.account).where(OfferRow.expires_at <= now).limit(DELETED_AT_ONCE_MAX)
    await db.execute(delete(OfferRow).where(OfferRow.account.in_(old)))
