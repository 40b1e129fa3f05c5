"""Streaks: check-in days in a row. Pure.

Check-in days are bits of one number: bit n is the n-th day of the campaign, counted from 0.
"""

from collections.abc import Set as AbstractSet
from datetime import date

from bot.rules.calendar import ONE_DAY

FREE_DAYS_A_MONTH = 2


def visited(days: int, start: date, day: date) -> bool:
    """Say whether a citizen checked in on a day."""
    index = (day - start).days
    return index >= 0 and bool(days >> index & 1)


def with_visit(days: int, start: date, day: date) -> int:
    """Return the check-in days with one more."""
    return days | 1 << (day - start).days


def without_visit(days: int, start: date, day: date) -> int:
    """Return the check-in days with one less."""
    return days & ~(1 << (day - start).days)


def count(days: int) -> int:
    """Return how many days a citizen checked in."""
    return days.bit_count()


def length(days: int, start: date, today: date, *, outages: AbstractSet[date] = frozenset()) -> int:
    """Count the check-in days in a row up to today, or up to yesterday if today is still open.

    A gap is bridged by outage days, and by up to two free days a calendar month; neither is
    counted.
    """
    index = (today - start).days - (not visited(days, start, today))
    free: dict[tuple[int, int], int] = {}
    row = 0
    while index >= 0:  # from gap to gap: who keeps a streak all season is counted as quickly
        gap = (~days & (1 << index + 1) - 1).bit_length() - 1
        row += index - gap
        day = start + gap * ONE_DAY
        if gap >= 0 and day not in outages:
            month = (day.year, day.month)
            free[month] = free.get(month, 0) + 1
            if free[month] > FREE_DAYS_A_MONTH:
                break
        index = gap - 1
    return row
