"""The public board, read once for everybody who looks at it, however many there are.

One reading is under way at a time; meanwhile, and while the database is away, the last one is
shown. It says of when it is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.campaign import Campaign
from bot.clock import Clock
from bot.operations import board
from bot.operations.board import Board, Slow
from bot.operations.figures import Book
from storage.db import Database, Unavailable

FRESH_SECONDS = 4.0
SLOW_SECONDS = 120.0


@dataclass(slots=True)
class Boards:
    """Hands the board out; `monotonic` tells how old it is, `secret` makes its aliases."""

    database: Database
    campaign: Campaign
    campaign_id: int
    clock: Clock
    secret: bytes
    monotonic: Callable[[], float]
    readings: int = 0
    """How often the database was asked."""
    _board: Board | None = None
    _slow: Slow | None = None
    _read_at: float = float("-inf")
    _slow_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def latest(self) -> Board:
        """Return the board as it was a few seconds ago at most, or the last there is.

        Raises:
            Unavailable: the database is away, and was never read.

        """
        shown = self._board
        if shown is not None and (self._is_fresh() or self._reading.locked()):
            return shown
        async with self._reading:
            if not self._is_fresh():
                try:
                    self._board = await self._read()
                except Unavailable:
                    self._slow_at = float("-inf")
                self._read_at = self.monotonic()  # also a database that is away is asked once
            if self._board is None:
                raise Unavailable("the board was never read")
            return self._board

    def _is_fresh(self) -> bool:
        return self.monotonic() - self._read_at < FRESH_SECONDS

    async def _read(self) -> Board:
        self.readings += 1
        now = self.clock.now()
        today = self.campaign.day(now)
        async with self.database.reading() as db:
            book = Book(db, self.campaign, self.campaign_id)
            found, at = self._slow, self.monotonic()
            if found is None or found.day != today or at - self._slow_at >= SLOW_SECONDS:
                found = await board.slow(book, today=today, secret=self.secret)
                self._slow, self._slow_at = found, at
            return await board.read(book, found, now=now)
