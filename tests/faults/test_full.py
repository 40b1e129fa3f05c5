"""A database without room while the whole program serves, and with room again."""

import asyncio
import itertools
from contextlib import asynccontextmanager
from time import monotonic

import aiohttp
import pytest
from sqlalchemy import text

from storage import db as storage
from tests.faults.conftest import opened
from tests.faults.crowd import checkins, joined, posted, told_again
from tests.faults.season import offenders

SECONDS_MAX = 120
CROWD = range(100, 160)
PAGES_MAX = 4_294_967_294
FULL_SERVER = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$"""
REFUSING = "CREATE TRIGGER no_room BEFORE INSERT ON deeds EXECUTE FUNCTION no_room()"


@pytest.fixture
def later(monkeypatch):
    """Lets time go by for the database's own memory: call it with seconds."""
    gone = []
    monkeypatch.setattr(storage, "monotonic", lambda: monotonic() + sum(gone))
    return gone.append


@asynccontextmanager
async def full(database):
    """Let the database grow no more: SQLite's file stays as it is, the server says disk_full."""
    if database.is_sqlite:
        async with database.transaction() as db:
            pages = await db.scalar(text("PRAGMA page_count"))
            await db.execute(text(f"PRAGMA max_page_count = {pages}"))
    else:
        async with database.transaction() as db:
            await db.execute(text(FULL_SERVER))
            await db.execute(text(REFUSING))
    yield
    async with database.transaction() as db:
        if database.is_sqlite:
            await db.execute(text(f"PRAGMA max_page_count = {PAGES_MAX}"))
        else:
            await db.execute(text("DROP FUNCTION no_room CASCADE"))


async def fill(address, posts):
    """Post one after the other until one finds no room; return how many found it."""
    for number, post in enumerate(posts):
        if await posted(address, [post]) == {503}:
            return number
    raise AssertionError("there is room without end")


@asynccontextmanager
async def visiting(url):
    """Join in the web chat as with a browser; the function given says something and is answered."""
    numbers = itertools.count(1)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await session.get(f"{url}/chat")
        async with session.ws_connect(f"{url}/chat/ws") as socket:

            async def say(lang="zh-CN", **said):
                await socket.send_json({"id": f"m{next(numbers)}", "lang": lang, **said})
                return await socket.receive_json()

            await say(tap="start.agree")
            await say(tap="start.town:xiayang")
            yield say


async def ready(url):
    """Return the status of /readyz, and what it says of the database."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as answer:
        return answer.status, (await answer.json())["database"]


async def both_told(say):
    """Check in once in each language; return what was answered."""
    return [await say(tap="checkins", lang=lang) for lang in ("zh-CN", "en")]


async def test_a_full_database_is_said_and_waited_for(api, settings, later, caplog):
    """Posts come again, a reader reads why, /readyz says so, reading goes on; then all is paid."""
    posts = checkins(CROWD)
    async with (
        asyncio.timeout(SECONDS_MAX),
        opened(api, {**settings, "WEB_CHAT": "on"}) as (app, url),
        visiting(url) as say,
    ):
        address = f"{url}/telegram/webhook"
        await joined(api, address, CROWD)
        seen = [await ready(url)]
        async with full(app.database):
            fitted = await fill(address, posts)
            met = await posted(address, posts[fitted:])
            refused, looked = await both_told(say), await say(text="我的")
            seen.append(await ready(url))
            later(storage.REFUSED_SECONDS - 10)
            seen.append(await ready(url))
        logged = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
        caplog.clear()
        await told_again(address, posts)
        paid = await say(tap="checkins")
        later(storage.REFUSED_SECONDS)
        seen.append(await ready(url))

    assert seen == [(200, "up"), (503, "full"), (503, "full"), (200, "up")]
    assert met == {503}
    assert [answer.get("retry") for answer in refused] == [True, True]
    assert "存不进" in refused[0]["text"]
    assert "Nothing new can be stored" in refused[1]["text"]
    assert "积分" in looked["text"]
    assert "retry" not in looked
    assert logged == ["the database is full: nothing more is stored"]
    assert "+5" in paid["text"]
    assert await offenders(settings["DATABASE_URL"]) == ([], len(CROWD) + 1, 5 * (len(CROWD) + 1))
