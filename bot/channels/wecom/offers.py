"""What the numbers of the last numbered list stand for, for each member, on every process.

They are written behind the answer, many at once: a number is typed a second later at the soonest.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

FLUSH_SECONDS = 0.2
KNOWN_MAX = 50_000

Offered = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Board:
    """Where lists are kept for all processes; `missing` is raised while that is away."""

    keep: Callable[[Mapping[str, Offered]], Awaitable[None]]
    """Keep members' lists; an empty one takes a member's list away."""
    find: Callable[[str], Awaitable[Offered]]
    missing: type[Exception]
    alone: bool = False
    """No other process writes there."""


class Offers:
    """Remembers lists. `run` writes them until cancelled; `flush` writes at once."""

    def __init__(
        self, board: Board, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._board = board
        self._pause = pause
        self._fresh: dict[str, Offered] = {}
        self._without: OrderedDict[str, None] = OrderedDict()
        """Members known to have no list, where nobody else writes."""

    def put(self, member: str, offered: Offered) -> None:
        """Note the list a member sees now; an empty one says that the last holds no more."""
        if not offered and member in self._without:
            return
        self._fresh[member] = offered
        self._without.pop(member, None)
        if not offered and self._board.alone:
            self._without[member] = None
            if len(self._without) > KNOWN_MAX:
                self._without.popitem(last=False)

    async def find(self, member: str, number: int) -> str | None:
        """Return what a number stands for to a member, if anything."""
        offered = self._fresh.get(member)
        if offered is None:
            try:
                offered = await self._board.find(member)
            except self._board.missing:
                return None
        return offered.get(number)

    async def run(self) -> None:
        """Write what is new, for ever."""
        while True:
            await self._pause(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what is new; while the database is away it waits in memory."""
        fresh = dict(self._fresh)
        if not fresh:
            return
        try:
            await self._board.keep(fresh)
        except self._board.missing:
            return
        for member, offered in fresh.items():
            if self._fresh.get(member) is offered:
                del self._fresh[member]
