"""Signals: one person's day of deeds that looks unlike a person's. Pure.

A signal is a question for a human who sees the evidence. It changes no points and bans nobody: a
class that watches together, or a very patient reader, looks like this as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

CLOCKWORK_DEEDS_MIN = 6
CLOCKWORK_SPREAD_SECONDS = 1.0
CLOCKWORK_GAP_SECONDS_MIN = 5.0
"""Below that it is somebody who taps fast through what waited, or a retry."""
MINIMUM_FINISHES_MIN = 5
MINIMUM_SLACK_SECONDS = 2.0
VOLUME_MINUTES_MAX = 16 * 60
LINKED_ACCOUNTS_MIN = 4


class Kind(StrEnum):
    """What looks odd."""

    CLOCKWORK = "clockwork"  # deeds at equal distances, to the second
    MINIMUM = "minimum"  # every item is finished just when that becomes possible
    VOLUME = "volume"  # more was read, heard and watched than a waking day holds
    LINKED = "linked"  # many accounts are linked to one person


@dataclass(frozen=True, slots=True)
class Done:
    """A deed: when, how long what was finished takes, and how long after opening it was finished.

    `waited` and `least` are seconds: since the opening, and the least there must be. None if the
    deed needs no opening, or that is not known any more.
    """

    at: datetime
    minutes: int = 0
    waited: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """What was found: how many deeds, and the number that is odd: seconds, or minutes."""

    kind: Kind
    count: int
    value: int


def judge(day: Sequence[Done]) -> Iterator[Signal]:
    """Return what looks odd about one person's day, whose deeds come in any order."""
    deeds = sorted(day, key=_at)
    for found in (clockwork(deeds), minimum(deeds), volume(deeds)):
        if found is not None:
            yield found


def _at(done: Done) -> datetime:
    return done.at


def clockwork(deeds: Sequence[Done]) -> Signal | None:
    """Find the longest row of deeds at equal distances."""
    best: list[float] = []
    row: list[float] = []
    for one, after in pairwise(deeds):
        gap = (after.at - one.at).total_seconds()
        if gap < CLOCKWORK_GAP_SECONDS_MIN:
            row = []
        elif row and max(*row, gap) - min(*row, gap) <= CLOCKWORK_SPREAD_SECONDS:
            row = [*row, gap]
        else:
            row = [gap]
        best = max(best, row, key=len)
    if len(best) + 1 < CLOCKWORK_DEEDS_MIN:
        return None
    return Signal(Kind.CLOCKWORK, len(best) + 1, round(best[0]))


def minimum(deeds: Sequence[Done]) -> Signal | None:
    """Say whether every item was finished within moments of when that became possible."""
    spare = [
        each.waited - each.least
        for each in deeds
        if each.waited is not None and each.least is not None and each.least > 0
    ]
    if len(spare) < MINIMUM_FINISHES_MIN or max(spare) > MINIMUM_SLACK_SECONDS:
        return None
    return Signal(Kind.MINIMUM, len(spare), round(max(spare)))


def volume(deeds: Sequence[Done]) -> Signal | None:
    """Say whether what was finished takes longer than a person is awake."""
    minutes = sum(each.minutes for each in deeds)
    if minutes <= VOLUME_MINUTES_MAX:
        return None
    return Signal(Kind.VOLUME, sum(each.minutes > 0 for each in deeds), minutes)


def linked(accounts: int) -> Signal | None:
    """Say whether many accounts are linked to one person."""
    return Signal(Kind.LINKED, accounts, accounts) if accounts >= LINKED_ACCOUNTS_MIN else None
