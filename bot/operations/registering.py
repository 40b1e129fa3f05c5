"""Registering: whoever has consented chooses a town, and is counted there once and for all.

Of whoever does not take part only the answer is kept, under a keyed hash of the account.
"""

from bot.feature import Turn
from bot.rules import signing
from storage import choices, citizens, tallies
from storage.citizens import Account
from storage.tallies import Tally

DECLINED = "declined"
YOUNG = "young"


async def settle(
    turn: Turn, citizen: int, *, town: str | None, unit: str | None = None, team: str | None = None
) -> None:
    """Set the town, unit and team of somebody new; the first of two towns at once stays."""
    await citizens.settle(turn.db, citizen, town=None, unit=unit, team=team)
    if town is not None and await citizens.register(turn.db, citizen, town=town):
        joined = Tally(tallies.JOINED, turn.today, town)
        await tallies.add(turn.db, turn.campaign_id, [joined], worker=turn.till.worker)


def stand_in(turn: Turn, account: Account | None = None) -> str:
    """Return the keyed hash that stands for an account, by default the one that is speaking."""
    return hashed(turn.secret, account or turn.account)


def hashed(secret: bytes, account: Account) -> str:
    """Return the keyed hash that stands for an account."""
    return signing.keyed(secret, f"{account.channel}:{account.sender}")


async def choice(turn: Turn) -> str | None:
    """Return what this account answered, of somebody who does not take part."""
    return await choices.choice(turn.db, stand_in(turn))


async def choose(turn: Turn, answer: str | None) -> None:
    """Keep what this account answered, or forget it."""
    await choices.choose(turn.db, stand_in(turn), answer, at=turn.now)
