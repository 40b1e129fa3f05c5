"""How invented people live: who comes when, reads how much, keeps at it, gives up.

The sample people of the demo and those of a rehearsal have the same habits. Whatever chance
decides is drawn from the generator that is handed in, so the same seed lives the same life.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from random import Random

ITEMS_A_DAY_MAX = 7
READS_PER_VISIT = 0.7
LOYALTY = 0.7  # how often the next item is of the day's favourite kind
KEEPS_SHARE = 0.08
KEPT_FAITH = 0.97
STAYS_DAYS = 60  # on average, of those who give up
GIVES_UP_SHARE = 0.55
WEEKEND = 5  # Saturday
MINUTES_IN_HOUR = 60
# How many of a hundred visits begin in each hour: on the way to work, at noon, after dinner.
HOURS = (1, 0, 0, 0, 0, 1, 4, 12, 9, 4, 3, 4, 8, 5, 3, 3, 3, 4, 6, 9, 11, 6, 3, 1)


@dataclass(frozen=True, slots=True)
class Habits:
    """What somebody is like.

    `faith` is the chance to come on a day; `eager` is the chance of one more item after each.
    """

    faith: float
    eager: float
    weekend: float = 1.0
    """How many times as often they come on a Saturday or Sunday."""
    gives_up: int | None = None
    """After so many days they come no more."""
    lives: float = 0.0
    """The chance to join a livestream."""

    def faith_on(self, day: date, *, since: date) -> float:
        """Return the chance to come on a day, for who joined on another."""
        if self.gives_up is not None and (day - since).days >= self.gives_up:
            return 0.0
        return self.faith * (self.weekend if day.weekday() >= WEEKEND else 1.0)


@dataclass(frozen=True, slots=True)
class Visit:
    """When somebody comes on a day, and the kinds of the items they finish, in this order."""

    at: time
    kinds: tuple[str, ...]


def draw(chance: Random) -> Habits:
    """Draw what a citizen is like: most come now and then, a few every day, many for a while."""
    faith, eager = chance.betavariate(2, 1.5), chance.uniform(0.1, 0.8)
    weekend, lives = chance.uniform(0.6, 1.6), chance.betavariate(1, 5)
    if chance.random() < KEEPS_SHARE:  # they keep a streak, and would not miss a day for it
        return Habits(KEPT_FAITH, eager, lives=lives)
    gives_up = None
    if chance.random() < GIVES_UP_SHARE:
        gives_up = 1 + int(chance.expovariate(1 / STAYS_DAYS))
    return Habits(faith, eager, weekend, gives_up, lives)


def outing(
    chance: Random, habits: Habits, day: date, *, since: date, kinds: Sequence[str]
) -> Visit | None:
    """Draw what somebody does on a day: nothing, or a visit and some items of these kinds."""
    if chance.random() > habits.faith_on(day, since=since):
        return None
    at = _moment(chance)
    if not kinds or chance.random() > READS_PER_VISIT:
        return Visit(at, ())
    favourite = chance.choice(kinds)
    chosen: list[str] = []
    while len(chosen) < ITEMS_A_DAY_MAX:
        chosen.append(favourite if chance.random() < LOYALTY else chance.choice(kinds))
        if chance.random() > habits.eager:
            break
    return Visit(at, tuple(chosen))


def _moment(chance: Random) -> time:
    hour = chance.choices(range(len(HOURS)), HOURS)[0]
    return time(hour, chance.randrange(MINUTES_IN_HOUR))
