import asyncio
import re
import socket

import aiohttp
import pytest

from bot.clock import SystemClock
from storage import failures
from storage.db import Database
from tests.postgres import Server
from tests.processes import SHUXIANG, run, serving
from tests.telegram_api import TOKEN, TelegramApi

REHEARSAL = {"REHEARSAL": "1", "REHEARSAL_START": "2022-05-01T09:00:00+08:00"}
EMPTY = {"REHEARSAL_START": "2022-05-01T09:00:00+08:00"}
"""A demo into which nobody is invented, as that takes the first half minute."""


def address(process):
    """Return where a process serves."""
    return re.search(r"http://[^/]+", process.greeting)[0]


async def get(url):
    """Fetch status and body."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_the_demo_greets_serves_and_ends_in_order(tmp_path):
    """`shuxiang run` without settings: an address to open, a page, status 0 on SIGTERM.

    Somebody who looks at the board meanwhile is let go, and does not hold up the end.
    """
    async with (
        serving(tmp_path, program=(*SHUXIANG, "run")) as process,
        aiohttp.ClientSession() as session,
    ):
        page = await get(f"{address(process)}/")
        ready = await get(f"{address(process)}/readyz")
        async with session.get(f"{address(process)}/board/events") as viewer:
            assert await viewer.content.readline() == b"retry: 4000\n"
            status, errors = await process.stop()
            assert (await viewer.content.read()).endswith(b"}\n\n")

    assert "in a browser" in process.greeting
    assert page[0] == 200
    assert ready[0] == 200
    assert '"rehearsal":true' in ready[1]
    assert (status, errors) == (0, "")
    assert (tmp_path / "demo.sqlite3").exists()


async def test_a_second_process_on_one_file_is_refused_in_a_sentence(tmp_path):
    """SQLite has one serving process."""
    async with serving(tmp_path, **EMPTY):
        status, printed = await run(tmp_path, "run", **EMPTY)

    assert status == 1
    assert "already serves" in printed
    assert printed.count("\n") == 1


async def test_audit_and_doctor_run_beside_a_serving_process(tmp_path):
    """Looking is allowed while the bot runs."""
    async with serving(tmp_path, **EMPTY):
        audit, doctor = [await run(tmp_path, what, **EMPTY) for what in ("audit", "doctor")]

    assert audit[0] == doctor[0] == 0
    assert "FAULT" not in audit[1] + doctor[1]


async def test_a_taken_port_is_one_sentence(tmp_path):
    """The port is named, and the setting that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        status, printed = await run(tmp_path, "run", PORT=port)

    assert status == 1
    assert port in printed
    assert "SHUXIANG_PORT" in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PORT": "a lot"}, "SHUXIANG_PORT"),
        ({"HOST": "0.0.0.0"}, "HOST"),  # noqa: S104 - that is what is refused
        ({"OWNERS": "boss"}, "SHUXIANG_OWNERS"),
        ({"REHEARSAL_START": "2022-05-01T09:00:00"}, "SHUXIANG_REHEARSAL_START"),
        ({"LOG_LEVEL": "LOUD"}, "SHUXIANG_LOG_LEVEL"),
        ({"WEB_CHAT": "maybe"}, "SHUXIANG_WEB_CHAT"),
        ({"TELEGRAM_API_URL": "ftp://x"}, "SHUXIANG_TELEGRAM_API_URL"),
        ({"FLOOD_LIMIT": "-1"}, "SHUXIANG_FLOOD_LIMIT"),
        ({"CAMPAIGN": "nowhere"}, "nowhere"),
        ({"DATABASE_URL": "mysql://me:hunter2@h/x"}, "mysql"),
        ({"DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:9/x"}, "cannot be reached"),
        ({"DATA_DIR": "/proc/nothing"}, "/proc/nothing"),
    ],
    ids=str,
)
async def test_a_failed_start_is_one_sentence(tmp_path, settings, named):
    """No traceback, no secret, a status that is not 0."""
    status, printed = await run(tmp_path, "run", **settings)

    assert status == 1
    assert named in printed
    assert printed.count("\n") == 1
    assert "hunter2" not in printed


async def test_a_database_keeps_to_what_it_was_first_used_for(tmp_path):
    """A rehearsal's database never becomes the real campaign's."""
    file = f"sqlite:///{tmp_path}/x.sqlite3"
    async with serving(tmp_path, DATABASE_URL=file) as process:
        await process.stop()

    status, printed = await run(tmp_path, "run", DATABASE_URL=file, WEB_CHAT="on")

    assert status == 1
    assert "rehearsal" in printed
    assert printed.count("\n") == 1


async def test_the_rehearsals_time_goes_on_after_a_restart(tmp_path):
    """REHEARSAL_START counts for a fresh database only."""
    for start, seen in (
        ("2022-05-01T09:00:00+08:00", "2022-05-01"),
        ("2022-09-01T09:00:00+08:00", "2022-05-01"),
    ):
        async with serving(tmp_path, REHEARSAL_START=start) as process:
            assert seen in (await get(f"{address(process)}/readyz"))[1]
            await process.stop()


async def test_an_unmigrated_postgres_is_refused_and_then_upgraded(tmp_path, own_postgres):
    """PostgreSQL is migrated by hand: refused in a sentence, upgraded, served.

    And while one process serves it, none begins another campaign in it.
    """
    following = str(tmp_path / "next.toml")
    url = own_postgres.url().replace("+asyncpg", "")
    refused = await run(tmp_path, "run", DATABASE_URL=url)
    upgraded = await run(tmp_path, "db", "upgrade", DATABASE_URL=url)
    await run(tmp_path, "new-campaign", "qingpu_2022", following, "--start", "2023-04-22")
    async with serving(tmp_path, DATABASE_URL=url) as process:
        ready = await get(f"{address(process)}/readyz")
        another = await run(tmp_path, "run", DATABASE_URL=url, CAMPAIGN=following)
        await process.stop()
    async with serving(tmp_path, DATABASE_URL=url, CAMPAIGN=following) as process:
        begun = await get(f"{address(process)}/healthz")

    assert refused[0] == 1
    assert another[0] == 1
    assert "another campaign" in another[1]
    assert begun[0] == 200
    assert "shuxiang db upgrade" in refused[1]
    assert refused[1].count("\n") == 1
    assert upgraded == (0, "The database is up to date.\n")
    assert ready[0] == 200


async def test_readyz_is_red_while_the_database_is_away(tmp_path, own_postgres: Server):
    """The program keeps running, says so, and heals by itself."""
    url = own_postgres.url()
    await run(tmp_path, "db", "upgrade", DATABASE_URL=url)
    async with serving(tmp_path, DATABASE_URL=url) as process:
        own_postgres.stop()
        away = await get(f"{address(process)}/readyz")
        alive = await get(f"{address(process)}/healthz")
        own_postgres.start()
        back = await get(f"{address(process)}/readyz")

    assert (away[0], alive[0], back[0]) == (503, 200, 200)
    assert '"database":"away"' in away[1]


async def test_telegram_away_at_start_leaves_the_program_running(tmp_path):
    """With Telegram away /readyz is red; when it comes, it turns green."""
    api = TelegramApi()
    await api.start()
    url = api.url
    await api.stop()
    async with serving(
        tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=url, **REHEARSAL
    ) as process:
        red = await get(f"{address(process)}/readyz")
        await api.start()
        async with asyncio.timeout(60):
            while (green := await get(f"{address(process)}/readyz"))[0] != 200:
                await api.until(lambda: api.called("getMe") or None)
        status, errors = await process.stop()
    await api.stop()

    assert red[0] == 503
    assert '"telegram":"up"' in green[1]
    assert status == 0
    assert TOKEN not in errors


async def test_what_failed_is_listed(tmp_path):
    """The reference a citizen was told leads to the time, the channel and the place."""
    await run(tmp_path, "db", "upgrade", WEB_CHAT="demo")
    nothing = await run(tmp_path, "failures", WEB_CHAT="demo")
    database = Database(f"sqlite:///{tmp_path}/demo.sqlite3")
    at = SystemClock().system()
    async with database.transaction() as db:
        for tries in (1, 2, 3):
            met = failures.Failure("C0FFEE", "telegram", f"KeyError in x ({tries})", 1, at)
            await failures.count(db, "cause", met)
    await database.aclose()

    listed = await run(tmp_path, "failures", WEB_CHAT="demo")
    one, none = [
        await run(tmp_path, "failures", said, WEB_CHAT="demo") for said in ("c0ffee", "BAD")
    ]
    doctor = await run(tmp_path, "doctor", WEB_CHAT="demo")

    assert (one[0], one[1]) == (0, listed[1])
    assert (none[0], "no failure BAD" in none[1]) == (1, True)
    assert (nothing[0], "Every message" in nothing[1]) == (0, True)
    assert "C0FFEE  telegram, 3 tries: KeyError in x (3)" in listed[1]
    assert (doctor[0], "FAULT failures: 1 in the last day" in doctor[1]) == (1, True)


async def test_doctor_names_each_fault(tmp_path):
    """One line each, status 1 on a fault; a refused token is said in words and never shown."""
    async with TelegramApi() as api:
        good = await run(tmp_path, "doctor", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=api.url)
        bad = await run(
            tmp_path, "doctor", TELEGRAM_TOKEN="1:wrong", TELEGRAM_API_URL=api.url, CAMPAIGN="none"
        )
    away = await run(tmp_path, "doctor", DATABASE_URL="postgresql://u:hunter2@127.0.0.1:9/x")

    assert good[0] == 0
    assert "@" in good[1]
    assert bad[0] == 1
    assert bad[1].count("FAULT") == 2
    assert "1:wrong" not in bad[1]
    assert away[0] == 1
    assert "cannot be reached" in away[1]
    assert "hunter2" not in away[1]


async def test_help_and_a_wrong_command(tmp_path):
    """The command line explains itself."""
    helped, wrong = await run(tmp_path, "--help"), await run(tmp_path, "dance")

    assert helped[0] == 0
    assert all(name in helped[1] for name in ("run", "doctor", "db", "audit"))
    assert wrong[0] == 2
    assert "Traceback" not in wrong[1]
