"""Badges: how far somebody is from each. Pure.

They follow from what was done, so each is had once, and goes if what earned it is taken back.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Had:
    """What somebody has done: check-in days, livestreams, and each day with each activity."""

    days: int
    lives: int
    done: Collection[tuple[date, str]]


def reached(had: Had, of: str, activity: str) -> int:
    """Return how often somebody did what a badge is given for."""
    match of:
        case "days":
            return had.days
        case "lives":
            return had.lives
        case "kinds":
            days = [day for day, _ in set(had.done)]
            return max(map(days.count, days), default=0)
        case _:
            return sum(kind == activity for _, kind in had.done)
