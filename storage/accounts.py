"""Accounts that somebody has beside the first: they come, go, and are turned to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, update

from storage.citizens import Account, AccountRow
from storage.db import Db


async def note_use(db: Db, account: Account, *, at: datetime) -> None:
    """Note that somebody with several accounts turned to this one; system time."""
    known = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    await db.execute(update(AccountRow).where(*known).values(used_at=at))


async def attach(db: Db, account: Account, citizen: int, *, at: datetime, used_at: datetime) -> int:
    """Give somebody one more account and return its number.

    Raises:
        Conflict: somebody added the account at the same moment.

    """
    channel, sender = account
    row = AccountRow(channel=channel, sender=sender, citizen=citizen, since=at, used_at=used_at)
    db.add(row)
    await db.flush()
    return row.id


async def detach(db: Db, accounts: Collection[int]) -> None:
    """Take accounts from their person, by number: nobody is behind them then."""
    await db.execute(delete(AccountRow).where(AccountRow.id.in_(accounts)))
