"""Erasing somebody: the same, whoever asks for it, and when a restored backup brought them back."""

from bot.campaign import Campaign
from bot.feature import Turn
from bot.operations import registering
from storage import erasure
from storage.db import Db
from storage.erasure import When


async def now(turn: Turn, citizen: int) -> None:
    """Erase a citizen, locked by the caller, as somebody asked for just now."""
    when = When(turn.campaign_id, turn.today, turn.now)
    await erase(turn.db, citizen, when, campaign=turn.campaign, secret=turn.secret)


async def erase(db: Db, citizen: int, when: When, *, campaign: Campaign, secret: bytes) -> None:
    """Erase a citizen, locked by the caller; what pays once ever stays used for who comes back."""
    await erasure.erase(
        db,
        citizen,
        when,
        keep_used=[each.id for each in campaign.activities if each.repeat == "once"],
        stand_in=lambda account: registering.hashed(secret, account),
    )
