"""S1: what the till gains over one transaction per event, alone and behind the dispatcher.

Both contenders book by the same rules with the same statements, each in a database of its own.
They take turns, so that both meet the same weather.
"""

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from bot.booking import Award, Booking, Deed, Terms
from bot.campaign import Campaign
from bot.clock import Clock
from bot.dispatch import Dispatcher
from bot.messages import Incoming, Tap
from bot.metrics import Metrics
from bot.rules.points import VISIT, Outcome
from bot.till import Till, Unregistered
from storage.citizens import Account
from storage.db import POOL_SIZE, Database
from tests.bench.figures import Figure
from tests.bench.town import SEED, Town, dispatcher_of, towns

CITIZENS = 2000
IN_FLIGHT = 256
ROUNDS = 3
LONE_TAPS = 200
ROUND_SECONDS_MAX = 1.5  # a slow contender gets through fewer events; rates stay comparable
AT_ONCE_MAX = POOL_SIZE + 10  # SQLAlchemy lets ten more overflow
PER_EVENT, TILL = "one transaction per event", "till"
GOALS = {
    ("S1a", "SQLite"): (3, 10),
    ("S1a", "PostgreSQL"): (3, 10),
    ("S1b", "SQLite"): (2, 3),
    ("S1b", "PostgreSQL"): (1.8, 2.7),
}

Tell = Callable[[str], None]
Event = Callable[[int], Awaitable[None]]


class EventTill(Till):
    """A till that books each deed in a transaction of its own, several at once."""

    def __init__(
        self,
        database: Database,
        campaign: Campaign,
        campaign_id: int,
        *,
        clock: Clock,
        worker: int = 0,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(
            database, campaign, campaign_id, clock=clock, worker=worker, metrics=metrics
        )
        # As many as the pool has connections: it serves a longer queue unfairly, and times out.
        self._room = asyncio.Semaphore(AT_ONCE_MAX)
        self._workers = itertools.cycle(range(AT_ONCE_MAX))  # they do not queue on one tally

    async def award(self, deed: Deed) -> Award:
        """Pay a citizen for a deed and answer once it is durable."""
        async with self._room:
            return await self._award(deed)

    async def _award(self, deed: Deed) -> Award:
        now = self._clock.system()
        booking = Booking(
            Terms(self._campaign, self._campaign_id, self.outages, now, next(self._workers))
        )
        async with self._database.transaction() as db:
            await booking.read(db, [deed])
            if booking.held(deed):
                raise RuntimeError("no citizen of the benchmark taps twice at once")
            award = booking.decide(deed)
            await booking.write(db)
        if award is None:
            raise Unregistered
        return award


@dataclass
class Contender:
    """A till in a town, with a dispatcher before it, and what they reached."""

    name: str
    town: Town
    till: Till
    dispatcher: Dispatcher
    days: int = 0
    deeds: int = 0
    rates: dict[str, list[float]] = field(default_factory=dict)
    lone_ms: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def at_work(cls, name: str, town: Town) -> AsyncIterator["Contender"]:
        """Run the contender's writer for a while."""
        kind = EventTill if name == PER_EVENT else Till
        till = kind(town.database, town.campaign, town.campaign_id, clock=town.clock)
        dispatcher = dispatcher_of(town, till)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(till.run())
            yield cls(name, town, till, dispatcher)
            till.close()

    def event(self, bench: str) -> Event:
        """Return how one citizen checks in on the town's present day."""
        day = self.town.campaign.day(self.town.clock.now())
        return self._awarded(day) if bench == "S1a" else self._answered(day)

    def _awarded(self, day: date) -> Event:
        acted_at = self.town.clock.now()

        async def award(citizen: int) -> None:
            who, once, cause = (
                Account("telegram", str(citizen)), f"checkin:{day}", f"telegram:{day}:{citizen}"
            )  # fmt: skip
            paid = await self.till.award(
                Deed(who, VISIT, once, day=day, acted_at=acted_at, cause=cause)
            )
            if paid.outcome is not Outcome.PAID:
                raise AssertionError(f"citizen {citizen} was not paid: {paid}")

        return award

    def _answered(self, day: date) -> Event:
        async def answer(citizen: int) -> None:
            incoming = Incoming(
                "telegram", str(citizen), Tap("checkins"), f"{day}:{citizen}", language="zh_CN"
            )
            rendered = await self.dispatcher.handle(incoming)
            if rendered is None or not rendered.buttons:
                raise AssertionError(f"citizen {citizen} was not answered")

        return answer

    async def crowd(self, bench: str) -> None:
        """Let the citizens check in on a new day, so many at once, and note the rate."""
        order = list(range(1, CITIZENS + 1))
        random.Random(SEED + self.days).shuffle(order)
        since = time.perf_counter()
        deeds = await in_flight(self.event(bench), order)
        self.rates.setdefault(bench, []).append(deeds / (time.perf_counter() - since))
        self._end_day(deeds)

    async def lone(self, bench: str) -> None:
        """Let citizens check in one after the other, and note how long each waits."""
        tap = self.event(bench)
        waits = self.lone_ms.setdefault(bench, [])
        for citizen in in_time(range(1, LONE_TAPS + 1)):
            since = time.perf_counter()
            await tap(citizen)
            waits.append((time.perf_counter() - since) * 1000)
        self._end_day(len(waits))

    def _end_day(self, deeds: int) -> None:
        self.town.clock.ahead(days=1)
        self.days += 1
        self.deeds += deeds

    async def verify(self) -> None:
        """Raise unless everything that was counted is in the books."""
        points = self.town.campaign.rate(VISIT).points
        await self.town.verify(deeds=self.deeds, earned=self.deeds * points)

    def figure(self, bench: str) -> Figure:
        """Return what was reached."""
        gate, aim = GOALS[bench, self.town.kind] if self.name == TILL else (0, 0)
        return Figure(
            bench,
            self.town.kind,
            self.name,
            rates=tuple(self.rates[bench]),
            lone_ms=tuple(self.lone_ms[bench]),
            against=PER_EVENT if self.name == TILL else "",
            gate=gate,
            aim=aim,
        )


def in_time(order: Iterable[int]) -> Iterator[int]:
    """Hand out citizens until the round is over."""
    until = time.perf_counter() + ROUND_SECONDS_MAX
    for citizen in order:
        if time.perf_counter() > until:
            return
        yield citizen


async def in_flight(event: Event, order: Iterable[int]) -> int:
    """Have an event happen to one citizen after the other, many at once; return to how many."""
    waiting = in_time(order)

    async def one_after_another() -> int:
        count = 0
        for citizen in waiting:
            await event(citizen)
            count += 1
        return count

    async with asyncio.TaskGroup() as tasks:
        lines = [tasks.create_task(one_after_another()) for _ in range(IN_FLIGHT)]
    return sum(line.result() for line in lines)


async def run(tell: Tell) -> list[Figure]:
    """Measure both benches on both databases."""
    figures: list[Figure] = []
    tell("S1: preparing the databases")
    async with towns(CITIZENS, each=2) as opened:
        for kind, (first, second) in opened.items():
            async with (
                Contender.at_work(PER_EVENT, first) as per_event,
                Contender.at_work(TILL, second) as till,
            ):
                figures += await _compared([per_event, till], kind, tell)
    return figures


async def _compared(contenders: list[Contender], kind: str, tell: Tell) -> list[Figure]:
    benches = ("S1a", "S1b")
    for bench in benches:
        for number in range(1, ROUNDS + 1):
            for contender in contenders:
                tell(f"{bench} {kind}: {contender.name}, round {number} of {ROUNDS}")
                await contender.crowd(bench)
        for contender in contenders:
            tell(f"{bench} {kind}: {contender.name}, lone taps")
            await contender.lone(bench)
    for contender in contenders:
        await contender.verify()
    return [contender.figure(bench) for bench in benches for contender in contenders]
