"""Readers on one account: who reads there, and what linking means for them."""

from dataclasses import dataclass

from bot.feature import Turn
from bot.messages import Refusal
from bot.rules import cards, signing
from storage import links, profiles, seats
from storage.citizens import YOUNG
from storage.db import Db
from storage.links import Link
from storage.seats import Seat
from storage.twins import Who


@dataclass(frozen=True, slots=True)
class Household:
    """Whose account it is, what they are called, and whom they hold."""

    owner: int
    name: str
    held: tuple[Seat, ...]

    def seat(self, reader: int) -> Seat:
        """Return the seat of a reader.

        Raises:
            Refusal: nobody of that number reads here.

        """
        for each in self.held:
            if each.reader == reader:
                return each
        raise Refusal("family.nobody")


async def of(turn: Turn) -> Household:
    """Return who reads on this account."""
    owner = turn.person.owner
    shown = await profiles.shown(turn.db, owner)
    called = (shown.name or cards.shown(shown.number)) if shown else ""
    return Household(owner, called, tuple(await seats.of(turn.db, owner)))


def called(seat: Seat) -> str:
    """Return what a reader is called."""
    return seat.name or cards.shown(seat.number)


def hashed(turn: Turn, code: str) -> str:
    """Return what stands for the code by which a second guardian comes in."""
    return signing.keyed(turn.secret, f"seat:{code}")


async def linked(turn: Turn, stays: Who, goes: Who | None) -> dict[str, list[int]]:
    """See to the seats of two who become one, before what goes along moves.

    A grown reader has an account of their own now and leaves the seat; a child stays held. Who
    held the same reader holds them once. Return the seats to be noted at the link, by kind.
    """
    for one in (stays, goes):
        if one is not None and one.band != YOUNG:
            await seats.end(turn.db, one.citizen, at=turn.now)
    if goes is None:
        return {}
    await seats.come_home(turn.db, goes.citizen)
    if goes.band == YOUNG:
        return {links.GUARDED: await seats.hand_on(turn.db, goes.citizen, stays.citizen)}
    doubles = await seats.end_doubles(turn.db, goes.citizen, stays.citizen, at=turn.now)
    return {links.DOUBLE: doubles}


async def parted(db: Db, made: Link) -> None:
    """See to the seats of two who are two again, after what went along moved back."""
    if made.absorbed is not None:
        handed = await links.came(db, made.id, links.GUARDED)
        await seats.hand_on(db, made.citizen, made.absorbed, only=handed)
        await seats.revive_doubles(db, await links.came(db, made.id, links.DOUBLE))
    await seats.revive(db, made.people, ended_at=made.linked_at)
    await seats.share(db, made.people)
    await seats.hush(db, made.people)
