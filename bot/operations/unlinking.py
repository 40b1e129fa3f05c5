"""Undoing a link: each of two has their accounts, lines and readers again."""

from bot import parting
from bot.merging import Terms
from bot.operations import household
from storage import accounts, links, seats
from storage.db import Db
from storage.links import Link
from storage.totals import Totals


async def undo(db: Db, terms: Terms, made: Link, *, by: int) -> tuple[Totals, Totals] | None:
    """Undo a link whose people are locked; return what the survivor and the other one have then.

    None if it only gave an account that had been nobody's.
    """
    came = await links.came(db, made.id)
    await links.undone(db, made.id, by=by, at=terms.now)
    await seats.come_home(db, made.citizen)  # before accounts move back: whose each is
    both = None
    if made.absorbed is None:
        await accounts.detach(db, came, owner=made.citizen)
    else:
        both = await parting.undo(db, terms, made, absorbed=made.absorbed)
    await household.parted(db, made)
    return both
