"""S7: what a check-in costs at 10 million ledger lines against 10 thousand.

A crowd taps in a city of 100,000 of whom a tenth came once, and in the same city late in its
season, in turns. It is drawn anew each round from that tenth, so that it does the same in both, and
meets pages that nobody has read just now. Then the grown database explains each statement of every
hot path: none may read it through.

Filling takes minutes and some gigabytes, so this runs only when it is asked for by name.
"""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from bot.booking import Deed
from storage.citizens import Account
from storage.db import Database
from tests import city
from tests.bench.figures import Figure
from tests.bench.filled import FEW, POINTS, Filling, fill
from tests.bench.s1_till import TILL, Contender, in_flight
from tests.bench.town import SEED, Town, towns
from tests.chat import Chat
from tests.plans import offences
from tests.statements import listening

PEOPLE = 100_000
SMALL, LARGE = Filling(PEOPLE, FEW, 1), Filling(PEOPLE, 1, 100)
CROWD, LONE = 2_000, 40  # who taps in a round: together, and one after the other
ROUNDS = 9
# As a server for millions of lines is set up; by default it keeps 128 MB.
SIZED = "shared_buffers = 2GB\nmax_wal_size = 8GB\n"
AT_ONCE = 300  # at the till, when it is explained
GATE, AIM = 1 / 1.3, 1 / 1.1
BEGIN = "2022-09-12T09:00:00+08:00"
CONNECTED = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend'"""
COUNTED = ("count(*) FROM deeds", "sum(points) FROM ledger", "sum(earned) FROM totals")

Tell = Callable[[str], None]


@dataclass
class Grown:
    """A town with so many people and lines, and what its check-ins cost in each round."""

    contender: Contender
    filled: Filling
    spent: dict[str, list[float]] = field(default_factory=dict)
    """Seconds a check-in, by what was measured."""
    waits: list[float] = field(default_factory=list)
    deeds: int = 0

    @property
    def town(self) -> Town:
        """Return the town."""
        return self.contender.town

    async def crowd(self, chance: random.Random) -> None:
        """Let a crowd check in on a new day, many at once."""
        event = self.contender.event("S1b")
        chosen = chance.sample(SMALL.who, CROWD)
        own, wall = await _processor_seconds(self.town.database), time.perf_counter()
        taps = await in_flight(event, chosen)
        self._note("crowd", (time.perf_counter() - wall) / taps)
        own = await _processor_seconds(self.town.database) - own
        self._note("crowd, processor", own / taps)
        self._end_day(taps)

    async def lone(self, chance: random.Random) -> None:
        """Let people check in one after the other on a new day."""
        event, waits = self.contender.event("S1b"), list[float]()
        for citizen in chance.sample(SMALL.who, LONE):
            since = time.perf_counter()
            await event(citizen)
            waits.append(time.perf_counter() - since)
        self._note("one by one", statistics.median(waits))
        self.waits += (each * 1000 for each in waits)
        self._end_day(LONE)

    def forget(self) -> None:
        """Leave out what was measured so far."""
        self.spent, self.waits = {}, []

    def _note(self, what: str, seconds: float) -> None:
        self.spent.setdefault(what, []).append(seconds)

    def _end_day(self, taps: int) -> None:
        self.deeds += taps
        self.town.clock.ahead(days=1)

    async def verify(self) -> None:
        """Raise unless every line is there, filled in or tapped for; the small one wholly."""
        booked = self.filled.lines + self.deeds
        if self.filled is SMALL:
            await self.town.verify(deeds=booked, earned=booked * POINTS)
        async with self.town.database.snapshot() as db:
            found = [await db.scalar(text(f"SELECT {what}")) for what in COUNTED]
        if found != [booked, booked * POINTS, booked * POINTS]:
            raise AssertionError(f"{self.town.kind}: {found} instead of {booked} deeds")

    def figures(self, against: "Grown | None" = None) -> list[Figure]:
        """Return what a check-in cost, as events a second."""
        return [
            Figure(
                f"S7 {what}",
                self.town.kind,
                f"{self.filled.lines:,} lines",
                tuple(1 / seconds for seconds in spent),
                tuple(self.waits),
                against=f"{against.filled.lines:,} lines" if against else "",
                gate=GATE if against else 0,
                aim=AIM if against else 0,
            )
            for what, spent in self.spent.items()
        ]


async def run(tell: Tell) -> list[Figure]:
    """Measure on both databases, one after the other."""
    figures: list[Figure] = []
    tell("S7: preparing the databases")
    async with towns(PEOPLE, each=2, sized=SIZED) as opened:
        for small, large in opened.values():
            await fill(small, SMALL, tell=tell)
            await fill(large, LARGE, tell=tell)
            async with (
                Contender.at_work(TILL, small) as few,
                Contender.at_work(TILL, large) as many,
            ):
                figures += await _compared(Grown(few, SMALL), Grown(many, LARGE), tell)
            tell(f"S7 {large.kind}: explaining every statement")
            await _explain(large)
    return figures


async def _compared(small: Grown, large: Grown, tell: Tell) -> list[Figure]:
    chance, pair = random.Random(SEED), [small, large]
    for grown in pair:
        grown.town.clock.set(BEGIN)
    for number in range(ROUNDS + 1):
        tell(f"S7 {small.town.kind}: round {number} of {ROUNDS}")
        for grown in pair:
            await grown.crowd(chance)
        for grown in pair:
            await grown.lone(chance)
        pair.reverse()  # none is always the first
        if not number:  # what was just filled in is written to its place, and read the first time
            for grown in pair:
                grown.forget()
    for grown in pair:
        await grown.verify()
    return [*small.figures(), *large.figures(small)]


async def _processor_seconds(database: Database) -> float:
    """Return the processor time of this process, and of the server's for its connections."""
    own = time.process_time()
    if database.is_sqlite:
        return own
    async with database.reading() as db:
        pids = (await db.scalars(text(CONNECTED))).all()
    return own + sum(map(_ticks, pids)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(told[11]) + int(told[12])


async def _explain(town: Town) -> None:
    """Raise if a statement of a hot path reads a grown table, or a citizen's history, through.

    What a bot keeps beside the ledger is filled in now; nothing of it was here while people tapped.
    """
    async with Chat.open(town.database, town.clock, town.campaign) as chat:
        evening = await city.put_on(chat, town.campaign.day(town.clock.now()))
        await city.grow(chat, evening, beside=city.CITY)
        ming = chat.person(str(city.MING), "telegram")
        heard, _ = await city.live(chat, ming, evening, clock=town.clock)
        with listening(town.database) as crowded:
            await asyncio.gather(*(chat.till.award(_deed(town, n)) for n in range(1, AT_ONCE)))
        found = await city.scans(town.database, heard), await offences(town.database, crowded)
    if any(found):
        raise AssertionError(f"{town.kind}: at {LARGE.lines:,} lines, {found}")


def _deed(town: Town, number: int) -> Deed:
    """Describe a video watched by somebody, who is named by account or by number."""
    who = number if number % 2 else Account("telegram", str(number))
    at, cause = town.clock.now(), f"new:{number}"
    return Deed(who, "video", cause, day=town.campaign.day(at), acted_at=at, cause=cause)
