"""Suggestions from the directory of a channel: a town or unit, a display name.

The channel is asked after the turn, so after consent was kept, and outside every transaction. What
it says stands on a button and nowhere else: only whoever taps it makes it their own.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.feature import Turn, button
from bot.messages import Button, Introduction, Phrase, Reply
from bot.rules import names
from storage import units
from storage.citizens import Account
from storage.units import Unit

HOME, NAME = "home", "name"
"""What a reply may ask the directory for."""

Ask = Callable[[Account], Awaitable[Introduction | None]]


async def nobody_knows(_account: Account) -> Introduction | None:
    """Know nobody: where no channel has a directory."""
    return None


async def suggest(turn: Turn, reply: Reply, ask: Ask) -> Reply:
    """Put what the channel's directory says at the top of a reply's buttons, if it says it."""
    found = await ask(turn.account)
    if found is None:
        return reply
    return _name(turn, reply, found) if reply.suggests == NAME else await _home(turn, reply, found)


def _name(turn: Turn, reply: Reply, found: Introduction) -> Reply:
    name = names.tidy(found.name)
    if names.problem(name, turn.campaign.campaign.reserved_names) is not None:
        return reply
    taken = button(f"settings.name:{name}", Phrase("introducing.name", {"name": name}))
    return replace(reply, buttons=((taken,), *reply.buttons))


async def _home(turn: Turn, reply: Reply, found: Introduction) -> Reply:
    """Offer the unit of somebody's department first, and its town, where the reply offers it."""
    async with turn.looking() as db:
        known = await units.listed(db, turn.campaign_id)
    meant = likely(found.units, {each.name: each for each in known if each.kind != units.TEAM})
    if meant is None:
        return reply
    offered = [each for row in reply.buttons for each in row]
    same = next((each for each in offered if _leads_to(each, meant.code)), None)
    first = same or button(f"start:unit_{meant.code}", meant.named)
    hint = Phrase("introducing.home", {"unit": meant.named})
    rest = tuple(tuple(each for each in row if each is not same) for row in reply.buttons)
    shown = ((first,), *(row for row in rest if row))
    return replace(reply, params={**reply.params, "hint": hint}, buttons=shown)


def likely(departments: Sequence[str], known: Mapping[str, Unit]) -> Unit | None:
    """Return the unit whose name stands in a department's: of the nearest, the longest name."""
    for department in departments:
        inside = [name for name in known if name in department]
        if inside:
            return known[max(inside, key=len)]
    return None


def _leads_to(offered: Button, code: str) -> bool:
    _, _, argument = offered.target.partition(":")
    return argument.partition(":")[0] == code
