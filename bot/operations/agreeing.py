"""A correction that a second person is asked about."""

import json
from collections.abc import Mapping

from bot.feature import Kind, Sending, Turn, button, say
from bot.messages import Phrase, Refusal, Reply
from bot.operations import amending, pushing
from storage import approvals, corrections, profiles, roles
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


async def tell_others(turn: Turn, row: Correction, kind: Kind) -> None:
    """Tell everybody who may be the second person that something waits."""
    others = set(await roles.staff(turn.db, turn.campaign_id)) - {row.by, row.citizen}
    content = {"citizens": sorted(others), "correction": row.id}
    await pushing.push(turn, kind, once=f"correction:{row.id}:waits", content=content)


async def waits(sending: Sending) -> Mapping[int, Reply]:
    """Say that something waits; nothing once it is decided."""
    row = await corrections.of(sending.db, json.loads(sending.push.content)["correction"])
    if row is None or row.state != corrections.WAITING:
        return {}
    look = button(f"adjustments.review:{row.id}", Phrase("adjustments.look"))
    ways = ((look,), (button("roles"),))
    return dict.fromkeys(
        sending.citizens, say("adjustments.waits", points=f"{row.points:+}", buttons=ways)
    )
