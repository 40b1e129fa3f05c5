"""统计: the numbers of everything, of a unit, of some days; each said with what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.feature import Turn, button, named, rows, say
from bot.messages import Button, Lines, Named, Param, Phrase, Reply
from bot.operations import figures, unit_view
from bot.operations.figures import Book, ByDay, Standing
from bot.rules import gauge
from bot.rules import weeks as rule
from bot.rules.calendar import ONE_DAY
from bot.rules.weeks import Week
from storage import tallies, weeks
from storage.tallies import Count, Span
from storage.units import TOWN, Unit

TREND_DAYS, LATEST_DAYS = 14, 2
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
    """Say the numbers of the whole campaign that matter most; buttons lead to the others."""
    found = await figures.standing(book(turn), None, today=turn.today)
    params = await _first(turn, None, found) | {"returns": await _returns(turn)}
    buttons = (
        (button("stats.towns", Phrase("stats.to_towns")), _to_week(turn)),
        (_more("days"), _more("activities")),
        (button("stats.live", Phrase("turnout.to_all")), _more("favourites")),
        (_more("meanings"), button("roles")),
    )
    return Reply("stats.text", params, buttons)


async def of_unit(turn: Turn, unit: Unit) -> Reply:
    """Say the numbers of one unit or team that matter most; buttons lead to the others."""
    found = await figures.standing(book(turn), unit, today=turn.today)
    means = Phrase("stats.means_town" if unit.kind == TOWN else "stats.means_members")
    about: dict[str, Param] = {"unit": unit.named, "means": means}
    buttons = (
        (_more("days", unit.code), _more("activities", unit.code)),
        (button(f"charts.way:{unit.code}", Phrase("charts.to_way")),),
        (button("stats.towns", Phrase("stats.to_towns")), button("stats")),
    )
    return Reply("stats.unit", about | await _first(turn, unit, found), buttons)


async def _first(turn: Turn, unit: Unit | None, found: Standing) -> dict[str, Param]:
    """Say how a unit or everything stands, and what today and yesterday brought."""
    latest = await trend(turn, unit, figures.lately(turn.today, LATEST_DAYS))
    return {
        "at": turn.now,
        "stands": unit_view.stands(found.progress),
        "registered": found.registered,
        "cards": await unit_view.on_cards(turn, None if unit is None else [unit.code]),
        "course": unit_view.course(turn, found.progress),
        "today": latest.line(turn.today),
        "yesterday": latest.line(turn.today - ONE_DAY),
    }


def _more(what: str, about: str = "") -> Button:
    target = f"stats.more:{what}:{about}" if about else f"stats.more:{what}"
    return button(target, Phrase(f"stats.to_{what}"))


async def towns(turn: Turn) -> Reply:
    """List the towns with participants and targets; each leads to its numbers."""
    found = await figures.towns(book(turn))
    lines = [
        Phrase(
            "stats.town_few" if gauge.few(n, town.target) else "stats.town",
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
    beside = [to_day(other) for other in (day - ONE_DAY, day + ONE_DAY) if first <= other <= last]
    beside.append(_more("towns", day.isoformat()))
    return await _period(turn, day_title(day), Span(day, day + ONE_DAY), beside=beside)


async def of_week(turn: Turn, week: Week) -> Reply:
    """Say the numbers of one week, and how many places it was frozen with."""
    beside = [
        to_week(other.number)
        for other in _weeks(turn)
        if abs(other.number - week.number) == 1 and other.first <= turn.today
    ]
    beside.append(_more("towns", str(week.number)))
    every = await weeks.every(turn.db, turn.campaign_id)
    frozen = [
        Phrase("stats.frozen", {"people": one.participants, "points": one.points})
        for one in every
        if one.first == week.first
    ]
    span = Span(week.first, week.last + ONE_DAY)
    more = frozen[0] if frozen else Phrase("stats.not_frozen")
    return await _period(turn, week_title(week), span, beside=beside, more=more)


def day_title(day: date) -> Phrase:
    """Name the numbers of a day."""
    return Phrase("stats.day_title", {"day": day})


def week_title(week: Week) -> Phrase:
    """Name the numbers of a week."""
    params: dict[str, Param] = {"number": week.number, "first": week.first, "last": week.last}
    return Phrase("stats.week_title", params)


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
        buttons=(*rows(beside, wide=2), (button("stats"), button("menu"))),
    )


async def _returns(turn: Turn) -> Phrase:
    found = await figures.returns(book(turn), today=turn.today)
    if not found.of:
        return Phrase("stats.returns_soon")
    return Phrase("stats.returns", {"of": found.of, "back": found.back, "percent": found.percent})


def _weeks(turn: Turn) -> tuple[Week, ...]:
    run = figures.course(turn.campaign)
    return rule.weeks(run.start, run.until)


def _to_week(turn: Turn) -> Button:
    begun = weeks_begun(turn)
    return button(f"stats.week:{begun}" if begun else "stats.week", Phrase("stats.to_week"))


def to_week(number: int) -> Button:
    """Lead to the numbers of a week."""
    return button(f"stats.week:{number}", Phrase("stats.week", {"number": number}))


def to_day(day: date) -> Button:
    """Lead to the numbers of a day."""
    return button(f"stats.day:{day}", Phrase("stats.to_day", {"day": day}))
