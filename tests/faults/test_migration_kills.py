"""Kill -9 in the middle of an upgrade: the schema is the old one, and the next try finishes it."""

import asyncio
import signal

import pytest

from storage.db import Database
from tests.faults.halved import PROGRAM
from tests.gates import LONG
from tests.processes import environment

KILLED_BEFORE = (*range(5, 200, 10),) if LONG else (5, 90, 190)
SECONDS_MAX = 240


@pytest.fixture
async def empty_postgres(spare_postgres_database):
    """A PostgreSQL database without tables."""
    await spare_postgres_database.downgrade("base")
    return spare_postgres_database.url.render_as_string(hide_password=False)


@pytest.fixture
def empty_sqlite(tmp_path):
    """A SQLite file to come."""
    return f"sqlite:///{tmp_path / 'bot.sqlite3'}"


@pytest.fixture(params=["empty_sqlite", "empty_postgres"])
def url(request):
    """The address of a database without tables."""
    return request.getfixturevalue(request.param)


async def test_a_killed_upgrade_leaves_the_schema_it_found(url, tmp_path):
    """Killed early, in the middle and late, it changes nothing; left alone, it goes all the way."""
    upgrades = "".join(f"{number}\n" for number in (*KILLED_BEFORE, 0))
    async with asyncio.timeout(SECONDS_MAX):
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            url,
            cwd=tmp_path,
            env=environment(tmp_path, {}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        ended, found = [], []
        for line in upgrades.splitlines():
            process.stdin.write(f"{line}\n".encode())
            ended.append(int(await process.stdout.readline()))
            found.append(await migrated(url))
        process.stdin.close()
        assert await process.wait() == 0

    assert ended == [-signal.SIGKILL] * len(KILLED_BEFORE) + [0]
    assert found == [False] * len(KILLED_BEFORE) + [True]


async def migrated(url):
    """Say whether the schema is the newest one, which is then what the models say."""
    database = Database(url)
    newest = await database.migrated()
    if newest:
        await database.check()
    await database.aclose()
    return newest
