"""How much one person and one app may be sent where the excess is dropped without a word.

Pure but for the clock it is given. The numbers are WeCom's: 30 messages a minute and 1,000 an hour
to a member, 200 a day for each account the corporation may have.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import date, datetime

MINUTE_SECONDS, HOUR_SECONDS = 60.0, 3600.0
MINUTE_MAX, HOUR_MAX = 30, 1000
PER_ACCOUNT = 200
MEMBERS_KEPT_MAX = 50_000
RUSH_MINUTES, RUSH_SECONDS = 30, 60.0  # full and half hours, when everybody else sends as well


class Quota:
    """Counts what was sent to each member before it is sent."""

    def __init__(self, clock: Callable[[], float], *, minute: int = MINUTE_MAX) -> None:
        """Take a clock in seconds that never goes back, and how many a minute may hold."""
        self._clock = clock
        self._minute = minute
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()
        self._elsewhere: OrderedDict[str, list[float]] = OrderedDict()
        """When other processes sent something to a member, as far as they have told."""

    def learn(self, member: str, sent: Sequence[tuple[float, int]]) -> None:
        """Note, in place of what was known, what others sent: so many seconds ago, so many."""
        now = self._clock()
        times = sorted(now - ago for ago, count in sent for _ in range(min(count, HOUR_MAX)))
        self._elsewhere.pop(member, None)
        if times:
            self._elsewhere[member] = times
        if len(self._elsewhere) > MEMBERS_KEPT_MAX:
            self._elsewhere.popitem(last=False)

    def _all(self, member: str) -> Sequence[float]:
        """Return when something was sent to a member, by whichever process."""
        here, elsewhere = self._sent.get(member, ()), self._elsewhere.get(member)
        return sorted([*here, *elsewhere]) if elsewhere else here

    def wait(self, member: str, count: int = 1, *, spare: int = 0) -> float:
        """Return the seconds until so many messages may go to a member, and leave some to spare."""
        now, sent = self._clock(), self._all(member)
        spans = ((self._minute, MINUTE_SECONDS), (HOUR_MAX, HOUR_SECONDS))
        waits = [0.0]
        for most, seconds in spans:
            room = max(most - spare - count, 0)  # so many may have been sent in this span before
            if len(sent) > room:
                waits.append(sent[-1 - room] + seconds - now)
        return max(waits)

    def take(self, member: str, count: int = 1) -> None:
        """Note that so many messages go to a member now."""
        now = self._clock()
        sent = self._sent.setdefault(member, deque(maxlen=HOUR_MAX))
        self._sent.move_to_end(member)
        sent.extend([now] * count)
        while sent and sent[0] <= now - HOUR_SECONDS:
            sent.popleft()
        if len(self._sent) > MEMBERS_KEPT_MAX:
            self._sent.popitem(last=False)


class Budget:
    """What the app may send on one day, counted in people reached; 0 accounts: as much as likes."""

    def __init__(self, accounts: int) -> None:
        self._most = accounts * PER_ACCOUNT
        self._day: date | None = None
        self._spent = self._elsewhere = 0

    @property
    def is_kept(self) -> bool:
        """Say whether there is a limit at all."""
        return bool(self._most)

    def left(self, day: date) -> int | None:
        """Return how many more messages a day can hold; None if there is no limit."""
        spent = self._spent + self._elsewhere if day == self._day else 0
        return max(0, self._most - spent) if self._most else None

    def missing(self, count: int, day: date) -> int:
        """Return how many of so many messages are beyond the day's budget."""
        left = self.left(day)
        return 0 if left is None else max(0, count - left)

    def spend(self, count: int, day: date) -> None:
        """Note that so many messages go out on a day."""
        self._turn(day)
        self._spent += count

    def learn(self, count: int, day: date) -> None:
        """Note, in place of what was known, how many others sent on a day."""
        self._turn(day)
        self._elsewhere = count

    def _turn(self, day: date) -> None:
        if day != self._day:
            self._day, self._spent, self._elsewhere = day, 0, 0


def rush(now: datetime) -> float:
    """Return how many seconds something for many should wait: the first minute of a half hour."""
    into = (now.minute % RUSH_MINUTES) * 60 + now.second + now.microsecond / 1e6
    return max(0.0, RUSH_SECONDS - into)
