"""Fixtures: a clock to set, a database of each kind, a person to talk to the bot."""

import asyncio
import fcntl
import gc
import logging
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import pytest
from sqlalchemy import event

from bot import campaign as campaigns
from storage import models  # noqa: F401 - completes the metadata
from storage.db import Database
from tests import compiled, gates, postgres
from tests.chat import Chat
from tests.emptying import Emptying
from tests.fakes import FixedClock
from tests.gates import record  # noqa: F401 - a fixture
from tests.statements import only_reads

# The machine may be busy, and a slow example is no wrong one.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ours")

GIVEN = os.environ.get("TEST_POSTGRES_URL", "")
START = datetime.fromisoformat("2022-05-01T09:00:00+08:00")
CAMPAIGN = campaigns.load("qingpu_2022")
HERE = {"127.0.0.1", "::1", "localhost", None}
ENDING_SECONDS_MAX = 5
SERVER = pytest.StashKey[postgres.Server]()


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse every connection that leaves this machine; asyncio's loop asks, uvloop would not."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in HERE:
        pytest.fail(f"a test tried to reach {host}")


sys.addaudithook(_stay_here)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Name the one PostgreSQL of this run; it starts when the first test asks.

    Temporary folders stand beside it, in memory where there is room: SQLite waits for the disk at
    each commit, which is half of a test's time.
    """
    told = getattr(config, "workerinput", None)
    if told is None:
        config.pluginmanager.register(gates.Table())
    else:
        config.stash[SERVER] = postgres.Server(Path(told["postgres"]), GIVEN)
        return
    postgres.sweep()
    server = config.stash[SERVER] = postgres.Server.create(GIVEN)
    if config.option.basetemp is None:
        config.option.basetemp = str(server.home / "tmp")


def pytest_collection_finish() -> None:
    """Spare the collector what stays to the end: going through it took a tenth of a run."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start four workers on two cores: half of a fault test's time it waits for other processes."""
    return (os.cpu_count() or 1) * 2


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker where the server lives."""
    node.workerinput["postgres"] = str(node.config.stash[SERVER].home)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the server with the run, or our databases from the server that was given."""
    if hasattr(config, "workerinput") or SERVER not in config.stash:
        return
    server = config.stash[SERVER]
    if GIVEN and server.prepared:
        asyncio.run(_drop_databases(server))
    server.remove()


async def _execute(url: str, *statements: str) -> list[Any]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        found: list[Any] = []
        for statement in statements:
            found = await connection.fetch(statement)
        return found
    finally:
        await connection.close()


async def _drop_databases(server: postgres.Server) -> None:
    ours = await _execute(
        server.url(),
        f"SELECT datname FROM pg_database WHERE datname ^@ '{server.name}'",
    )
    await _execute(server.url(), *(f'DROP DATABASE "{row[0]}" WITH (FORCE)' for row in ours))


async def _make_template(server: postgres.Server) -> None:
    template = f"{server.name}_template"
    await _execute(server.url(), f'CREATE DATABASE "{template}"')
    database = Database(server.url(template))
    await database.upgrade()
    await database.aclose()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> postgres.Server:
    """One running server per test run, with a migrated template; the first worker starts it."""
    server = pytestconfig.stash[SERVER]
    with (server.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not server.prepared:
            server.start()
            asyncio.run(_make_template(server))
            server.mark_prepared()
    return server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: postgres.Server, pytestconfig: pytest.Config) -> str:
    """One database per worker, copied from the template."""
    worker = getattr(pytestconfig, "workerinput", {"workerid": "main"})["workerid"]
    name = f"{postgres_server.name}_{worker}"
    copy = f'CREATE DATABASE "{name}" TEMPLATE "{postgres_server.name}_template"'
    asyncio.run(_execute(postgres_server.url(), f"{copy} STRATEGY FILE_COPY"))
    return postgres_server.url(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "bot.db"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await database.upgrade()
        await database.aclose()

    asyncio.run(migrate())
    return path


@pytest.fixture(scope="session")
def emptying(postgres_url: str) -> Iterator[Emptying]:
    """What empties this worker's database."""
    emptying = Emptying(postgres_url)
    yield emptying
    emptying.close()


@pytest.fixture(scope="session")
async def _connections() -> AsyncIterator[None]:
    """Close the connections to PostgreSQL that tests handed on, when the last one is through."""
    yield
    await compiled.part()


@pytest.fixture
async def postgres_database(
    postgres_url: str, emptying: Emptying, _connections: None
) -> AsyncIterator[Database]:
    """An empty PostgreSQL database."""
    emptying.empty()
    database = Database(postgres_url)
    compiled.share(database)
    compiled.take_over(database)
    yield database
    compiled.keep(database)
    await compiled.hand_on(database)


@pytest.fixture
async def spare_postgres_database(
    postgres_server: postgres.Server, pytestconfig: pytest.Config
) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database of the test's own, to change its tables."""
    worker = getattr(pytestconfig, "workerinput", {"workerid": "main"})["workerid"]
    name = f"{postgres_server.name}_{worker}_spare"
    copy = f'CREATE DATABASE "{name}" TEMPLATE "{postgres_server.name}_template"'
    await _execute(postgres_server.url(), f"{copy} STRATEGY FILE_COPY")
    database = Database(postgres_server.url(name))
    yield database
    await database.aclose()
    await _execute(postgres_server.url(), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def inline() -> bool:
    """Say whether SQLite runs in the loop's own thread, as in a rehearsal."""
    return False


@pytest.fixture
async def sqlite_database(
    sqlite_template: Path, tmp_path: Path, *, inline: bool
) -> AsyncIterator[Database]:
    """An empty SQLite database."""
    path = shutil.copy(sqlite_template, tmp_path / "bot.db")
    database = Database(f"sqlite+aiosqlite:///{path}", inline=inline)
    event.listen(database.read_engine.sync_engine, "before_cursor_execute", only_reads)
    compiled.share(database)
    yield database
    compiled.keep(database)
    await database.aclose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Run the test on both databases."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until it is set."""
    return FixedClock(START)


@pytest.fixture
async def chat(database: Database, clock: FixedClock) -> AsyncIterator[Chat]:
    """The bot, without its platform."""
    async with Chat.open(database, clock, CAMPAIGN) as chat:
        yield chat


@pytest.fixture(scope="session")
async def loop() -> asyncio.AbstractEventLoop:
    """Return the loop in which all tests of this worker run."""
    return asyncio.get_running_loop()


@pytest.fixture(autouse=True)
def _no_task_left(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Fail when something a test began goes on after it: all tests share one loop.

    What has been told to end may need a moment, as a server does whose caller has gone.
    """
    before = asyncio.all_tasks(loop)
    yield
    if begun := asyncio.all_tasks(loop) - before:
        _, left = loop.run_until_complete(asyncio.wait(begun, timeout=ENDING_SECONDS_MAX))
        for task in left:
            task.cancel()  # the next test is not to blame
        assert left == set()


@pytest.fixture(autouse=True)
def _no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail on any logged error a test did not announce by clearing the log."""
    yield
    errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert errors == []


@pytest.fixture
def own_postgres() -> Iterator[postgres.Server]:
    """A server of the test's own, to stop and start."""
    server = postgres.Server.create()
    server.start()
    yield server
    server.remove()
