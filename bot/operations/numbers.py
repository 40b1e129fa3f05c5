"""统计: the numbers of everything, of a unit, of some days; each said with what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.feature import Turn, button, named, rows, say
from bot.messages import Button, Lines, Named, Param, Phrase, Reply
from bot.operations import figures, unit_view
from bot.operations.figures import Book, ByDay
from bot.rules import weeks as rule
from bot.rules.calendar import ONE_DAY
from bot.rules.points import VISIT
from bot.rules.weeks import Week
from storage import items, tallies, weeks
from storage.tallies import Count, Span
from storage.units import TOWN, Unit

TREND_DAYS = 14
TOP_ITEMS, TOP_PLACES = 5, 5
PLACE = "place_"
NONE = Phrase("stats.none")


@dataclass(frozen=True, slots=True)
class Trend:
    """What was scored and who was new on some days, the newest first when it is told."""

    days: ByDay
    new: Mapping[date, int]

    def line(self, day: date) -> Phrase:
        """Say one day in full."""
        count = self._count(day)
        new = self.new.get(day, 0)
        return Phrase("stats.day_line", {"n": count.paid, "points": count.points, "new": new})

    def lines(self, span: Span) -> Lines:
        """Say each day of a span, shortly."""
        days = [span.until - n * ONE_DAY for n in range(1, (span.until - span.first).days + 1)]
        return Lines(tuple(Phrase("stats.of_day", self._said(day)) for day in days))

    def _said(self, day: date) -> dict[str, Param]:
        return {"day": day, "points": self._count(day).points, "new": self.new.get(day, 0)}

    def _count(self, day: date) -> Count:
        return sum(self.days.get(day, {}).values(), Count())


def book(turn: Turn) -> Book:
    """Return where this turn's figures are read."""
    return Book(turn.db, turn.campaign, turn.campaign_id)


async def trend(turn: Turn, unit: Unit | None, span: Span) -> Trend:
    """Read what was scored on some days, and who was new."""
    days = await figures.deeds(book(turn), unit, span=span)
    return Trend(days, await figures.newcomers(book(turn), unit, span=span))


def run_up(turn: Turn) -> Span:
    """Return the days a trend shows: the last fourteen, none before the campaign's first."""
    span = figures.lately(turn.today, TREND_DAYS)
    return Span(min(max(span.first, turn.campaign.start), turn.today), span.until)


async def overall(turn: Turn) -> Reply:
    """Say the numbers of the whole campaign."""
    here = book(turn)
    span = run_up(turn)
    found = await figures.standing(here, None, today=turn.today)
    latest = await trend(turn, None, span)
    ever = await tallies.by_key(turn.db, turn.campaign_id, tallies.DEEDS)
    return say(
        "stats.text",
        at=turn.now,
        stands=unit_view.stands(found.progress),
        registered=found.registered,
        cards=await unit_view.on_cards(turn, None),
        course=unit_view.course(turn, found.progress),
        today=latest.line(turn.today),
        yesterday=latest.line(turn.today - ONE_DAY),
        activities=by_activity(turn, ever),
        days=latest.lines(span),
        returns=await _returns(turn),
        items=await _items(turn),
        places=await _places(turn),
        buttons=(
            (button("stats.towns", Phrase("stats.to_towns")), _to_week(turn)),
            (_to_day(turn.today - ONE_DAY), button("stats.live", Phrase("turnout.to_all"))),
            (button("charts.days", Phrase("charts.to_days")),),
            (button("charts.towns", Phrase("charts.to_towns")),),
            (button("exports"), button("menu")),
        ),
    )


async def of_unit(turn: Turn, unit: Unit) -> Reply:
    """Say the numbers of one unit or team."""
    span = run_up(turn)
    found = await figures.standing(book(turn), unit, today=turn.today)
    latest = await trend(turn, unit, span)
    return say(
        "stats.unit",
        unit=unit.named,
        at=turn.now,
        stands=unit_view.stands(found.progress),
        registered=found.registered,
        cards=await unit_view.on_cards(turn, [unit.code]),
        course=unit_view.course(turn, found.progress),
        today=latest.line(turn.today),
        yesterday=latest.line(turn.today - ONE_DAY),
        activities=by_activity(turn, figures.together(latest.days)),
        days=latest.lines(span),
        means=Phrase("stats.means_town" if unit.kind == TOWN else "stats.means_members"),
        buttons=(
            (button(f"charts.way:{unit.code}", Phrase("charts.to_way")),),
            (button(f"charts.days:{unit.code}", Phrase("charts.to_days")),),
            (button("stats.towns", Phrase("stats.to_towns")), button("stats")),
        ),
    )


async def towns(turn: Turn) -> Reply:
    """List the towns with participants and targets; each leads to its numbers."""
    found = await figures.towns(book(turn))
    lines = [
        Phrase(
            "stats.town",
            {
                "town": town.named,
                "participants": n,
                "target": town.target,
                "percent": n * 100 // town.target if town.target else 0,
            },
        )
        for town, n in found
    ]
    leads = [button(f"stats.unit:{town.code}", town.named) for town, _ in found]
    chart = button("charts.towns", Phrase("charts.to_towns"))
    return say(
        "stats.towns",
        at=turn.now,
        towns=Lines(tuple(lines)),
        buttons=(*rows(leads, wide=2), (chart, button("stats"))),
    )


async def of_day(turn: Turn, day: date) -> Reply:
    """Say the numbers of one campaign day."""
    first, last = turn.campaign.start, min(turn.today, turn.campaign.last_day)
    beside = [_to_day(other) for other in (day - ONE_DAY, day + ONE_DAY) if first <= other <= last]
    title = Phrase("stats.day_title", {"day": day})
    return await _period(turn, title, Span(day, day + ONE_DAY), beside=beside)


async def of_week(turn: Turn, week: Week) -> Reply:
    """Say the numbers of one week, and how many places it was frozen with."""
    beside = [
        button(f"stats.week:{other.number}", Phrase("stats.week", {"number": other.number}))
        for other in _weeks(turn)
        if abs(other.number - week.number) == 1 and other.first <= turn.today
    ]
    params: dict[str, Param] = {"number": week.number, "first": week.first, "last": week.last}
    every = await weeks.every(turn.db, turn.campaign_id)
    frozen = [
        Phrase("stats.frozen", {"people": one.participants, "points": one.points})
        for one in every
        if one.first == week.first
    ]
    span = Span(week.first, week.last + ONE_DAY)
    more = frozen[0] if frozen else Phrase("stats.not_frozen")
    return await _period(turn, Phrase("stats.week_title", params), span, beside=beside, more=more)


def week_of(turn: Turn, number: int | None) -> Week | None:
    """Return the week of a number, by default the running or else the last; None if none is."""
    begun = [week for week in _weeks(turn) if week.first <= turn.today]
    if number is None:
        return begun[-1] if begun else None
    return next((week for week in begun if week.number == number), None)


def weeks_begun(turn: Turn) -> int:
    """Return how many weeks have begun."""
    return sum(week.first <= turn.today for week in _weeks(turn))


def by_activity(turn: Turn, counts: Mapping[str, Count]) -> Param:
    """Say what each activity scored, and all together."""
    total = sum(counts.values(), Count())
    if not total.paid:
        return NONE
    lines = [
        _activity(named(activity), counts.get(activity.id, Count()))
        for activity in turn.campaign.activities
    ]
    return Lines((*lines, _activity(Phrase("stats.together"), total)))


def _activity(called: Named | Phrase, count: Count) -> Phrase:
    params: dict[str, Param] = {"activity": called, "n": count.paid, "points": count.points}
    return Phrase("stats.activity", params)


async def _period(
    turn: Turn, title: Phrase, span: Span, *, beside: list[Button], more: Param = ""
) -> Reply:
    found = await trend(turn, None, span)
    joined = await tallies.by_key(turn.db, turn.campaign_id, tallies.JOINED, span=span)
    return say(
        "stats.period",
        title=title,
        at=turn.now,
        joined=sum(joined.values(), Count()).n,
        new=sum(found.new.values()),
        more=more,
        activities=by_activity(turn, figures.together(found.days)),
        towns=await _towns(turn, span),
        buttons=(*rows(beside, wide=2), (button("stats"), button("menu"))),
    )


async def _towns(turn: Turn, span: Span) -> Param:
    """Say what each town scored on some days; who did nothing is left out."""
    deeds = await tallies.by_town(turn.db, turn.campaign_id, tallies.DEEDS, span=span)
    new = await tallies.by_town(turn.db, turn.campaign_id, tallies.NEW, span=span)
    lines = []
    for town in turn.campaign.towns:
        count, fresh = deeds.get(town.id, Count()), new.get(town.id, Count()).n
        if count.paid or fresh:
            line: dict[str, Param] = {"n": count.paid, "points": count.points, "new": fresh}
            said = Phrase("stats.day_line", line)
            lines.append(Phrase("stats.of_town", {"town": named(town), "line": said}))
    return Lines(tuple(lines)) if lines else NONE


async def _returns(turn: Turn) -> Phrase:
    found = await figures.returns(book(turn), today=turn.today)
    if not found.of:
        return Phrase("stats.returns_soon")
    return Phrase("stats.returns", {"of": found.of, "back": found.back, "percent": found.percent})


async def _items(turn: Turn) -> Param:
    kinds = turn.campaign.item_kinds
    found = await tallies.top(turn.db, turn.campaign_id, kinds, most=TOP_ITEMS)
    numbers = [int(one.subject) for one in found if one.subject.isdecimal()]
    titles = await items.titles(turn.db, numbers)
    lines = [
        Phrase(
            "stats.item",
            {
                "place": place,
                "title": titles[int(one.subject)],
                "activity": named(turn.campaign.activity(one.activity)),
                "n": one.n,
            },
        )
        for place, one in enumerate(found, start=1)
        if one.subject.isdecimal() and int(one.subject) in titles
    ]
    return Lines(tuple(lines)) if lines else NONE


async def _places(turn: Turn) -> Param:
    found = await tallies.top(turn.db, turn.campaign_id, [VISIT], most=TOP_PLACES)
    lines = [
        Phrase("stats.place", {"place": named(spot), "n": one.n})
        for one in found
        if (spot := turn.campaign.place(one.subject.removeprefix(PLACE))) is not None
    ]
    return Lines(tuple(lines)) if lines else NONE


def _weeks(turn: Turn) -> tuple[Week, ...]:
    run = figures.course(turn.campaign)
    return rule.weeks(run.start, run.until)


def _to_week(turn: Turn) -> Button:
    begun = weeks_begun(turn)
    return button(f"stats.week:{begun}" if begun else "stats.week", Phrase("stats.to_week"))


def _to_day(day: date) -> Button:
    return button(f"stats.day:{day}", Phrase("stats.to_day", {"day": day}))
