"""Telling whoever writes on a platform that nothing is stored, while the platform tries again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.dispatch import Dispatcher
from bot.messages import Incoming, Moved, Presence, Rendered
from storage.db import Database, Unavailable

AGAIN_SECONDS = 600.0
TELL_SECONDS_MAX = 2.0  # the platform waits for our no
TOLD_MAX = 20_000

Tell = Callable[[str, Rendered], Awaitable[None]]


class Excusing:
    """Answers through the dispatcher, and excuses itself to each person at most every ten minutes.

    Where the database is only away for a moment nobody is told: the answer comes by itself.
    """

    def __init__(self, dispatcher: Dispatcher, database: Database, tell: Tell) -> None:
        """Take how something is said to a sender without an answer to carry it."""
        self._dispatcher = dispatcher
        self._database = database
        self._tell = tell
        self._told: dict[str, float] = {}

    async def handle(self, incoming: Incoming) -> Rendered | None:
        """Answer one message.

        Raises:
            Unavailable: nothing was stored; the platform may try again.

        """
        try:
            return await self._dispatcher.handle(incoming)
        except Unavailable:
            if self._database.refuses and self._is_due(incoming):
                await self._excuse(incoming)
            raise

    async def _excuse(self, incoming: Incoming) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_SECONDS_MAX):
                await self._tell(incoming.sender, self._dispatcher.excuse(incoming.language))

    def _is_due(self, incoming: Incoming) -> bool:
        """Note that a person is told; say no for one who was, or has not said anything."""
        if not incoming.private or isinstance(incoming.said, Presence | Moved):
            return False
        now, sender = time.monotonic(), incoming.sender
        if now - self._told.get(sender, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return False
        if len(self._told) >= TOLD_MAX:
            self._told.clear()
        self._told[sender] = now
        return True
