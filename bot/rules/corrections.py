"""Corrections by staff: adjusting a balance, making up for a deed, reversing a line. Pure.

An adjustment moves the balance and nothing else. A makeup stands for a deed that was not booked:
it pays as that deed would have. A reversal takes a line back, once. Whatever would take more than
the balance holds leaves a debt, and needs somebody to have agreed to that debt.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.rules.points import Rate, settle

POINTS_MAX = 1000
"""The most that one adjustment moves: a slip of the finger stays small."""
REASON_MAX = 200
DAY_TIMES = 4
"""Beyond so many times what one person may adjust alone, a day of theirs needs a second one."""
DENIED = "roll:"
"""How the cause of a line begins that takes back what a roll call booked of somebody not there."""


LAPSED = "attest:"
"""How the cause of a line begins that takes back what an organiser attested and nobody else did."""


class Kind(StrEnum):
    """What kind of correction a line of the ledger is."""

    ADJUSTMENT = "adjustment"
    MAKEUP = "makeup"
    REVERSAL = "reversal"


class Verdict(StrEnum):
    """How a correction ended."""

    BOOKED = "booked"
    ALREADY = "already"  # this was booked before, by another message; nothing was written
    DEBT = "debt"  # it would leave a debt that nobody agreed to
    FULL = "full"  # the activity's day holds no more
    DEAR = "dear"  # a makeup of more points than its deed would have paid
    RESTS = "rests"  # nothing scores on that day
    MISSING = "missing"  # there is no such line
    FIXED = "fixed"  # lines of this kind are not reversed


@dataclass(frozen=True, slots=True)
class Purse:
    """What somebody has to spend, and what is owed. In points; one of them is 0."""

    balance: int = 0
    debt: int = 0

    def after(self, points: int) -> "Purse":
        """Return what it holds after points came or went; a debt is paid first."""
        return Purse(*settle(self.balance, self.debt, points))


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say about a correction: the points its line moves, and what it leaves.

    When a debt has to be agreed to first, `purse` is what it would leave.
    """

    verdict: Verdict
    points: int = 0
    purse: Purse = Purse()


def adjust(purse: Purse, points: int, *, agreed: int = 0) -> Decision:
    """Decide an adjustment. `agreed` is the debt that somebody saw and confirmed."""
    return _moved(purse, points, agreed=agreed)


def make_up(purse: Purse, points: int, *, rate: Rate, net: int, scores: bool) -> Decision:
    """Decide a makeup of some points, on a day whose activity has `net` points that stand.

    What was reversed does not free the cap for deeds, but it may be made up for.
    """
    if not scores:
        return Decision(Verdict.RESTS)
    if points > rate.points:
        return Decision(Verdict.DEAR)
    if points > rate.cap - net:
        return Decision(Verdict.FULL)
    return _moved(purse, points, agreed=0)


def room(rate: Rate, net: int) -> int:
    """Return the points of the largest makeup that a day has room for."""
    return max(0, min(rate.points, rate.cap - net))


REVERSIBLE = frozenset({"deed", Kind.MAKEUP, Kind.ADJUSTMENT})


def reverse(
    purse: Purse, kind: str | None, points: int, *, is_reversed: bool, agreed: int = 0
) -> Decision:
    """Decide the reversal of a line of some kind and points; None if there is no such line."""
    if kind is None:
        return Decision(Verdict.MISSING)
    if kind not in REVERSIBLE:
        return Decision(Verdict.FIXED)
    if is_reversed:
        return Decision(Verdict.ALREADY)
    return _moved(purse, -points, agreed=agreed)


def _moved(purse: Purse, points: int, *, agreed: int) -> Decision:
    after = purse.after(points)
    deeper = after.debt > max(purse.debt, agreed)
    return Decision(Verdict.DEBT if deeper else Verdict.BOOKED, points, after)


def needs_second(points: int, *, alone_max: int, adjusted_today: int) -> bool:
    """Say whether a second person must agree: to this one, or to a day of many small ones."""
    return abs(points) > alone_max or abs(points) + adjusted_today > alone_max * DAY_TIMES
