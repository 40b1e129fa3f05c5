"""Contenders: bots in processes of their own, which are started, warmed up, loaded and verified.

Each has an emulated API and a database of its own, so all can run while they take turns.
"""

import asyncio
import os
import random
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from bot.rules.points import VISIT
from storage.many import insert_all
from storage.profiles import SwitchRow
from tests import processes
from tests.bench import wire
from tests.bench.figures import Figure
from tests.bench.load import CONNECTIONS_MAX, Done, Load
from tests.bench.peers import book
from tests.bench.town import SEED, START, Town
from tests.bench.wire import HOST, FakeApi, Update

SECRET = "bench-secret"
OWNER = 1
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15
WARM_UP_EVENTS = 300
LONE_EVENTS = 200
SETTLE_SECONDS = 4  # a leap of a day rings a day's bells at once, as no real day does
ROUND_SECONDS_MAX = 3.0  # a slow contender gets through fewer events; rates stay comparable
LOG_SIGNS_MAX = 2000
AGAIN_SECONDS, AGAIN_MAX = 0.01, 1000

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """How a process is started; the first line it prints says that it serves."""

    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bot is started, and what it is told."""

    name: str
    town: Town
    port: int
    api: FakeApi
    folder: Path
    settings: Mapping[str, str]

    @property
    def database(self) -> str:
        """Return the address of the town's database."""
        return _address(self.town)


@dataclass
class Contender:
    """One bot that serves, in a town; this kind is a peer, with its own tables there."""

    name: str
    town: Town
    people: int
    process: asyncio.subprocess.Process
    load: Load
    api: FakeApi
    since: float
    ready_seconds: float
    """From its start to the line that says that it serves."""
    api_kind: ClassVar[type[FakeApi]] = FakeApi
    days: int = 0
    events: int = 0
    """Check-ins so far, in all rounds."""
    rates: list[float] = field(default_factory=list)
    lone_ms: list[float] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def at_work(
        cls, name: str, town: Town, people: int, **settings: str
    ) -> AsyncIterator[Self]:
        """Run the bot for a while; so many citizens of the town check in.

        Raises:
            RuntimeError: it did not start.

        """
        await cls.prepare(town, people)
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="contender-")))
            api = await stack.enter_async_context(cls.api_kind.serving())
            place = Place(name, town, _free_port(), api, folder, settings)
            since = time.perf_counter()
            process = await stack.enter_async_context(_running(cls.program(place), folder))
            took = time.perf_counter() - since
            load = Load(place.port, api, secret=SECRET)
            yield cls(name, town, people, process, load, api, since, took)

    @classmethod
    async def prepare(cls, town: Town, people: int) -> None:
        """Make in the town's database what the bot needs."""
        await book.prepare(_address(town), people)

    @classmethod
    def program(cls, place: Place) -> Program:
        """Return how the bot is started."""
        command = (
            *(sys.executable, "-m", f"tests.bench.peers.{place.name}", "--secret", SECRET),
            *("--port", str(place.port), "--api", place.api.url, "--database", place.database),
        )
        return Program(command, processes.environment(place.folder, place.settings))

    async def verify(self) -> None:
        """Raise unless everything that was counted is in the books."""
        await book.verify(_address(self.town), self.events)

    async def new_day(self) -> None:
        """Let everybody check in again."""
        self.days += 1

    @property
    def date(self) -> int:
        """Return the Unix time at which everything is said on the present day."""
        return int((START + timedelta(days=self.days)).timestamp())

    def updates(self, make: Callable[..., Update], count: int | None = None) -> list[Update]:
        """Return the update of one citizen after the other, shuffled."""
        order = list(range(1, self.people + 1))
        random.Random(SEED + self.days).shuffle(order)
        return [make(citizen, self.date) for citizen in order[:count]]

    async def first_answer(self) -> float:
        """Let one citizen check in; return how long after the bot's start the answer came.

        What a bot that has just started refuses is posted again, as Telegram does.
        """
        updates = self.updates(wire.message, 1)
        for _ in range(AGAIN_MAX):
            done = await self.load.closed(updates, in_flight=1)
            if not done.refused:
                self.events += done.events
                return time.perf_counter() - self.since
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError(f"{self.name} refused its first update: {done.refused}")

    async def warm_up(self, events: int = WARM_UP_EVENTS) -> None:
        """Let some citizens check in, and forget how long it took."""
        if not self.events:
            await self.first_answer()
        await self._round(in_flight=CONNECTIONS_MAX, count=events)

    async def crowd(
        self, *, in_flight: int = CONNECTIONS_MAX, seconds: float = ROUND_SECONDS_MAX
    ) -> None:
        """Let the citizens check in on a new day, so many at once, and note the rate."""
        done = await self._round(in_flight=in_flight, seconds=seconds)
        self.rates.append(done.events / done.seconds)

    async def lone(self, events: int = LONE_EVENTS) -> None:
        """Let citizens check in one after the other, and note how long each waits."""
        done = await self._round(in_flight=1, count=events, seconds=ROUND_SECONDS_MAX)
        self.lone_ms += done.latencies_ms

    async def taps(self, rate: float, seconds: float) -> Done:
        """Let so many citizens a second tap 签到 on a new day, whether or not the bot keeps up."""
        count = int(rate * seconds)
        if count > self.people:
            raise ValueError(f"{count} taps need as many citizens")
        await self.new_day()
        await asyncio.sleep(SETTLE_SECONDS)
        return await self._done(self.load.open(self.updates(wire.tap, count), rate=rate))

    async def _round(
        self, *, in_flight: int, count: int | None = None, seconds: float = 60
    ) -> Done:
        await self.new_day()
        return await self._done(self.rush(count, in_flight=in_flight, seconds=seconds))

    async def rush(self, count: int | None, *, in_flight: int, seconds: float) -> Done:
        """Post check-ins on the present day."""
        updates = self.updates(wire.message, count)
        return await self.load.closed(updates, in_flight=in_flight, seconds=seconds)

    async def _done(self, load: Awaitable[Done]) -> Done:
        done = await load
        self.events += done.events
        if done.refused:
            raise AssertionError(f"{self.name} refused updates: {done.refused}")
        return done

    def resident_mb(self) -> float:
        """Return the memory that the process and its children hold now."""
        return sum(_resident_kb(pid) for pid in _family(self.process.pid)) / 1024

    def figure(self, bench: str, **goals: Any) -> Figure:
        """Return what was reached."""
        return Figure(
            bench,
            self.town.kind,
            self.name,
            rates=tuple(self.rates),
            lone_ms=tuple(self.lone_ms),
            **goals,
        )


class Bound(Contender):
    """A bot that keeps nothing, so there is nothing to prepare and nothing to verify."""

    @classmethod
    async def prepare(cls, town: Town, people: int) -> None:
        """Nothing to prepare."""

    async def verify(self) -> None:
        """Nothing to verify."""


class Ours(Contender):
    """Our own bot, in a rehearsal whose clock the owner moves between rounds."""

    command: ClassVar[Sequence[str]] = (*processes.SHUXIANG, "run")

    @classmethod
    async def prepare(cls, town: Town, people: int) -> None:
        """Switch every push off: what the bot says by itself is no answer to an event."""
        kinds = [kind.id for kind in town.campaign.pushes.kinds]
        async with town.database.transaction() as db:
            rows = [
                {"citizen": citizen, "kind": kind, "on": False}
                for citizen in range(1, people + 1)
                for kind in kinds
            ]
            await insert_all(db, SwitchRow, rows)

    @classmethod
    def program(cls, place: Place) -> Program:
        """Return how the bot is started; `settings` are added, without their prefix."""
        ours = {
            "TELEGRAM_TOKEN": wire.TOKEN,
            "TELEGRAM_API_URL": place.api.url,
            "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "PUBLIC_URL": f"http://{HOST}:{place.port}",
            "PORT": str(place.port),
            "DATABASE_URL": place.database,
            "REHEARSAL": "1",
            "REHEARSAL_START": START.isoformat(),
            "OWNERS": f"telegram:{OWNER}",
            "FLOOD_LIMIT": "0",
            "LOG_LEVEL": "WARNING",
        }
        return Program(cls.command, processes.environment(place.folder, {**ours, **place.settings}))

    async def new_day(self) -> None:
        """Have the owner move the clock."""
        order = wire.message(OWNER, self.date, "/clock +1d")
        done = await self.load.closed([order], in_flight=1)
        if done.refused:
            raise AssertionError(f"the owner was refused: {done.refused}")
        self.days += 1

    async def verify(self) -> None:
        """Raise unless everything that was counted is in the books."""
        points = self.town.campaign.rate(VISIT).points
        await self.town.verify(deeds=self.events, earned=self.events * points)


async def compare(contenders: Sequence[Contender], *, rounds: int, tell: Tell) -> None:
    """Warm all up, let them take turns, note lone events too, and verify everything."""
    for contender in contenders:
        tell(f"{contender.town.kind}: warming up {contender.name}")
        await contender.warm_up()
    for number in range(1, rounds + 1):
        for contender in contenders:
            tell(f"{contender.town.kind}: {contender.name}, round {number} of {rounds}")
            await contender.crowd()
            await contender.verify()
    for contender in contenders:
        tell(f"{contender.town.kind}: {contender.name}, lone events")
        await contender.lone()
        await contender.verify()


@asynccontextmanager
async def _running(program: Program, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process from the line that says that it serves until it has ended in order."""
    log = folder / "log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            cwd=folder,
            env=program.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        await _greeted(process)
        yield process
    except BaseException as error:
        error.add_note(log.read_text(encoding="utf-8")[-LOG_SIGNS_MAX:])
        raise
    finally:
        await _end(process)


async def _greeted(process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_SECONDS_MAX):
        if process.stdout is None or not await process.stdout.readline():
            raise RuntimeError("a bot did not start")


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()


def _address(town: Town) -> str:
    return town.database.url.render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _family(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(member for child in found for member in _family(int(child)))]


def _resident_kb(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
