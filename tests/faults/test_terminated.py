"""Connections that PostgreSQL ends, in any moment of a transaction, and a pool that is empty."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text

from storage import db as storage
from storage.db import Unavailable
from tests.faults.conftest import OWNER, SECRET, opened
from tests.faults.crowd import answered, checkins, joined, posted, told_again
from tests.faults.season import offenders
from tests.gates import LONG
from tests.posting import message
from tests.processes import hooked

SECONDS_MAX = 120
ROUNDS, CROWD = (6, range(100, 400)) if LONG else (1, range(100, 160))
STRIKES = 10
GONE_MS_MAX = 5000
BETWEEN_SECONDS = 0.02
POOL_WAIT_SECONDS = 0.3
ANSWER_SECONDS_MAX = 5
ABSENT = "ALTER SYSTEM SET synchronous_standby_names = 'absent'"
NOBODY = "ALTER SYSTEM RESET synchronous_standby_names"
OURS = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
ABOUT_TO_WRITE = "wait_event_type = 'Lock' AND query LIKE 'INSERT INTO ledger%'"
COMMITTED = (
    "wait_event = 'SyncRep' AND query LIKE 'COMMIT%' AND pid IN"
    " (SELECT pid FROM pg_locks WHERE relation = 'ledger'::regclass AND mode = 'RowExclusiveLock')"
)


@asynccontextmanager
async def ruling(url):
    """Hold a connection of the test's own."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def end(ruler, which="true", *, wait_ms=0):
    """End the program's connections that are in a certain state; return their processes."""
    ended = await ruler.fetch(
        f"WITH met AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE {OURS} AND {which})"
        f" SELECT pid FROM met WHERE pg_terminate_backend(pid, {wait_ms})"
    )
    return {each["pid"] for each in ended}


async def strike(ruler, which):
    """Wait until a connection is in a certain state, and end it; return the ledger's lines then."""
    while not await end(ruler, which, wait_ms=GONE_MS_MAX):
        await asyncio.sleep(0.005)
        await ruler.execute("SELECT pg_stat_clear_snapshot()")
    return await ruler.fetchval("SELECT count(*) FROM ledger")


async def in_the_middle(ruler, address, posts):
    """End the till's connection after it has locked and looked, before it has written."""
    async with asyncio.TaskGroup() as tasks, ruler.transaction():
        await ruler.execute("LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE")
        posting = tasks.create_task(answered(address, posts, asyncio.Event()))
        lines = await strike(ruler, ABOUT_TO_WRITE)
    return lines, *posting.result()


async def between_commit_and_answer(ruler, address, posts):
    """End the till's connection when its COMMIT is durable and the answer not yet sent.

    A server whose standby is absent commits, and waits for the standby before it answers.
    """
    async with asyncio.TaskGroup() as tasks:
        for statement in (ABSENT, "SELECT pg_reload_conf()"):
            await ruler.execute(statement)
        posting = tasks.create_task(answered(address, posts, asyncio.Event()))
        lines = await strike(ruler, COMMITTED)
        for statement in (NOBODY, "SELECT pg_reload_conf()"):
            await ruler.execute(statement)
    return lines, *posting.result()


async def again_and_again(ruler, address, posts):
    """End every connection of the program again and again while it is busy."""
    async with asyncio.TaskGroup() as tasks:
        posting = tasks.create_task(answered(address, posts, asyncio.Event()))
        ended = set()
        for _ in range(STRIKES):
            ended |= await end(ruler)
            await asyncio.sleep(BETWEEN_SECONDS)
    return ended, *posting.result()


async def test_ended_connections_lose_and_double_nothing(api, own, tmp_path):
    """In the middle of a transaction, after its COMMIT, at random: each answer is true."""
    api.person(OWNER)
    third = len(CROWD) // 3
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **own) as (process, address),
        ruling(own["DATABASE_URL"]) as ruler,
    ):
        await joined(api, address, CROWD)
        for turn in range(ROUNDS):
            assert await posted(address, [message(1_000 + turn, OWNER, "/clock +1d")]) == {200}
            posts, paid = checkins(CROWD, 10_000 * (turn + 1)), turn * len(CROWD)
            met = {}
            lines, told, met["middle"] = await in_the_middle(ruler, address, posts[:third])
            assert lines == paid
            lines, more, met["commit"] = await between_commit_and_answer(
                ruler, address, posts[third : 2 * third]
            )
            assert lines > paid + third  # durable, and nobody was told
            ended, most, met["random"] = await again_and_again(ruler, address, posts[2 * third :])
            assert len(ended) >= STRIKES
            said = [*told.values(), *more.values(), *most.values()]
            assert ["+5" in each for each in said] == [True] * len(CROWD)
            assert met["middle"] == met["commit"] == {200, 503}
            assert met["random"] <= {200, 503}
        await told_again(address, posts)
        await process.stop_well()

    acts = ROUNDS * len(CROWD)
    assert await offenders(own["DATABASE_URL"]) == ([], acts, 5 * acts)


async def take_all(stack, database):
    """Take one connection after the other, until there is none."""
    while True:
        db = await stack.enter_async_context(database.reading())
        await db.execute(text("SELECT 1"))


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
async def test_an_empty_pool_is_waited_for_shortly(api, settings, monkeypatch):
    """With every connection taken, posts get 503 in time; with one free again, each is paid."""
    monkeypatch.setitem(storage.POOL, "pool_timeout", POOL_WAIT_SECONDS)
    people = range(100, 112)  # fewer than connections
    async with asyncio.timeout(SECONDS_MAX), opened(api, settings) as (app, url):
        address = f"{url}/telegram/webhook"
        await joined(api, address, people)
        async with AsyncExitStack() as stack:
            with pytest.raises(Unavailable):
                await take_all(stack, app.database)
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                assert await posted(address, checkins(people)) == {503}
        await told_again(address, checkins(people))

    assert await offenders(settings["DATABASE_URL"]) == ([], len(people), 5 * len(people))
