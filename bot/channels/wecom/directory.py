"""The corporation's directory: a member's name and departments, as far as this app may ask.

Whoever joins is offered what stands there, and nothing of it is kept here. A corporation that
does not open its directory to the app costs nobody more than one call in ten minutes.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from bot.channels.wecom.client import Api, Json
from bot.channels.wecom.fates import ApiError
from bot.messages import Introduction, clean

WAITED_SECONDS_MAX = 1.5  # nobody who joins waits longer for a mere suggestion
CLOSED_SECONDS = 600.0
KEPT_SECONDS, DEPARTMENTS_KEPT_MAX = 3600.0, 2000
DEPARTMENTS_MAX, ABOVE_MAX = 3, 4
TOP = 1  # the corporation itself
# The app may not ask: it lacks the right, the address is not trusted, or members are out of sight.
CLOSED = {60011, 60020, 48002, 48004, 301002, 50003}

log = logging.getLogger(__name__)


class Directory:
    """Introduces members. Departments, which name nobody, are remembered for an hour."""

    def __init__(
        self,
        api: Api,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        seconds: float = WAITED_SECONDS_MAX,
    ) -> None:
        """Take a clock in seconds that never goes back, and how long to wait at most."""
        self._api = api
        self._monotonic = monotonic
        self._seconds = seconds
        self._closed_until = float("-inf")
        self._departments: dict[int, tuple[str, int, float]] = {}

    async def find(self, member: str) -> Introduction | None:
        """Return what the directory says of a member; None where it says nothing in time."""
        if self._monotonic() < self._closed_until:
            return None
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._api.call("user/get", userid=member)
                return Introduction(_name(found, member), await self._units(found))
        except TimeoutError:
            return None
        except ApiError as error:
            self._met(error)
            return None

    def _met(self, error: ApiError) -> None:
        if error.code in CLOSED:
            self._closed_until = self._monotonic() + CLOSED_SECONDS
            log.info("wecom: the directory is not open to the app: %s", error)

    async def _units(self, found: Json) -> tuple[str, ...]:
        """Return the names of a member's departments, each followed by those above it."""
        own = found.get("department")
        numbers = [found.get("main_department"), *(own if isinstance(own, list) else [])]
        wanted = [number for number in dict.fromkeys(numbers) if isinstance(number, int)]
        names: list[str] = []
        try:
            for number in wanted[:DEPARTMENTS_MAX]:
                names += await self._upwards(number)
        except ApiError as error:
            if error.code not in CLOSED:
                self._met(error)
        return tuple(dict.fromkeys(names))

    async def _upwards(self, number: int) -> list[str]:
        names: list[str] = []
        for _ in range(ABOVE_MAX):
            if number <= TOP:
                break
            name, number = await self._department(number)
            names.append(name)
        return names

    async def _department(self, number: int) -> tuple[str, int]:
        now = self._monotonic()
        name, above, until = self._departments.get(number, ("", 0, float("-inf")))
        if now < until:
            return name, above
        answer = await self._api.call("department/get", id=number)
        told = answer.get("department")
        told = told if isinstance(told, dict) else {}
        parent = told.get("parentid")
        name, above = clean(str(told.get("name") or "")), parent if isinstance(parent, int) else 0
        if len(self._departments) >= DEPARTMENTS_KEPT_MAX:
            self._departments.clear()
        self._departments[number] = (name, above, now + KEPT_SECONDS)
        return name, above


def _name(found: Json, member: str) -> str:
    """Return a member's name; where the app may not know it, WeCom puts the id in its place."""
    name = clean(str(found.get("name") or ""))
    return "" if name.lower() == member else name
