"""Weeks of the standings: Monday to Sunday campaign days, cut by the days that score. Pure.

Spans of days are half-open: `start` is the first day that scores, `until` is not in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.calendar import ONE_DAY

DAYS = 7


@dataclass(frozen=True, slots=True)
class Week:
    """One week, counted from 1; both days are in."""

    number: int
    first: date
    last: date

    @property
    def told_on(self) -> date:
        """Return the Monday after it: then it is complete, frozen and told."""
        return _monday(self.first) + timedelta(days=DAYS)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_of(day: date, start: date, until: date) -> Week | None:
    """Return the week a day belongs to, None outside the days that score."""
    if not start <= day < until:
        return None
    monday = _monday(day)
    number = (monday - _monday(start)).days // DAYS + 1
    return Week(number, max(monday, start), min(monday + timedelta(days=DAYS), until) - ONE_DAY)


def weeks(start: date, until: date) -> tuple[Week, ...]:
    """Return all weeks, the first and the last cut where the days that score begin and end."""
    found = []
    day = start
    while (week := week_of(day, start, until)) is not None:
        found.append(week)
        day = week.last + ONE_DAY
    return tuple(found)


def newest(day: date, start: date, until: date) -> Week | None:
    """Return the newest week that is complete on a day, None while there is none."""
    return next((week for week in reversed(weeks(start, until)) if week.told_on <= day), None)


def town_places(points: Mapping[str, int], targets: Mapping[str, int]) -> dict[str, int]:
    """Return the place of each town by points per head of its target; equals share a place."""

    def better(one: str, other: str) -> bool:
        return points.get(one, 0) * targets[other] > points.get(other, 0) * targets[one]

    return {town: 1 + sum(better(other, town) for other in targets) for town in targets}
