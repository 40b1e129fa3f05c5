"""Taking a file of rewards over: what is said of them, and how many staff have put in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.rewards_file import Row
from storage import rewards, vouchers
from storage.catalogue import Compared
from storage.db import Db
from storage.rewards import IMPORTED, Move, Reward


async def compare(db: Db, campaign: int, part: Sequence[Row]) -> Compared:
    """Say what `merge` would do with a part of a file."""
    known = await rewards.titled(db, campaign, [row.offer.title for row in part])
    supplied = await rewards.supplied(db, campaign)
    new = [row for row in part if row.offer.title not in known]
    changed = [row for row in part if _changes(row, known, supplied)]
    same = len(part) - len(new) - len(changed)
    return Compared(len(new), len(changed), same)


async def merge(db: Db, campaign: int, part: Sequence[Row], *, at: datetime) -> Compared:
    """Take part of a file over; the same again changes nothing.

    A reward is known by its title. Its stock in the file is how many there have ever been; what is
    out is never taken away.
    """
    found = await rewards.titled(db, campaign, [row.offer.title for row in part])
    locked = await rewards.lock(db, [each.id for each in found.values()])
    known = {each.offer.title: each for each in locked.values()}
    compared = await compare(db, campaign, part)
    supplied, out = await rewards.supplied(db, campaign), await vouchers.issued(db, campaign)
    moves = []
    for row in part:
        before = known.get(row.offer.title)
        if before is None:
            number = await rewards.add(db, campaign, row.offer, at=at)
        else:
            number = before.id
            if before.offer != row.offer:
                await rewards.edit(db, number, row.offer)
        if row.stock is not None:
            wanted = max(row.stock, out.get(number, 0))
            if change := wanted - supplied.get(number, 0):
                moves.append(Move(number, change, IMPORTED))
    await rewards.move(db, moves, at=at)
    return compared


def _changes(row: Row, known: Mapping[str, Reward], supplied: Mapping[int, int]) -> bool:
    before = known.get(row.offer.title)
    if before is None:
        return False
    other = row.stock is not None and row.stock != supplied.get(before.id, 0)
    return other or before.offer != row.offer
