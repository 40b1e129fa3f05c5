"""What a deed earns, and why not more. Pure.

A day of one activity is a row of slots: slot n pays from n x points up to (n + 1) x points, cut
off at the cap. Two lines cannot take one slot and no slot pays past the cap, so the schema can
hold the cap by itself, whoever writes.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ONCE = "once"  # the repeat rule of what scores once in a campaign
SESSION = "session"  # the repeat rule of livestreams
VISIT = "checkin"  # the activity whose deeds are check-in days


class Outcome(StrEnum):
    """How a deed ended."""

    PAID = "paid"  # points were added: all, or the rest up to the cap
    CAPPED = "capped"  # noted with 0 points, today's cap is reached; the deed may score another day
    TOMORROW = "tomorrow"  # noted with 0 points, the person left and came back on this very day
    UNSCORED = "unscored"  # noted with 0 points, the campaign scores nothing in this phase
    ALREADY = "already"  # this very deed was noted before; nothing was written


@dataclass(frozen=True, slots=True)
class Rate:
    """What one activity pays each time, and the most on one campaign day. In points."""

    points: int
    cap: int


@dataclass(frozen=True, slots=True)
class Day:
    """What an activity paid a citizen on one campaign day: slots taken, and points in them."""

    slots: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say about one deed: the outcome, its points, and the slot they take."""

    outcome: Outcome
    points: int = 0
    slot: int = 0


def decide(rate: Rate, day: Day, *, scores: bool = True) -> Decision:
    """Say what a deed earns, given what its activity paid earlier on the same campaign day."""
    if not scores:
        return Decision(Outcome.UNSCORED)
    # Slots may have been taken at another rate, if the campaign file changed at noon.
    room = rate.cap - max(day.points, day.slots * rate.points)
    points = min(rate.points, room)
    if points <= 0:
        return Decision(Outcome.CAPPED)
    return Decision(Outcome.PAID, points, day.slots)


def settle(balance: int, debt: int, points: int) -> tuple[int, int]:
    """Return balance and debt after points were added or taken; a debt is paid first."""
    net = balance - debt + points
    return max(net, 0), max(-net, 0)


def item_once(repeat: str, item: int, day: date) -> str:
    """Return the once key of finishing an item: once in the campaign, or once a day."""
    return f"item:{item}" if repeat == ONCE else f"item:{item}:{day}"
