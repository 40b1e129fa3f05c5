"""单位与团队: the own town, unit and team; changing, joining by code or name, leaving."""

import re
from collections.abc import Iterable
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, named, rows, say
from bot.messages import Button, Param, Phrase, Refusal, Reply
from bot.operations import belonging, listing
from storage import citizens, dialogs, units
from storage.units import Unit

feature = Feature("belonging")

ASKED_FOR = timedelta(minutes=10)
LINK = re.compile(r"(?:^|[?&]start=)(?:unit|town)_(\w+)", re.ASCII)
WORDS_LENGTH_MAX = 100
WIDE = 2


@feature.on(words=["单位与团队", "我的单位", "我的团队"], tap="belonging")
async def show(turn: Turn) -> Reply:
    """Show the own town, unit and team, with what can be changed."""
    person, town = turn.person, turn.campaign.unit(turn.person.town or "")
    offered = [
        button("belonging.towns", Phrase("belonging.change_town")),
        button("belonging.teams", Phrase("belonging.list_teams")),
        button("belonging.enter", Phrase("belonging.enter")),
    ]
    for held, where in ((person.unit, belonging.UNIT), (person.team, belonging.TEAM)):
        if held:
            offered.append(button(f"belonging.leave:{where}", Phrase(f"belonging.leave_{where}")))
    return say(
        "belonging.text",
        town=named(town) if town else "",
        unit=await _called(turn, person.unit),
        team=await _called(turn, person.team),
        buttons=rows([*offered, button("settings"), button("menu")], wide=WIDE),
    )


@feature.on(tap="belonging.towns")
async def towns(turn: Turn) -> Reply:
    """Offer the other towns."""
    others = (town for town in turn.campaign.towns if town.id != turn.person.town)
    offered = [button(f"belonging.see:{town.id}", named(town)) for town in others]
    return say("belonging.ask_town", buttons=rows([*offered, button("belonging")], wide=WIDE))


@feature.on(tap="belonging.teams")
async def teams(turn: Turn) -> Reply:
    """List the teams of the own town, page by page."""
    town = turn.campaign.unit(turn.person.town or "")
    found = await units.listed(
        turn.db, turn.campaign_id, kind=units.TEAM, town=turn.person.town or ""
    )
    page = listing.page_of("belonging.teams", turn.argument, len(found))
    shown = found[page.offset : page.offset + listing.PAGE_SIZE]
    enter = button("belonging.enter", Phrase("belonging.enter"))
    buttons = (*_offer(shown), *listing.neighbours(page), (enter, button("belonging")))
    key = "belonging.teams" if shown else "belonging.no_teams"
    return say(key, town=named(town) if town else "", buttons=buttons)


@feature.on(tap="belonging.enter", work=Work.WRITES)
async def enter(turn: Turn) -> Reply:
    """Ask for the code or the name of a unit or team."""
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, "belonging.named", until=until)
    return say("belonging.ask_code", buttons=((button("belonging"),),))


@feature.on(tap="belonging.named", work=Work.WRITES)
async def by_name(turn: Turn) -> Reply:
    """Take a code, a link or a name, and ask before joining; keep asking for what is unknown."""
    words = turn.argument.strip()[:WORDS_LENGTH_MAX]
    link = LINK.search(words)
    found = await units.found(turn.db, turn.campaign_id, link[1] if link else words)
    if not found:
        return say("belonging.unknown", words=words, buttons=((button("belonging"),),))
    await dialogs.answered(turn.db, turn.person.citizen)
    if len(found) == 1:
        return await belonging.ask(turn, found[0])
    shown = found[: listing.PAGE_SIZE]
    return say("belonging.which", words=words, buttons=(*_offer(shown), (button("belonging"),)))


@feature.on(tap="belonging.see")
async def see(turn: Turn) -> Reply:
    """Ask before joining the unit, team or town of a button."""
    return await belonging.ask(turn, await _known(turn, turn.argument))


@feature.on(tap="belonging.join", work=Work.WRITES)
async def join(turn: Turn) -> Reply:
    """Join, as confirmed."""
    unit = await _known(turn, turn.confirmed("belonging.join"))
    await belonging.join(turn, unit)
    back = ((button("belonging"), button("me")),)
    return say("belonging.joined", unit=unit.named, buttons=back, replaces=True)


@feature.on(tap="belonging.leave", work=Work.WRITES)
async def leave(turn: Turn) -> Reply:
    """Leave the unit or team at once; the way back stands below."""
    where, citizen = turn.argument, turn.person.citizen
    held = belonging.own(turn, where) if where in {belonging.UNIT, belonging.TEAM} else None
    if held is None:
        return await show(turn)
    await citizens.lock_one(turn.db, citizen)
    await citizens.leave(
        turn.db, citizen, unit=where == belonging.UNIT, team=where == belonging.TEAM
    )
    undo = button(f"belonging.see:{held}", Phrase("belonging.again"))
    return say(
        "belonging.left",
        unit=await _called(turn, held),
        buttons=((undo,), (button("belonging"), button("menu"))),
    )


async def _known(turn: Turn, code: str) -> Unit:
    unit = await units.of(turn.db, turn.campaign_id, code)
    if unit is None:
        raise Refusal("start.unknown_unit")
    return unit


async def _called(turn: Turn, code: str | None) -> Param:
    """Name a unit or team by its code; a code that is no longer known is shown as it is."""
    if not code:
        return Phrase("belonging.none")
    unit = await units.of(turn.db, turn.campaign_id, code)
    return unit.named if unit else code


def _offer(found: Iterable[Unit]) -> tuple[tuple[Button, ...], ...]:
    return rows(button(f"belonging.see:{unit.code}", unit.named) for unit in found)
