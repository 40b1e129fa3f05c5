"""A correction that a second person is asked about."""

from bot.feature import Turn
from bot.messages import Refusal
from bot.operations import amending
from storage import approvals, corrections, profiles
from storage.approvals import Approval, Matter
from storage.corrections import Correction


async def waiting(turn: Turn, argument: str) -> tuple[Correction, Approval]:
    """Return a correction that waits for a second person, and the question about it.

    Raises:
        Refusal: there is none, or somebody decided, and it says who.

    """
    row = await amending.found(turn.db, turn.campaign_id, argument)
    approval = await approvals.of(turn.db, amending.matter(row))
    if approval is None or approval.digest != amending.digest(turn, row):
        raise Refusal("amending.gone")
    if approval.state == approvals.WAITING:
        return row, approval
    decider = await profiles.shown(turn.db, approval.decided_by or 0)
    raise Refusal("amending.decided_by", number=decider.number if decider else "")


async def is_erased(turn: Turn, argument: str) -> bool:
    """Say whether the citizen left with everything; then the question waits no longer."""
    matter = Matter(turn.campaign_id, amending.KIND, argument)
    asked = await approvals.of(turn.db, matter)
    if asked is None or await corrections.of(turn.db, int(asked.subject)) is not None:
        return False
    await approvals.void(turn.db, matter)
    return True
