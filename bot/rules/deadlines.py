"""Deadlines of what units hand in. Pure. The last day on which something is in time is its day."""

from collections.abc import Iterable
from datetime import date, timedelta

from bot.rules import moments


def details_day(broadcast: date, days: int) -> date:
    """Return the last day for the details of a class, so many days before it."""
    return broadcast - timedelta(days=days)


def earliest(today: date, days: int) -> date:
    """Return the first day for which details handed in today are in time."""
    return today + timedelta(days=days)


def reminder(today: date, due: date, days: Iterable[int]) -> int | None:
    """Return which reminder it is time for: the nearest of `days` before the deadline.

    One that was missed is made up for until the next one, or the deadline, has come.
    """
    left = (due - today).days
    return min((day for day in days if day >= left), default=None) if left >= 0 else None


def lacking(planned: Iterable[date], held: Iterable[date]) -> list[date]:
    """Return the planned months, each by its first day, that have fewer classes than plans."""
    months = [day.replace(day=1) for day in planned]
    there = [day.replace(day=1) for day in held]
    return sorted({month for month in months if there.count(month) < months.count(month)})


def month_days(month: date, days: int) -> tuple[date, date]:
    """Return the last days for details of a class at the begin of a month, and at its end."""
    return details_day(month, days), details_day(moments.last_of(month), days)
