"""How far a target is, and where it leads at today's pace. Pure.

All numbers are participants. A day counts as gone when it is over: today still has its chance.
"""

from dataclasses import dataclass
from datetime import date

from bot.rules.calendar import ONE_DAY

PACE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Course:
    """The days on which participants can be won: from `start` on, before `until`."""

    start: date
    until: date

    def left(self, today: date) -> int:
        """Return how many days are left, today included."""
        return max(0, (self.until - max(today, self.start)).days)

    def looked_at(self, today: date) -> tuple[date, date]:
        """Return the days whose pace counts: at most the last 14 that are over, half-open."""
        until = min(max(today, self.start), self.until)
        return max(self.start, until - PACE_DAYS * ONE_DAY), until


@dataclass(frozen=True, slots=True)
class Progress:
    """How things stand: `percent` of the target, so many a day still needed, so many expected.

    `needed` is None when no day is left for it; `expected` is None while no day is over.
    """

    participants: int
    target: int
    percent: int
    needed: int | None
    expected: int | None

    @property
    def missing(self) -> int:
        """Return how many are missing from the target."""
        return max(0, self.target - self.participants)


def progress(
    participants: int, target: int, course: Course, *, today: date, lately: int
) -> Progress:
    """Return how a unit stands; `lately` were new on the days that `course.looked_at` names."""
    left = course.left(today)
    missing = max(0, target - participants)
    needed = -(-missing // left) if left else (None if missing else 0)
    first, until = course.looked_at(today)
    over = (until - first).days
    expected = None
    if not left:
        expected = participants
    elif over:
        expected = participants + round(lately / over * left)
    percent = participants * 100 // target if target else 0
    return Progress(participants, target, percent, needed, expected)
