"""A database that stands still, is held, or restarts under load, and the end of a process then."""

import asyncio
import os
import signal
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager, suppress

import asyncpg
import pytest
from sqlalchemy import text

from storage.db import Database
from tests.faults.conftest import OWNER, SECRET
from tests.faults.crowd import answered, checkins, joined, posted, status_of, then, told_again
from tests.faults.season import offenders
from tests.gates import LONG
from tests.posting import Poster, message
from tests.processes import hooked

PEOPLE = range(100, 140)
CROWD = range(100, 400)
RESTARTS = 20 if LONG else 3
SECONDS_MAX = 240
STOPPED_SECONDS_MAX = 20  # ten are promised; the rest is a busy machine's


@asynccontextmanager
async def frozen(server):
    """Hold every process of a server where it stands, as a stuck disk or hypervisor does."""
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    main = int((server.data / "postmaster.pid").read_text().split()[0])
    held = [main]
    os.kill(main, signal.SIGSTOP)  # first, so that no other process comes
    try:
        rows = await connection.fetch("SELECT pid FROM pg_stat_activity")
        await connection.close()
        for row in rows:
            with suppress(ProcessLookupError):
                os.kill(row["pid"], signal.SIGSTOP)
                held.append(row["pid"])
        yield
    finally:
        for pid in held:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def paid(url):
    """Return who is in the ledger."""
    database = Database(url)
    wanted = "SELECT a.sender FROM ledger l JOIN accounts a ON a.citizen = l.citizen"
    async with database.reading() as db:
        found = {int(sender) for sender in (await db.scalars(text(wanted))).all()}
    await database.aclose()
    return found


@contextmanager
def held(url):
    """Hold the writer's lock of a SQLite file."""
    with closing(sqlite3.connect(Database.file_of(url), isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_frozen_postgres_is_waited_for(api, own, own_postgres, tmp_path):
    """Posts get 503 in time, /readyz says so soon; thawed, the same updates are paid once."""
    posts = checkins(PEOPLE)
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **own) as (process, address),
    ):
        await joined(api, address, PEOPLE)
        assert await status_of(f"{process.url}/readyz") == 200
        async with frozen(own_postgres):
            async with asyncio.TaskGroup() as tasks:
                met = tasks.create_task(posted(address, posts[:30]))
                ready = tasks.create_task(status_of(f"{process.url}/readyz"))
            assert (met.result(), ready.result()) == ({503}, 503)
        await told_again(address, posts)
        assert await status_of(f"{process.url}/readyz") == 200
        status, errors = await process.stop()

    assert (status, "Traceback" in errors) == (0, False), errors
    assert await offenders(own["DATABASE_URL"]) == ([], len(PEOPLE), 5 * len(PEOPLE))


async def test_the_end_does_not_wait_for_a_frozen_postgres(api, own, own_postgres, tmp_path):
    """SIGTERM with posts waiting for a frozen server: gone within ten seconds, each paid once."""
    posts = checkins(PEOPLE)
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **own) as (process, address),
    ):
        await joined(api, address, PEOPLE)
        under_way = asyncio.Event()
        async with frozen(own_postgres), asyncio.TaskGroup() as tasks:
            met = tasks.create_task(posted(address, then(posts, 20, under_way.set)))
            await under_way.wait()
            assert await status_of(f"{process.url}/healthz") == 200  # it has taken the posts
            async with asyncio.timeout(STOPPED_SECONDS_MAX):
                status, _ = await process.stop()
        assert met.result() <= {0, 500, 503}
    async with hooked(tmp_path, api, SECRET, **own) as (process, address):
        await told_again(address, posts)
        await process.stop_well()
    assert status == 1

    assert await offenders(own["DATABASE_URL"]) == ([], len(PEOPLE), 5 * len(PEOPLE))


async def test_sigterm_under_load_keeps_what_was_acknowledged(api, settings, tmp_path):
    """What is being answered is answered, status 0 in time; the rest comes again, paid once."""
    posts, url = checkins(CROWD), settings["DATABASE_URL"]
    async with asyncio.timeout(SECONDS_MAX):
        async with hooked(tmp_path, api, SECRET, **settings) as (process, address):
            await joined(api, address, CROWD)
            poster, asked = Poster(address, SECRET), asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(poster.post_all(then(posts, 150, asked.set)))
                await asked.wait()
                await process.stop_well()
        told = {posts[place]["message"]["from"]["id"] for place, s, _ in poster.answers if s == 200}
        assert all("+5" in said for _, status, said in poster.answers if status == 200)
        assert await paid(url) >= told
        assert 100 <= len(told) < len(CROWD)
        async with hooked(tmp_path, api, SECRET, **settings) as (process, address):
            await told_again(address, posts)
            await process.stop_well()

    assert await offenders(url) == ([], len(CROWD), 5 * len(CROWD))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_sqlite_file_held_by_another_writer(api, settings, tmp_path):
    """Held for a moment, posts wait and are paid; held for long, they get 503 and come again."""
    posts = checkins(PEOPLE)
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **settings) as (process, address),
    ):
        await joined(api, address, PEOPLE)
        poster = Poster(address, SECRET)
        async with asyncio.TaskGroup() as tasks:
            with held(settings["DATABASE_URL"]):
                under_way = asyncio.Event()
                tasks.create_task(poster.post_all(then(posts[:30], 20, under_way.set)))
                await under_way.wait()
                assert await status_of(f"{process.url}/readyz") == 200  # who only reads goes on
                assert poster.answers == []
        assert [(status, "+5" in said) for _, status, said in poster.answers] == [(200, True)] * 30
        with held(settings["DATABASE_URL"]):
            assert await posted(address, posts[30:31]) == {503}
        await told_again(address, posts)
        await process.stop_well()

    assert await offenders(settings["DATABASE_URL"]) == ([], len(PEOPLE), 5 * len(PEOPLE))


async def restart(server, struck):
    """Restart a server at once, as after a crash, when it is time."""
    await struck.wait()
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)


async def test_postgres_restarts_under_load_lose_nothing(api, own, own_postgres, tmp_path, record):
    """Three immediate restarts with check-ins on their way: each answer is true, each paid once."""
    api.person(OWNER)
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **own) as (process, address),
    ):
        await joined(api, address, CROWD)
        for turn in range(RESTARTS):
            assert await posted(address, [message(1_000 + turn, OWNER, "/clock +1d")]) == {200}
            first, second = (10_000 * (turn * 2 + n) for n in (1, 2))
            struck = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(restart(own_postgres, struck))
                told, statuses = await answered(
                    address, checkins(CROWD, first) + checkins(CROWD, second), struck
                )
            assert statuses == {200, 503}
            both = [(told[first + person], told[second + person]) for person in CROWD]
            assert {sum("+5" in said for said in pair) for pair in both} == {1}, turn
        status, errors = await process.stop()

    assert (status, "Traceback" in errors) == (0, False), errors
    acts = RESTARTS * len(CROWD)
    assert await offenders(own["DATABASE_URL"]) == ([], acts, 5 * acts)
    record("R5", f"0 of {2 * acts:,} acts lost, {RESTARTS} restarts")
