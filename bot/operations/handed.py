"""Who has handed the summary report in, as staff see it: by unit, and all of it in archives."""

from dataclasses import dataclass

from bot.feature import Turn, button, rows, say
from bot.messages import Button, Lines, Param, Phrase, Reply
from bot.operations import listing, summing
from bot.operations.listing import Page
from bot.rules import summaries as rule
from bot.rules import taps
from storage import summaries, units
from storage.summaries import Summary
from storage.units import BUREAU, SCHOOL, TOWN, Unit

PAGE_SIZE = 12
KINDS = (TOWN, BUREAU, SCHOOL)


@dataclass(frozen=True, slots=True)
class Owed:
    """A unit, and the newest version of its report."""

    unit: Unit
    newest: Summary | None


async def owed(turn: Turn) -> list[Owed]:
    """Return every unit: towns first, and of each kind those that handed in before the others."""
    newest = await summaries.latest(turn.db, turn.campaign_id)
    found = [
        Owed(each, newest.get(each.code))
        for kind in KINDS
        for each in await units.listed(turn.db, turn.campaign_id, kind=kind)
    ]
    return sorted(found, key=lambda one: (KINDS.index(one.unit.kind), one.newest is None))


async def overview(turn: Turn, number: str) -> Reply:
    """List the units with date, version and what is missing."""
    every = await owed(turn)
    pages = max(1, -(-len(every) // PAGE_SIZE))
    page = Page("handins", min(taps.number(number), pages - 1), pages)
    shown = every[page.number * PAGE_SIZE :][:PAGE_SIZE]
    handed = [one for one in every if one.newest]
    complete = sum(summing.is_complete(turn.campaign, one.newest) for one in handed if one.newest)
    opens = [button(f"summaries:{one.unit.code}", one.unit.named) for one in shown]
    ways = (*listing.neighbours(page), *_archives(handed), (button("roles"), button("menu")))
    return say(
        "handins.text",
        due=summing.due(turn),
        complete=complete,
        partly=len(handed) - complete,
        none=len(every) - len(handed),
        lines=Lines(tuple(_line(turn, one) for one in shown)),
        page=page.number + 1,
        pages=page.of,
        buttons=(*rows(opens, wide=2), *ways),
    )


def _line(turn: Turn, one: Owed) -> Phrase:
    if one.newest is None:
        return Phrase("handins.line_none", {"unit": one.unit.named})
    told: dict[str, Param] = {
        "unit": one.unit.named,
        "version": one.newest.version,
        "at": one.newest.handed_at,
    }
    if summing.is_complete(turn.campaign, one.newest):
        return Phrase("handins.line_complete", told)
    return Phrase("handins.line_lacks", {**told, "lack": summing.shortly(turn, one.newest)})


def parcels(handed: list[Owed], most: int) -> list[range]:
    """Lay the newest versions out in archives of so many bytes at most."""
    return rule.parcels([one.newest.bytes for one in handed if one.newest], most)


def _archives(handed: list[Owed]) -> tuple[tuple[Button, ...], ...]:
    """Return the button that packs everything, if there is anything."""
    label = Phrase("handins.to_pack", {"count": len(handed)})
    return ((button("handins.pack:0", label),),) if handed else ()
