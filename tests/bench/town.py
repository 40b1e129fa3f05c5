"""The databases, the citizens and the campaign that benchmarks work on."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

import asyncpg
from sqlalchemy import insert, text

from bot import campaign as campaigns
from bot.campaign import Campaign
from bot.dispatch import Dispatcher, Place
from bot.flood import Flood
from bot.i18n import Texts
from bot.operations import founding
from bot.rules import cards
from bot.till import Till
from handlers import FEATURES
from storage import invariants, tallies
from storage.citizens import AccountRow, CitizenRow, ConsentRow
from storage.db import Database
from storage.tallies import Tally
from tests import postgres
from tests.fakes import FixedClock

SEED = 2022
ROWS_AT_ONCE = 1000
START = datetime.fromisoformat("2022-05-01T09:00:00+08:00")
# As durable as an installation: on a disk, and safe against a power cut.
DURABLE = "fsync = on\nfull_page_writes = on\nsynchronous_commit = on\n"
DURABILITY = {
    "SQLite": "a file on a disk, WAL, synchronous=FULL",
    "PostgreSQL": "version 18 on a disk, fsync=on, full_page_writes=on, synchronous_commit=on",
}


class Town:
    """One migrated database with citizens who have consented and have a town."""

    def __init__(self, database: Database, kind: str, campaign: Campaign) -> None:
        self.database = database
        self.kind = kind
        self.campaign = campaign
        self.campaign_id = 0
        self.clock = FixedClock(START)

    async def settle(self, people: int) -> None:
        """Let so many citizens move in, with ids and senders from 1."""
        async with self.database.transaction() as db:
            self.campaign_id = await founding.found(db, self.campaign)
            await founding.begin(db, self.campaign_id, at=START)
            for first in range(1, people + 1, ROWS_AT_ONCE):
                ids = range(first, min(first + ROWS_AT_ONCE, people + 1))
                await db.execute(insert(CitizenRow), [_citizen(number) for number in ids])
                await db.execute(insert(ConsentRow), [_consent(number) for number in ids])
                await db.execute(insert(AccountRow), [_account(number) for number in ids])
            joined = Tally(tallies.JOINED, self.campaign.day(START), "xiayang", n=people)
            await tallies.add(db, self.campaign_id, [joined] if people else [], worker=0)
        if not self.database.is_sqlite:
            async with self.database.transaction() as db:
                await db.execute(text("ANALYZE"))

    async def verify(self, *, deeds: int, earned: int) -> None:
        """Raise unless exactly these deeds were booked, and everything adds up.

        Raises:
            AssertionError: the benchmark counted work that was not done.

        """
        async with self.database.reading() as db:
            counted = await db.scalar(text("SELECT count(*) FROM deeds"))
            points = await db.scalar(text("SELECT sum(earned) FROM totals"))
            broken = [
                name
                async for name, _, offenders in invariants.check(db, self.campaign.zone)
                if offenders
            ]
        if (counted, points, broken) != (deeds, earned, []):
            raise AssertionError(f"{self.kind}: {counted} deeds, {points} points, broken: {broken}")


def _citizen(number: int) -> dict[str, object]:
    card = cards.from_chance(SEED * 1_000_003 + number * 7919)
    since = {"since": START, "consented_at": START}
    return {"id": number, "number": card, "town": "xiayang", "band": "adult", **since}


def _consent(number: int) -> dict[str, object]:
    return {"citizen": number, "given_at": START, "words": "2022-04", "by_guardian": False}


def _account(number: int) -> dict[str, object]:
    return {"channel": "telegram", "sender": str(number), "citizen": number, "since": START}


def dispatcher_of(town: Town, till: Till) -> Dispatcher:
    """Return the bot of a town, without a channel."""
    return Dispatcher(
        FEATURES,
        Place(town.campaign, town.campaign_id, town.clock, b"bench", frozenset()),
        database=town.database,
        till=till,
        texts=Texts(town.campaign.zone),
        flood=Flood(0),
    )


@asynccontextmanager
async def towns(people: int, *, each: int, sized: str = "") -> AsyncIterator[dict[str, list[Town]]]:
    """Open so many databases of each kind, with so many citizens in each.

    `sized` is what the server's configuration says of its size.
    """
    campaign = campaigns.load("qingpu_2022")
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="shuxiang-bench-"))
        place = Path(tempfile.gettempdir())
        server = postgres.Server.create(folder=place, configuration=DURABLE + sized)
        stack.callback(server.remove)
        server.start()
        opened: dict[str, list[Town]] = {"SQLite": [], "PostgreSQL": []}
        for number in range(each):
            await _make(server, name := f"bench{number}")
            urls = {"SQLite": f"sqlite:///{folder}/{name}.db", "PostgreSQL": server.url(name)}
            for kind, url in urls.items():
                town = Town(Database(url), kind, campaign)
                stack.push_async_callback(town.database.aclose)
                await town.database.upgrade()
                await town.settle(people)
                opened[kind].append(town)
        yield opened


async def _make(server: postgres.Server, name: str) -> None:
    """Make an empty database."""
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
