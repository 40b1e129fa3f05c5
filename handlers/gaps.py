"""The lists behind a unit's gaps: must-join teams, silent teams, people who are missing."""

from bot.feature import Feature, Turn, button, rows, say
from bot.messages import Lines, Param, Phrase, Reply, Rows
from bot.operations import listing, unit_view
from bot.operations.unit_view import Team
from bot.rules.rights import Right
from storage import gaps
from storage.gaps import Gap, Missing
from storage.units import Unit

feature = Feature("gaps")

HALF = 4


@feature.on(tap="gaps.must", right=Right.UNIT)
async def must_join(turn: Turn) -> Reply:
    """List a town's must-join teams, the emptiest first, each with its link."""
    town, number = await _asked_for(turn)
    found = [team for team in await unit_view.teams(turn, town) if team.unit.must_join]
    found.sort(key=lambda team: team.members)
    if not found:
        return say("gaps.no_must", unit=town.named, buttons=_back(town))
    page = listing.page_of(f"gaps.must:{town.code}", number, len(found))
    shown = found[page.offset : page.offset + listing.PAGE_SIZE]
    return say(
        "gaps.must",
        unit=town.named,
        at=turn.now,
        empty=sum(not team.members for team in found),
        count=len(found),
        teams=Lines(tuple(_entry(turn, team) for team in shown)),
        page=page.number + 1,
        pages=page.of,
        buttons=listing.neighbours(page) + _back(town),
    )


@feature.on(tap="gaps.silent", right=Right.UNIT)
async def silent(turn: Turn) -> Reply:
    """List a town's teams in which nobody scored for a week."""
    town, number = await _asked_for(turn)
    found = unit_view.silent(await unit_view.teams(turn, town))
    if not found:
        return say("gaps.no_silent", unit=town.named, buttons=_back(town))
    page = listing.page_of(f"gaps.silent:{town.code}", number, len(found))
    shown = found[page.offset : page.offset + listing.PAGE_SIZE]
    return say(
        "gaps.silent",
        unit=town.named,
        at=turn.now,
        count=len(found),
        teams=Lines(tuple(_entry(turn, team) for team in shown)),
        page=page.number + 1,
        pages=page.of,
        buttons=listing.neighbours(page) + _back(town),
    )


@feature.on(tap="gaps", right=Right.UNIT)
async def kinds(turn: Turn) -> Reply:
    """Say how many are out of reach, never checked in, silent; each leads to its list."""
    unit, _ = await _asked_for(turn)
    asks = unit_view.asked(turn, unit)
    counts = {gap: await gaps.count(turn.db, asks, gap) for gap in Gap}
    lists = [
        button(f"gaps.people:{unit.code}:{gap}", Phrase(f"gaps.to_{gap}", {"count": count}))
        for gap, count in counts.items()
        if count
    ]
    key = "gaps.text" if lists else "gaps.nobody"
    return say(key, unit=unit.named, at=turn.now, buttons=rows(lists) + _back(unit))


@feature.on(tap="gaps.people", right=Right.UNIT)
async def people(turn: Turn) -> Reply:
    """List who is missing in one way, by card number."""
    unit, rest = await _asked_for(turn)
    name, _, number = rest.partition(":")
    if name not in set(Gap):
        return await kinds(turn)
    gap, asks = Gap(name), unit_view.asked(turn, unit)
    page = listing.page_of(
        f"gaps.people:{unit.code}:{gap}", number, await gaps.count(turn.db, asks, gap)
    )
    shown = await gaps.people(turn.db, asks, gap, offset=page.offset, limit=listing.PAGE_SIZE)
    if not shown:
        return await kinds(turn)
    key = "gaps.silent_people" if gap is Gap.SILENT else f"gaps.{gap}"
    return say(
        key,
        unit=unit.named,
        people=Lines(tuple(map(_person, shown))),
        page=page.number + 1,
        pages=page.of,
        buttons=listing.neighbours(page) + _back(unit),
    )


async def _asked_for(turn: Turn) -> tuple[Unit, str]:
    """Return the unit a tap is about, if this person may see it, and what else the tap says."""
    code, _, rest = turn.argument.partition(":")
    return await unit_view.own(turn, code), rest


def _entry(turn: Turn, team: Team) -> Phrase:
    links = turn.links(f"unit_{team.unit.code}")
    params: dict[str, Param] = {"team": team.unit.named, "code": team.unit.code}
    params |= {"count": team.members, "link": links[0] if links else ""}
    return Phrase("gaps.team" if team.members else "gaps.team_empty", params)


def _person(missing: Missing) -> Phrase:
    number = f"{missing.number[:HALF]}-{missing.number[HALF:]}"
    return Phrase("gaps.person", {"number": number, "name": missing.name or ""})


def _back(unit: Unit) -> Rows:
    return ((button(f"units:{unit.code}", unit.named), button("menu")),)
