"""统计: what stands behind the buttons of the numbers: activities, days, favourites, meanings."""

from datetime import date

from bot.feature import Turn, button, named, rows, say
from bot.messages import Button, Lines, Named, Param, Phrase, Reply
from bot.operations import figures, listing, numbers
from bot.operations.numbers import NONE
from bot.rules import taps
from bot.rules.calendar import ONE_DAY
from bot.rules.points import VISIT
from storage import items, rolls, tallies, units
from storage.tallies import Count, Span
from storage.units import Unit

TOP_ITEMS, TOP_SPOTS = 5, 5
PLACE = "place_"


async def more(turn: Turn, wanted: str) -> Reply:
    """Say what is wanted: `days`, `activities`, both also of a unit, `favourites`, `meanings`.

    `towns` goes with the day or the number of the week. What is not known says everything.
    """
    what, _, about = wanted.partition(":")
    unit = await units.of(turn.db, turn.campaign_id, about) if about else None
    match what:
        case "days":
            return await by_day(turn, unit)
        case "activities":
            return await by_activity(turn, unit)
        case "favourites":
            return await favourites(turn)
        case "meanings":
            return say("stats.meanings", buttons=_back(None))
        case "towns":
            return await _of_period(turn, about)
        case _:
            return await numbers.overall(turn)


async def by_activity(turn: Turn, unit: Unit | None) -> Reply:
    """Say what each activity scored: of everything since the start, of a unit in two weeks."""
    if unit is None:
        ever = await tallies.by_key(turn.db, turn.campaign_id, tallies.DEEDS)
        return say(
            "stats.activities", activities=numbers.by_activity(turn, ever), buttons=_back(unit)
        )
    found = await figures.deeds(numbers.book(turn), unit, span=numbers.run_up(turn))
    return say(
        "stats.unit_activities",
        unit=unit.named,
        activities=numbers.by_activity(turn, figures.together(found)),
        buttons=_back(unit),
    )


async def by_day(turn: Turn, unit: Unit | None) -> Reply:
    """Say each of the last days, with the way to their chart."""
    span = numbers.run_up(turn)
    found = await numbers.trend(turn, unit, span)
    chart = button(f"charts.days:{unit.code}" if unit else "charts.days", Phrase("charts.to_days"))
    yesterday = [] if unit else [numbers.to_day(turn.today - ONE_DAY)]
    return say(
        "stats.days",
        of=unit.named if unit else Phrase("stats.all"),
        days=found.lines(span),
        buttons=((chart, *yesterday), *_back(unit)),
    )


async def favourites(turn: Turn) -> Reply:
    """Say what was finished most often, and where people checked in most often."""
    return say(
        "stats.favourites",
        items=await _items(turn),
        places=await _spots(turn),
        buttons=_back(None),
    )


async def _of_period(turn: Turn, about: str) -> Reply:
    """Say what each town scored on a day, or in a week by its number."""
    week = numbers.week_of(turn, taps.number(about))
    if week is not None:
        title, span = numbers.week_title(week), Span(week.first, week.last + ONE_DAY)
        return await _by_town(turn, title, span, back=numbers.to_week(week.number))
    try:
        day = date.fromisoformat(about)
    except ValueError:
        return await numbers.towns(turn)
    if not turn.campaign.start <= day < turn.campaign.until:
        return await numbers.towns(turn)
    title, span = numbers.day_title(day), Span(day, day + ONE_DAY)
    return await _by_town(turn, title, span, back=numbers.to_day(day))


async def _by_town(turn: Turn, title: Phrase, span: Span, *, back: Button) -> Reply:
    """Say what each town scored on some days; who did nothing is left out."""
    deeds = await tallies.by_town(turn.db, turn.campaign_id, tallies.DEEDS, span=span)
    new = await tallies.by_town(turn.db, turn.campaign_id, tallies.NEW, span=span)
    lines = []
    for town in turn.campaign.towns:
        count, fresh = deeds.get(town.id, Count()), new.get(town.id, Count()).n
        if count.paid or fresh:
            line: dict[str, Param] = {"points": count.points, "n": count.paid, "new": fresh}
            lines.append(Phrase("stats.of_town", {"town": named(town), **line}))
    towns: Param = Lines(tuple(lines)) if lines else NONE
    return say("stats.by_town", title=title, towns=towns, buttons=((back, button("stats")),))


async def _items(turn: Turn) -> Param:
    kinds = turn.campaign.item_kinds
    found = await tallies.top(turn.db, turn.campaign_id, kinds, most=TOP_ITEMS)
    ids = [int(one.subject) for one in found if one.subject.isdecimal()]
    titles = await items.titles(turn.db, ids)
    lines = [
        Phrase(
            "stats.item",
            {
                "place": place,
                "title": listing.label(titles[int(one.subject)]),
                "activity": named(turn.campaign.activity(one.activity)),
                "n": one.n,
            },
        )
        for place, one in enumerate(found, start=1)
        if one.subject.isdecimal() and int(one.subject) in titles
    ]
    return Lines(tuple(lines)) if lines else NONE


async def _spots(turn: Turn) -> Param:
    """Name the places and the roll calls with most check-ins, as people call them."""
    found = await tallies.top(turn.db, turn.campaign_id, [VISIT], most=TOP_SPOTS)
    called = [(await _spot(turn, one.subject), one.n) for one in found]
    lines = [Phrase("stats.place", {"place": spot, "n": n}) for spot, n in called]
    return Lines(tuple(lines)) if lines else NONE


async def _spot(turn: Turn, subject: str) -> Named | Phrase:
    place = turn.campaign.place(subject.removeprefix(PLACE))
    if place is not None:
        return named(place)
    number = taps.number(subject.removeprefix(rolls.SUBJECT))
    roll = await rolls.of(turn.db, turn.campaign_id, number)
    unit = await units.of(turn.db, turn.campaign_id, roll.unit) if roll else None
    if roll is None or unit is None:
        return Phrase("stats.elsewhere")
    return Phrase("stats.roll", {"unit": unit.named, "day": roll.day})


def _back(unit: Unit | None) -> tuple[tuple[Button, ...], ...]:
    own = [button(f"stats.unit:{unit.code}", unit.named)] if unit else []
    return rows([*own, button("stats"), button("roles")], wide=3)
