"""What WeCom lets through, kept before sending: it drops the excess without a word.

A process counts in memory, so that a reply costs no statement. What others must know is told and
asked behind the answers, in one transaction a second at most:

- what replies sent to a member, where several processes answer one member. Pushes are left out:
  the leading process alone sends them, a few a day to each, and leaves a share to replies; a row
  for each of a hundred thousand receivers would cost more than the push. What others send unseen
  within that second is covered by a margin, and little: whoever hammers is answered in texts.
- what the app spent of its day, also over a restart, which would otherwise begin the day anew.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.quota import HOUR_SECONDS, MINUTE_SECONDS, Budget, Quota

SHARED_SECONDS = 1.0
LOOKED_SECONDS = 15.0  # between looks at what others spent, while nothing is sent here
MARGIN = 6  # messages of a member's minute that others may be sending unseen
UNSEEN_MAX = 3  # replies to a member that others have not been told of
APP = ""  # stands for the app among members

Spans = Sequence[tuple[int, int]]
"""Messages by the minute of the system's time in which they were sent, or a day began."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where processes tell each other what they sent; `missing` is raised while that is away."""

    share: Callable[
        [Mapping[tuple[str, int], int], Mapping[str, int]], Awaitable[Mapping[str, Spans]]
    ]
    """Add what was sent here, and return what others sent since a span of each one asked for."""
    missing: type[Exception]
    alone: bool = False
    """No other process answers members."""


class Limits:
    """A member's quota, the app's day, and what processes tell each other of both."""

    def __init__(
        self,
        quota: Quota,
        budget: Budget,
        now: Callable[[], datetime],
        *,
        ledger: Ledger | None = None,
    ) -> None:
        """Take the system's moment in the city's zone; without a ledger this process is alone."""
        self.quota = quota
        self.budget = budget
        self.now = now
        self._ledger = ledger
        self._fresh: Counter[tuple[str, int]] = Counter()
        self._looked_at = float("-inf")

    def take(self, members: Sequence[str], *, reply: bool = False) -> None:
        """Note that a message goes to members now."""
        now = self.now()
        self.budget.spend(len(members), now.date())
        for member in members:
            self.quota.take(member)
        if self._ledger is None:
            return
        if self.budget.is_kept:
            self._fresh[APP, _day(now)] += len(members)
        if reply and not self._ledger.alone:
            self._fresh.update((member, _minute(now)) for member in members)

    def allows(self, member: str, count: int) -> bool:
        """Say whether a reply of so many messages may go to a member by calls now."""
        unseen = self._fresh[member, _minute(self.now())]
        return unseen < UNSEEN_MAX and not self.quota.wait(member, count)

    async def run(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Tell and ask, for ever; a process that is alone in every way has nothing to do."""
        while self._ledger is not None:
            await self.share()
            await pause(SHARED_SECONDS)

    async def share(self) -> None:
        """Tell what is new, and learn what others sent; while the database is away it waits."""
        now = self.now()
        if self._ledger is None or not (self._fresh or self._is_to_look(now)):
            return
        fresh, self._fresh = self._fresh, Counter()
        since = _minute(now) - int(HOUR_SECONDS / MINUTE_SECONDS)
        asked = {who: since for who, _ in fresh if who != APP}
        if self.budget.is_kept:
            asked[APP] = _day(now)
        try:
            told = await self._ledger.share(fresh, asked)
        except self._ledger.missing:
            self._fresh.update(fresh)
            return
        self._looked_at = now.timestamp()
        for who in asked:
            self._learn(who, told.get(who, ()), now)

    def _is_to_look(self, now: datetime) -> bool:
        return self.budget.is_kept and now.timestamp() >= self._looked_at + LOOKED_SECONDS

    def _learn(self, who: str, told: Spans, now: datetime) -> None:
        if who == APP:
            self.budget.learn(sum(count for _, count in told), now.date())
            return
        # As if at the end of their minute: better too late than too many.
        seconds = ((now.timestamp() - (span + 1) * MINUTE_SECONDS, n) for span, n in told)
        self.quota.learn(who, [(max(0.0, ago), count) for ago, count in seconds])


def _minute(now: datetime) -> int:
    return int(now.timestamp() // MINUTE_SECONDS)


def _day(now: datetime) -> int:
    """Return the minute in which the city's day began."""
    return _minute(now.replace(hour=0, minute=0, second=0, microsecond=0))
