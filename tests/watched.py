"""An emulated server whose tests wait until something is true of it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 60.0
T = TypeVar("T")


class Watched:
    """Wakes those who wait whenever it says that it has changed."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    async def until(self, told: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
        """Wait until something is true of the server, and return it."""
        async with asyncio.timeout(seconds):
            while not (found := told()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
        return found

    def changed(self) -> None:
        """Wake those who wait."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
