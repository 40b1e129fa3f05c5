"""Belonging to a town, a unit and a team: joining by link or code, asked first, and leaving."""

from bot.campaign import Unit as Town
from bot.feature import Turn, button, named, say
from bot.messages import Param, Phrase, Refusal, Reply
from storage import citizens, units
from storage.citizens import Move
from storage.units import Unit

LINK_TOWN, LINK_UNIT = "town_", "unit_"
UNIT, TEAM = "unit", "team"


def slot(unit: Unit) -> str:
    """Say what a unit is to a person: their town, their unit or their team."""
    return unit.kind if unit.kind in {units.TOWN, units.TEAM} else UNIT


def own(turn: Turn, where: str) -> str | None:
    """Return the code of a person's town, unit or team."""
    person = turn.person
    return {units.TOWN: person.town, UNIT: person.unit, TEAM: person.team}[where]


def is_link(argument: str) -> bool:
    """Say whether a deep link names a town, unit or team."""
    return argument.startswith((LINK_TOWN, LINK_UNIT))


async def linked(turn: Turn, argument: str) -> Unit | None:
    """Return the town, unit or team that a deep link names, None for any other link."""
    if not is_link(argument):
        return None
    code = argument.removeprefix(LINK_TOWN).removeprefix(LINK_UNIT)
    unit = await units.of(turn.db, turn.campaign_id, code)
    if argument.startswith(LINK_TOWN) and unit is not None and unit.kind != units.TOWN:
        return None
    return unit


def home(turn: Turn, unit: Unit) -> Town | None:
    """Return the town that comes with a unit: its own, or that of a team."""
    code = unit.code if unit.kind == units.TOWN else unit.town
    found = turn.campaign.unit(code or "")
    return found if found is not None and found.kind == units.TOWN else None


async def ask(turn: Turn, unit: Unit) -> Reply:
    """Ask before somebody moves to a town or joins a unit or team; say what it replaces."""
    where = slot(unit)
    held, town = own(turn, where), turn.campaign.unit(turn.person.town or "")
    here = named(town) if town else ""
    if held == unit.code:
        return say("belonging.already", unit=unit.named, menu=True)
    confirm = button(turn.confirming(f"belonging.join:{unit.code}"), Phrase("buttons.confirm"))
    buttons = ((confirm, button("menu", Phrase("buttons.cancel"))),)
    if where == units.TOWN:
        return say("belonging.ask_move", unit=unit.named, now=here, buttons=buttons)
    left = await units.of(turn.db, turn.campaign_id, held) if held else None
    return say(
        f"belonging.ask_{where}",
        unit=unit.named,
        left=Phrase(f"belonging.leaves_{where}", {"unit": left.named}) if left else "",
        town=_stays(turn, unit, here),
        buttons=buttons,
    )


def _stays(turn: Turn, unit: Unit, here: Param) -> Param:
    """Say that the own town stays, above all where the team is another town's."""
    there = home(turn, unit)
    if there is None or there.id == turn.person.town:
        return Phrase("belonging.stays", {"town": here})
    return Phrase("belonging.stays_apart", {"town": here, "there": named(there)})


async def join(turn: Turn, unit: Unit) -> None:
    """Move to a town, or join a unit or team in place of the one before.

    Raises:
        Refusal: there was another move on the same day.

    """
    citizen, where = turn.person.citizen, slot(unit)
    await citizens.lock_one(turn.db, citizen)
    if where == UNIT:
        await citizens.settle(turn.db, citizen, town=None, unit=unit.code)
    elif where == TEAM:
        await citizens.settle(turn.db, citizen, town=None, team=unit.code)
    elif turn.person.town != unit.code:
        left = turn.person.town or ""
        move = Move(turn.campaign_id, left, unit.code, turn.today, turn.now)
        if not await citizens.move(turn.db, citizen, move):
            raise Refusal("belonging.moved_today")
