"""本单位: a unit's progress and three gaps, for its organisers and staff; its link and code."""

from bot.feature import Feature, Turn, button, rows, say
from bot.messages import Button, Lines, Phrase, Refusal, Reply, Rows
from bot.operations import listing, unit_view
from bot.rules.rights import Right
from storage import units
from storage.units import Unit

feature = Feature("units")

OTHERS = (units.BUREAU, units.SCHOOL, units.TEAM)
WIDE = 2


@feature.on(command="unit", words=["本单位"], tap="units", right=Right.UNIT, takes=True)
async def unit(turn: Turn) -> Reply:
    """Show the unit that was named, or the own one; let who has several choose."""
    reach = turn.reach(Right.UNIT)
    if turn.argument:
        return await _named(turn, turn.argument)
    if len(reach.units) == 1 and not reach.everything:
        return await _page(turn, reach.units[0])
    return await _choose(turn)


@feature.on(tap="units.kind", right=Right.UNIT)
async def kind(turn: Turn) -> Reply:
    """List the units of a kind, page by page; organisers see their own."""
    chosen, _, number = turn.argument.partition(":")
    reach = turn.reach(Right.UNIT)
    every = await units.listed(turn.db, turn.campaign_id, kind=chosen)
    found = [each for each in every if reach.covers(each.code)]
    page = listing.page_of(f"units.kind:{chosen}", number, len(found))
    shown = found[page.offset : page.offset + listing.PAGE_SIZE]
    buttons = rows(map(_button, shown)) + listing.neighbours(page) + ((button("units"),),)
    return say("units.ask_unit" if shown else "units.none_of_kind", buttons=buttons)


@feature.on(tap="units.invite", right=Right.UNIT)
async def invite(turn: Turn) -> Reply:
    """Give the link and the code by which people join."""
    found = await unit_view.own(turn, turn.argument)
    links = turn.links(f"unit_{found.code}")
    shown = tuple(Phrase("units.link", {"link": link}) for link in links)
    picture = (button(f"posters:{found.code}"),) if links else ()
    return say(
        "units.invite",
        unit=found.named,
        code=found.code,
        links=Lines(shown) if shown else Phrase("units.no_link"),
        buttons=((*picture, button(f"units:{found.code}", found.named)), (button("menu"),)),
    )


async def _named(turn: Turn, words: str) -> Reply:
    """Show the unit that words mean; what is somebody else's is not shown."""
    found = await units.found(turn.db, turn.campaign_id, words)
    if not found:
        raise Refusal("units.unknown", words=words[:100])
    if len(found) == 1:
        return await _page(turn, found[0].code)
    mine = [each for each in found if turn.reach(Right.UNIT).covers(each.code)]
    if not mine:
        raise Refusal("errors.not_yours")
    meant = rows(map(_button, mine[: listing.PAGE_SIZE]))
    return say("units.which", buttons=(*meant, (button("units", Phrase("units.another")),)))


async def _choose(turn: Turn) -> Reply:
    reach = turn.reach(Right.UNIT)
    if reach.everything:
        towns = await units.listed(turn.db, turn.campaign_id, kind=units.TOWN)
        others = [button(f"units.kind:{each}", Phrase(f"grants.kind_{each}")) for each in OTHERS]
        return say("units.choose", buttons=rows([*map(_button, towns), *others], wide=WIDE))
    found = [await units.of(turn.db, turn.campaign_id, code) for code in reach.units]
    return say("units.choose", buttons=rows(_button(each) for each in found if each))


async def _page(turn: Turn, code: str) -> Reply:
    found = await unit_view.own(turn, code)
    said = await unit_view.standing(turn, found)
    gaps = await unit_view.three_gaps(turn, found)
    return Reply("units.text", {**said, "gaps": gaps}, _buttons(turn, found))


def _buttons(turn: Turn, found: Unit) -> Rows:
    offered = [button(f"units.invite:{found.code}", Phrase("units.to_invite"))]
    if found.kind == units.TOWN:
        offered.append(button(f"gaps.must:{found.code}", Phrase("units.to_must")))
        offered.append(button(f"gaps.silent:{found.code}", Phrase("units.to_silent")))
    offered.append(button(f"gaps:{found.code}", Phrase("units.to_people")))
    offered.append(button(f"charts.way:{found.code}", Phrase("charts.to_way")))
    reach = turn.reach(Right.UNIT)
    if reach.everything or len(reach.units) > 1:
        offered.append(button("units", Phrase("units.another")))
    return rows([*offered, button("roles"), button("menu")], wide=WIDE)


def _button(found: Unit) -> Button:
    return button(f"units:{found.code}", found.named)
