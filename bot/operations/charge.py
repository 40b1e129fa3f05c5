"""Being in charge: what a duty is called, whom it makes of somebody."""

from dataclasses import replace

from bot.feature import Sending, Turn
from bot.messages import Phrase
from bot.operations import auditing
from bot.rules import rights
from bot.rules.rights import Duty, Right
from storage import roles, units
from storage.citizens import Person
from storage.db import Db


async def called(db: Db, campaign: int, duty: Duty) -> Phrase:
    """Name a duty, with its unit or team."""
    unit = await units.of(db, campaign, duty.unit) if duty.unit else None
    return Phrase(f"charge.{duty.role}", {"unit": unit.named if unit else duty.unit})


async def known(turn: Turn, person: Person) -> Turn:
    """Return the turn with somebody's duties as they are now."""
    held = await roles.duties(turn.db, turn.campaign_id, person.citizen)
    return replace(turn, known=person, duties=held)


async def note(turn: Turn, act: str, duty: Duty, **details: object) -> None:
    """Note what was done about a duty, under the name of its unit."""
    unit = await units.of(turn.db, turn.campaign_id, duty.unit) if duty.unit else None
    subject = unit.name if unit else duty.role
    await auditing.note(turn, act, subject, role=duty.role, unit=duty.unit, **details)


async def colleagues(turn: Turn) -> int:
    """Return how many others could be the second person: staff and owners beside this one."""
    others = set(await roles.staff(turn.db, turn.campaign_id))
    return len(others - {turn.person.citizen})


async def still(sending: Sending, right: Right, unit: str) -> list[int]:
    """Return which receivers of a push may still use a right on a unit, now that it goes out."""
    held = {
        citizen: await roles.duties(sending.db, sending.campaign_id, citizen)
        for citizen in sending.citizens
    }
    return [one for one, duties in held.items() if rights.reach(duties, right).covers(unit)]
