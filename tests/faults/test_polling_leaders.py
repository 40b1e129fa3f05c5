"""Two real processes poll for one bot: only the leader does, and another goes on when it dies."""

import asyncio

import aiohttp

from tests.processes import serving
from tests.telegram_api import TOKEN

TAKEN_OVER_SECONDS_MAX = 30


async def leads(process):
    """Ask a process whether it leads, as /readyz tells."""
    async with aiohttp.ClientSession() as session, session.get(f"{process.url}/readyz") as answer:
        return (await answer.json())["leader"]


async def answered(person, text):
    """Say something, and return how long it took until an answer stood in the chat."""
    clock = asyncio.get_running_loop().time
    since = clock()
    await person.says(text)
    await person.hears(TAKEN_OVER_SECONDS_MAX)
    return clock() - since


async def test_the_next_leader_polls_within_half_a_minute(api, spare_postgres_database, tmp_path):
    """Two poll for one bot without meeting; the first is killed, and the second one answers."""
    settings = {
        "DATABASE_URL": spare_postgres_database.url.render_as_string(hide_password=False),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": api.url,
        "REHEARSAL": "1",
        "REHEARSAL_START": "2022-05-01T09:00:00+08:00",
        "FLOOD_LIMIT": "0",
        "LOG_LEVEL": "WARNING",
    }
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    ming = api.person(42)
    async with serving(folders[0], **settings) as one, serving(folders[1], **settings) as two:
        await api.until(lambda: len(api.called("setMyCommands")) == 4)
        at_first = [await leads(one), await leads(two)]
        await answered(ming, "/start")
        await one.kill()

        seconds = await answered(ming, "/help")
        afterwards = await leads(two)
        await two.stop_well()  # nor did it complain of another program that polls

    assert (at_first, afterwards) == ([True, False], True)
    assert seconds < TAKEN_OVER_SECONDS_MAX
