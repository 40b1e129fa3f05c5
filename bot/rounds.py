"""What goes on beside the answering: one step again and again, whatever becomes of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from storage.db import Unavailable

log = logging.getLogger(__name__)


async def repeat(
    step: Callable[[], Awaitable[bool | None]],
    seconds: float,
    *,
    name: str,
    closing: asyncio.Event | None = None,
) -> None:
    """Take a step, again at once while there was work, else after a rest; until it is closing.

    No fault of a step ends the others, nor the bot; `name` says in the log whose it was.
    """
    over = closing or asyncio.Event()
    while not over.is_set():
        busy = None
        try:
            busy = await step()
        except Unavailable:
            log.warning("the database is away; %s waits", name)
        except Exception:  # whatever it is, it does not end the bot
            log.exception("%s failed", name)
        if not busy:
            await rest(seconds, over)


async def rest(seconds: float, closing: asyncio.Event) -> None:
    """Wait, but not when it is closing."""
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        pass
