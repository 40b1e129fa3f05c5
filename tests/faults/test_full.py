"""A database without room while the whole program serves, and with room again."""

import asyncio
import itertools
import shutil
import subprocess
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic

import aiohttp
import asyncpg
import pytest
from sqlalchemy import text

from storage import db as storage
from storage.db import Database
from tests.faults.conftest import opened, rehearsal
from tests.faults.crowd import FULL_SERVER, REFUSING, checkins, joined, posted, told_again
from tests.faults.season import offenders
from tests.gates import LONG

SECONDS_MAX = 120
CROWD = range(100, 400) if LONG else range(100, 160)
DISK_BYTES = 24 << 20
PAGES_MAX = 4_294_967_294
SAID = ("存不进", "Nothing new can be stored")


@pytest.fixture
def later(monkeypatch):
    """Lets time go by for the database's own memory: call it with seconds."""
    gone = []
    monkeypatch.setattr(storage, "monotonic", lambda: monotonic() + sum(gone))
    return gone.append


@asynccontextmanager
async def refusing(database):
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


@contextmanager
def mounted(place):
    """Mount a small disk of the test's own; what is given fills it up, None where it may not be."""
    place.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=777", "tmpfs", place)
    if subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        yield None
        return

    @asynccontextmanager
    async def filled(_database):
        with suppress(OSError), (place / "ballast").open("wb") as ballast:
            ballast.write(bytes(DISK_BYTES))
        yield
        (place / "ballast").unlink()

    try:
        yield filled
    finally:
        subprocess.run(("umount", "--lazy", place), check=True)


async def on_tablespace(server, place):
    """Make a migrated database whose tables lie in a folder; return its address."""
    place.mkdir()
    shutil.chown(place, server.data.owner())
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    await connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
    await connection.execute("CREATE DATABASE small TABLESPACE small STRATEGY FILE_COPY")
    await connection.close()
    database = Database(server.url("small"))
    await database.upgrade()
    await database.aclose()
    return server.url("small")


@pytest.fixture
async def tight(request, settings, tmp_path):
    """A database, and what takes its room away.

    In the long form it lies on a disk that becomes full, where this user may mount one.
    """
    if not LONG:
        yield settings, refusing
        return
    is_sqlite = settings["DATABASE_URL"].startswith("sqlite")
    server = None if is_sqlite else request.getfixturevalue("own_postgres")
    disk = (tmp_path if is_sqlite else server.home) / "disk"
    with mounted(disk) as filled:
        if filled is None:
            yield settings, refusing
        elif is_sqlite:
            copy = shutil.copy(Database.file_of(settings["DATABASE_URL"]), disk / "bot.sqlite3")
            yield rehearsal(f"sqlite:///{copy}"), filled
        else:
            yield rehearsal(await on_tablespace(server, disk / "space")), filled


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


def excused(api):
    """Return whom the bot wrote to on Telegram that nothing can be stored."""
    sent = api.called("sendMessage")
    return sorted(call["chat_id"] for call in sent if SAID[0] in call["text"])


async def both_told(say):
    """Check in once in each language; return what was answered."""
    return [await say(tap="checkins", lang=lang) for lang in ("zh-CN", "en")]


async def test_a_full_database_is_said_and_waited_for(api, tight, later, caplog):
    """Posts come again, a reader reads why, /readyz says so, reading goes on; then all is paid."""
    (settings, full), posts = tight, checkins(CROWD)
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
            met |= await posted(address, posts[fitted:])  # as the platform does
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
    assert excused(api) == [*CROWD[fitted:]]  # once each
    assert [answer.get("retry") for answer in refused] == [True, True]
    assert all(words in answer["text"] for words, answer in zip(SAID, refused, strict=True))
    assert "积分" in looked["text"]
    assert "retry" not in looked
    assert logged == ["the database is full: nothing more is stored"]
    assert "+5" in paid["text"]
    assert await offenders(settings["DATABASE_URL"]) == ([], len(CROWD) + 1, 5 * (len(CROWD) + 1))
