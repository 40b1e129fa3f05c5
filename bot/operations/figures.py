"""Figures of the campaign, of a town, a bureau, a school or a team, as of a campaign day.

Participants are people with at least one scored line; a town counts those whose first line was
booked there, the others count who belongs to them now. Spans of days are half-open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.campaign import Campaign
from bot.rules import calendar, forecast
from bot.rules.calendar import BACK_WITHIN, ONE_DAY
from bot.rules.forecast import Course, Progress
from storage import memberships, tallies, units
from storage.db import Db
from storage.tallies import Count, Span
from storage.units import TOWN, Unit

EVER = Span(date.min, date.max)
ByDay = Mapping[date, Mapping[str, Count]]


@dataclass(frozen=True, slots=True)
class Book:
    """Where figures are read: the database and the campaign."""

    db: Db
    campaign: Campaign
    id: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a unit, or everybody, stands: registered, participants against the target."""

    registered: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Returns:
    """Of so many whose seven days are over, so many came back within them."""

    of: int
    back: int

    @property
    def percent(self) -> int:
        """Return the share."""
        return self.back * 100 // self.of if self.of else 0


def course(campaign: Campaign) -> Course:
    """Return the days that score."""
    return Course(*calendar.scoring(campaign.spans))


def lately(today: date, days: int) -> Span:
    """Return the last days up to today, today included."""
    return Span(today - (days - 1) * ONE_DAY, today + ONE_DAY)


async def standing(book: Book, unit: Unit | None, *, today: date) -> Standing:
    """Return how a unit stands, or with None all towns together."""
    new = await newcomers(book, unit)
    run = course(book.campaign)
    first, until = run.looked_at(today)
    aims = [unit] if unit else await units.listed(book.db, book.id, kind=TOWN)
    progress = forecast.progress(
        sum(new.values()),
        sum(aim.target for aim in aims),
        run,
        today=today,
        lately=sum(n for day, n in new.items() if first <= day < until),
    )
    return Standing(await registered(book, unit), progress)


async def registered(book: Book, unit: Unit | None) -> int:
    """Return how many ever registered: in a town, or, elsewhere, how many belong there now."""
    if unit is None:
        return await tallies.registered(book.db, book.id)
    if unit.kind != TOWN:
        return await units.count_people(book.db, [unit.code])
    joined = await tallies.by_key(book.db, book.id, tallies.JOINED, town=unit.code)
    return _total(joined).n


async def newcomers(book: Book, unit: Unit | None, *, span: Span | None = None) -> dict[date, int]:
    """Return how many became participants on each day."""
    if unit is not None and unit.kind != TOWN:
        found = await memberships.participants(book.db, book.id, unit)
        kept = span or EVER
        return {day: n for day, n in found.items() if kept.first <= day < kept.until}
    town = unit.code if unit else None
    days = await tallies.by_day(book.db, book.id, tallies.NEW, span=span or EVER, town=town)
    return {day: _total(counts).n for day, counts in days.items()}


async def deeds(book: Book, unit: Unit | None, *, span: Span) -> ByDay:
    """Return what was scored on each day, by activity: of it `paid` and `points` count."""
    if unit is not None and unit.kind != TOWN:
        return await memberships.by_day(book.db, book.id, unit, span=span)
    town = unit.code if unit else None
    return await tallies.by_day(book.db, book.id, tallies.DEEDS, span=span, town=town)


async def towns(book: Book) -> list[tuple[Unit, int]]:
    """Return each town with its participants, in the order of the campaign file."""
    listed = await units.listed(book.db, book.id, kind=TOWN)
    found = await tallies.by_town(book.db, book.id, tallies.NEW)
    order = [town.id for town in book.campaign.towns]
    listed.sort(key=lambda town: order.index(town.code) if town.code in order else len(order))
    return [(town, found.get(town.code, Count()).n) for town in listed]


async def returns(book: Book, *, today: date) -> Returns:
    """Return how many came back within seven days, of those whose seven days are over."""
    until = today - BACK_WITHIN
    span = Span(date.min, until)
    new = await tallies.by_key(book.db, book.id, tallies.NEW, span=span)
    back = await tallies.by_key(book.db, book.id, tallies.BACK, span=span)
    return Returns(_total(new).n, _total(back).n)


def together(days: ByDay) -> dict[str, Count]:
    """Add the days up, by activity."""
    sums: dict[str, Count] = {}
    for counts in days.values():
        for activity, count in counts.items():
            sums[activity] = sums.get(activity, Count()) + count
    return sums


def _total(counts: Mapping[str, Count]) -> Count:
    return sum(counts.values(), Count())
