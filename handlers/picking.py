"""Choosing units and teams for a broadcast: a tap turns one round, the chosen ones are marked."""

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Button, Named, Phrase, Refusal, Reply
from bot.operations import broadcasting, listing
from bot.rules import audiences
from bot.rules.audiences import To
from bot.rules.rights import Right
from storage import units
from storage.broadcasts import Broadcast
from storage.units import Unit

feature = Feature("picking")

OWN = "own"


@feature.on(tap="picking", right=Right.BROADCASTS)
async def some(turn: Turn) -> Reply:
    """List the units of a kind, the chosen ones marked."""
    which, _, rest = turn.argument.partition(":")
    kind, _, page = rest.partition(":")
    draft = await broadcasting.mine(turn, which)
    return await _pick(turn, draft, kind=kind, place=page)


@feature.on(tap="picking.turn", work=Work.WRITES, right=Right.BROADCASTS)
async def turn_round(turn: Turn) -> Reply:
    """Add a unit, or take it out."""
    which, code, place = (*turn.argument.split(":"), "", "", "")[:3]
    draft = await broadcasting.mine(turn, which, lock=True)
    turn.require(Right.BROADCASTS, code)
    unit = await units.of(turn.db, turn.campaign_id, code)
    if unit is None:
        raise Refusal("picking.unknown")
    chosen = audiences.turned(broadcasting.audience(draft), code)
    changed = await broadcasting.edit(turn, draft, audience=None if chosen is None else str(chosen))
    return await _pick(turn, changed, kind=OWN if draft.own else unit.kind, place=place)


async def _pick(turn: Turn, draft: Broadcast, *, kind: str, place: str) -> Reply:
    """List units to choose from, page by page; a tap turns one round."""
    reach, chosen = turn.reach(Right.BROADCASTS), broadcasting.audience(draft)
    every = await units.listed(turn.db, turn.campaign_id, kind=None if kind == OWN else kind)
    offered = [unit for unit in every if reach.covers(unit.code)]
    head = f"picking:{draft.id}:{kind}"
    page = listing.page_of(head, place, len(offered))
    shown = offered[page.offset : page.offset + listing.PAGE_SIZE]
    marked = chosen.units if chosen is not None and chosen.to is To.UNITS else ()
    buttons = [_unit(draft, unit, page.number, on=unit.code in marked) for unit in shown]
    return say(
        "picking.text" if buttons else "picking.none",
        audience=await _now(turn, draft),
        page=page.number + 1,
        pages=page.of,
        buttons=(*rows(buttons), *listing.neighbours(page), _done(draft)),
    )


def _unit(draft: Broadcast, unit: Unit, page: int, *, on: bool) -> Button:
    key = "picking.on" if on else "picking.off"
    return button(f"picking.turn:{draft.id}:{unit.code}:{page}", Phrase(key, {"unit": unit.named}))


async def _now(turn: Turn, draft: Broadcast) -> Phrase | Named:
    return await broadcasting.called(turn.db, turn.campaign_id, broadcasting.audience(draft))


def _done(draft: Broadcast) -> tuple[Button, ...]:
    return (button(f"composing.open:{draft.id}", Phrase("targeting.done")),)
