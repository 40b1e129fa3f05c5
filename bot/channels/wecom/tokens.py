"""The app's access token: one request at a time fetches it, all processes share it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

EARLY_SECONDS = 300.0  # it is renewed so long before it ends


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a text is kept for all processes; `missing` is raised while that is away."""

    load: Callable[[], Awaitable[str | None]]
    keep: Callable[[str], Awaitable[None]]
    missing: type[Exception]


class Tokens:
    """Hands out the token that holds.

    WeCom returns the same token for as long as it holds, so two processes that fetch it at one
    moment do no harm; within a process one request fetches and the others wait for it.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[tuple[str, float]]],
        shelf: Shelf,
        clock: Callable[[], float],
    ) -> None:
        """Take what fetches a new token and its seconds, and the system's clock in seconds."""
        self._fetch = fetch
        self._shelf = shelf
        self._clock = clock
        self._token, self._until = "", 0.0
        self._lock = asyncio.Lock()
        self._tries = 0
        self._fault: Exception | None = None

    async def get(self, refused: str = "") -> str:
        """Return a token that holds, as far as is known: not the one that was just refused.

        Raises:
            ApiError: none could be fetched.

        """
        tries = self._tries
        if self._holds(refused):
            return self._token
        async with self._lock:
            if not self._holds(refused):
                await self._take_kept()
            if not self._holds(refused) and self._fault is not None and tries != self._tries:
                raise self._fault  # somebody has just tried while this one waited
            if not self._holds(refused):
                await self._renew()
        return self._token

    def _holds(self, refused: str) -> bool:
        return bool(self._token) and self._token != refused and self._clock() < self._until

    async def _take_kept(self) -> None:
        try:
            kept = await self._shelf.load()
        except self._shelf.missing:
            return
        if kept is not None:
            self._token, self._until = json.loads(kept)

    async def _renew(self) -> None:
        self._tries += 1
        try:
            token, seconds = await self._fetch()
        except Exception as error:
            self._fault = error
            raise
        self._fault = None
        self._token, self._until = token, self._clock() + max(seconds - EARLY_SECONDS, 1.0)
        try:
            await self._shelf.keep(json.dumps([self._token, self._until]))
        except self._shelf.missing:
            return
