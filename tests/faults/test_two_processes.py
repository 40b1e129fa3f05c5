"""Two processes on one PostgreSQL: the same tap on both at the same moment."""

import asyncio
import re
from contextlib import asynccontextmanager

import aiohttp
from sqlalchemy import text

from tests.processes import run, serving

PEOPLE = 12


@asynccontextmanager
async def talking(process):
    """Open a socket to a process; the function given asks and returns the answer."""
    url = re.search(r"http://[^/]+", process.greeting)[0]
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/chat/ws") as socket:

        async def ask(person, **said):
            await socket.send_json({"person": person, **said})
            return await socket.receive_json()

        yield ask


async def test_the_same_tap_on_two_processes_pays_once(spare_postgres_database, tmp_path):
    """Twelve people tap 签到 on both processes within the same milliseconds: twelve awards."""
    url = spare_postgres_database.url.render_as_string(hide_password=False)
    settings = {"DATABASE_URL": url, "FLOOD_LIMIT": "0"}
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    async with (
        serving(folders[0], **settings) as one,
        serving(folders[1], **settings) as two,
        talking(one) as first,
        talking(two) as second,
    ):
        for number in range(PEOPLE):
            await first(f"p{number}", tap="start.agree")
            await second(f"p{number}", tap="start.town:xiayang")
        answers = []
        for number in range(PEOPLE):
            both = await asyncio.gather(
                first(f"p{number}", tap="checkins"), second(f"p{number}", tap="checkins")
            )
            answers.append(sorted("+5" in answer["text"] for answer in both))
            assert all("5/5" in answer["text"] for answer in both)

    assert answers == [[False, True]] * PEOPLE
    async with spare_postgres_database.reading() as db:
        ours = "JOIN accounts a ON a.citizen = t.citizen WHERE a.sender LIKE 'p%'"
        assert await db.scalar(text(f"SELECT count(*) FROM ledger t {ours}")) == PEOPLE
        assert await db.scalar(text(f"SELECT sum(earned) FROM totals t {ours}")) == PEOPLE * 5
    assert (await run(tmp_path, "audit", **settings))[0] == 0


async def test_the_rehearsals_time_reaches_the_other_process(spare_postgres_database, tmp_path):
    """The owner moves the clock on one process; within seconds the other lives in that time."""
    url = spare_postgres_database.url.render_as_string(hide_password=False)
    settings = {"DATABASE_URL": url, "FLOOD_LIMIT": "0"}
    async with (
        serving(tmp_path, **settings) as one,
        serving(tmp_path, **settings) as two,
        talking(one) as first,
        talking(two) as second,
    ):
        await first("owner", text="/clock 2022-10-07T09:00")
        async with asyncio.timeout(60):
            while "2022-10-07" not in (await second("owner", text="/clock"))["text"]:
                pass
