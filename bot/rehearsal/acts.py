"""What people of a rehearsal do: one message each, counted and timed by what it asks for."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.messages import Command, File, Incoming, Presence, Rendered, Said, Tap, Traits
from bot.rehearsal.platforms import TELEGRAM, WEB
from bot.rehearsal.stage import Stage
from storage.citizens import Account
from storage.db import Unavailable

TRIES_MAX = 4  # a platform tries again when it was told that the database is away
TRY_SECONDS = 0.2
PAYING = {"checkins", "items.done", "joining.join"}


@dataclass(slots=True)
class Person:
    """Somebody with an account, and the last answer they read."""

    account: Account
    read: Rendered | None = None
    said_on: str = ""
    said: int = 0

    def update(self, at: datetime) -> str:
        """Name the next message: the same again when the same day is lived again."""
        day = f"{at:%m%d}"
        self.said = self.said + 1 if day == self.said_on else 1
        self.said_on = day
        return f"{self.account.sender}-{day}-{self.said}"

    def button(self, leads_to: str) -> str | None:
        """Return the first button of the last answer that leads somewhere."""
        taps = [] if self.read is None else [each.tap for row in self.read.buttons for each in row]
        return next((tap for tap in taps if tap.startswith(leads_to)), None)


class Crossing:
    """Where those who act together wait for each other before what the till books.

    So a window's people tap in the same moment, as a town does at eight o'clock, and the till books
    them in few transactions.
    """

    def __init__(self) -> None:
        self._acting = 0
        self._waiting: list[asyncio.Future[None]] = []

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Be one of those who are waited for."""
        self._acting += 1
        try:
            yield
        finally:
            self._acting -= 1
            self._open()

    async def wait(self) -> None:
        """Wait until all who act stand here, or have gone home; who acts alone goes on."""
        if self._acting > 1:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            self._open()
            await turn

    def _open(self) -> None:
        if len(self._waiting) >= self._acting:
            for turn in self._waiting:
                if not turn.done():  # who waited may have been sent home
                    turn.set_result(None)
            self._waiting = []


@dataclass(slots=True)
class Timing:
    """How often something was done, and how long its answers took in seconds."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0

    def note(self, seconds: float) -> None:
        """Count one more."""
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)


@dataclass(slots=True)
class Acts:
    """Hands messages to the bot."""

    stage: Stage
    timings: dict[str, Timing] = field(default_factory=lambda: defaultdict(Timing))
    crossing: Crossing = field(default_factory=Crossing)
    unavailable: int = 0
    stuck: Counter[str] = field(default_factory=Counter)
    """What could not be done to its end: a button was expected and did not stand there."""
    again: bool = False
    """The day may have been begun in an earlier run: what was done then is not offered again."""

    @property
    def turns(self) -> int:
        """Return how many messages were handed over."""
        return sum(timing.count for timing in self.timings.values())

    async def do(self, person: Person, said: Said, at: datetime, *, again: str = "") -> bool:
        """Say something at a moment and read the answer; `again` repeats a message by its name.

        Returns whether there was an answer.
        """
        if _label(said) in PAYING:
            await self.crossing.wait()
        self.stage.clock.at(at)
        incoming = Incoming(
            *(person.account.channel, person.account.sender, said),
            again or person.update(at),
            stamped=None if isinstance(said, Tap) or person.account.channel == WEB else at,
            language="zh_CN",
            traits=Traits(abroad=person.account.channel == TELEGRAM),
        )
        since = time.perf_counter()
        person.read = await self._heard(incoming)
        self.timings[_label(said)].note(time.perf_counter() - since)
        return person.read is not None

    async def _heard(self, incoming: Incoming) -> Rendered | None:
        for _ in range(TRIES_MAX - 1):
            try:
                return await self.stage.hear(incoming)
            except Unavailable:
                self.unavailable += 1
                await asyncio.sleep(TRY_SECONDS)
        return await self.stage.hear(incoming)

    def miss(self, way: str) -> None:
        """Note that a way was not open, unless it may have been gone in an earlier run."""
        if not self.again:
            self.stuck[way] += 1

    async def press(self, person: Person, leads_to: str, at: datetime) -> bool:
        """Press the button of the last answer that leads somewhere; say whether there is one."""
        tap = person.button(leads_to)
        if tap is None:
            self.miss(leads_to)
            return False
        return await self.do(person, Tap(tap), at)


def _label(said: Said) -> str:
    match said:
        case Tap(target):
            return target.partition(":")[0]
        case Command(name):
            return f"/{name}"
        case File():
            return "(a file)"
        case Presence():
            return "(presence)"
        case _:
            return "(words)"
