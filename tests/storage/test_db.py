import asyncio
import errno

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.away import is_away, refusal
from storage.db import (
    POSTGRES_SETTINGS,
    AddressError,
    Database,
    Unavailable,
    address,
    in_transaction,
)


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///data/x.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite"),
        ("postgres://u@h/d", "postgresql+asyncpg"),
        ("postgresql://u@h/d", "postgresql+asyncpg"),
        ("postgresql+psycopg://u@h/d", "postgresql+asyncpg"),
    ],
)
def test_an_address_gets_its_asynchronous_driver(given, driver):
    """People write plain addresses."""
    assert address(given).drivername == driver


@pytest.mark.parametrize("given", ["nonsense", "mysql://u:secret@h/d", "://", ""])
def test_a_wrong_address_is_one_sentence_without_the_password(given):
    """A wrong address is refused in words."""
    with pytest.raises(AddressError) as refused:
        address(given)

    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


async def test_an_absent_server_is_unavailable(tmp_path):
    """A PostgreSQL that is not there is a state, not a bug."""
    database = Database(f"postgresql://postgres@/x?host={tmp_path}")

    with pytest.raises(Unavailable):
        async with database.reading() as db:
            await db.execute(text("SELECT 1"))
    await database.aclose()


async def test_a_locked_sqlite_file_is_unavailable(sqlite_database):
    """When another process holds the file past the busy time-out, the turn may be tried again."""
    other = Database(str(sqlite_database.url))
    async with sqlite_database.transaction() as mine:
        await mine.execute(text("INSERT INTO facts (name, value) VALUES ('a', 'b')"))
        with pytest.raises(Unavailable):
            await write_impatiently(other)
    await other.aclose()


async def write_impatiently(database):
    """Write without the patience of ten seconds."""
    async with database.reading() as db:
        await db.execute(text("PRAGMA busy_timeout = 1"))
        await db.execute(text("INSERT INTO facts (name, value) VALUES ('c', 'd')"))


async def fill(database, pages):
    """Write more than one page past the size the file has."""
    async with database.transaction() as db:
        await db.execute(text(f"PRAGMA max_page_count = {pages + 1}"))
        for number in range(200):
            row = {"name": f"n{number}", "value": "x" * 4000}
            await db.execute(text("INSERT INTO facts VALUES (:name, :value)"), row)


async def test_a_full_sqlite_file_is_unavailable_and_whole(sqlite_database, caplog):
    """Out of room: nothing of the transaction stays, the file is sound, and the log says it."""
    async with sqlite_database.reading() as db:
        pages = await db.scalar(text("PRAGMA page_count"))
    with pytest.raises(Unavailable):
        await fill(sqlite_database, pages)

    async with sqlite_database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM facts")) == 0
        assert await db.scalar(text("PRAGMA integrity_check")) == "ok"
    assert sqlite_database.refuses == "full"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "the database is full: nothing more is stored"
    ]
    caplog.clear()


async def sleep_in_a_statement(db, _other):
    """Let one statement take long."""
    await db.execute(text("SELECT pg_sleep(60)"))


async def wait_for_a_lock(db, other):
    """Want what another transaction holds."""
    await other.execute(text("LOCK TABLE facts"))
    await db.execute(text("LOCK TABLE facts"))


async def sleep_in_a_transaction(db, other):
    """Say nothing for long, as a frozen process does, until the server has ended it."""
    mine = await db.scalar(text("SELECT pg_backend_pid()"))
    there = text("SELECT pid FROM pg_stat_activity, pg_stat_clear_snapshot() WHERE pid = :pid")
    while await other.scalar(there, {"pid": mine}):
        pass
    await db.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("limit", "overdo"),
    [
        ("statement_timeout", sleep_in_a_statement),
        ("lock_timeout", wait_for_a_lock),
        ("idle_in_transaction_session_timeout", sleep_in_a_transaction),
    ],
)
async def test_patience_ends_and_the_next_turn_works(
    postgres_url, postgres_database, monkeypatch, limit, overdo
):
    """Whoever waits or holds for too long is told that the database is away; the pool heals."""
    assert limit in POSTGRES_SETTINGS
    monkeypatch.setitem(POSTGRES_SETTINGS, limit, "100ms")
    database = Database(postgres_url)
    async with postgres_database.transaction() as other:
        with pytest.raises(Unavailable):
            await overdone(database, overdo, other)
        async with database.transaction() as db:
            assert await db.scalar(text(f"SHOW {limit}")) == "100ms"
    await database.aclose()


async def overdone(database, overdo, other):
    """Overdo it within a transaction."""
    async with database.transaction() as db:
        await overdo(db, other)


def said(words, sqlstate=None):
    """Make what SQLAlchemy raises when a driver says something."""
    fault = Exception(words)
    fault.sqlstate = sqlstate
    return DBAPIError("INSERT", {}, fault)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (said("database or disk is full"), "full"),
        (said("attempt to write a readonly database"), "read-only"),
        (said("disk I/O error"), "failing"),
        (said("could not extend file", "53100"), "full"),
        (said("cannot execute INSERT in a read-only transaction", "25006"), "read-only"),
        (said("could not write to file", "58030"), "failing"),
        (OSError(errno.ENOSPC, "No space left on device"), "full"),
        (said("database is locked"), ""),
        (said("the counter is full", "40001"), ""),
        (OSError(errno.ECONNREFUSED, "Connection refused"), ""),
    ],
)
def test_why_nothing_more_is_stored(error, why):
    """A database that is full, read-only or failing is told from one that is away; all may wait."""
    assert is_away(error)
    assert refusal(error) == why


async def test_a_mistake_in_sql_stays_a_mistake(database):
    """Only what the database could not help is called unavailable."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - two drivers, two classes
        async with database.reading() as db:
            await db.execute(text("SELECT nothing FROM nowhere"))

    assert not isinstance(raised.value, Unavailable)


async def test_who_goes_first_overtakes_on_sqlite(sqlite_database):
    """The till goes before others who wait to write; the others keep their order."""
    order = []
    waiting = asyncio.Event()

    async def write(name, *, first):
        async with sqlite_database.transaction(first=first):
            order.append(name)

    async with asyncio.TaskGroup() as tasks, sqlite_database.transaction():
        for name, first in (("a", False), ("b", False), ("till", True)):
            tasks.create_task(write(name, first=first))
        for _ in range(10):
            await asyncio.sleep(0)
        waiting.set()

    assert order == ["till", "a", "b"]


async def test_a_cancelled_waiter_blocks_nobody(sqlite_database):
    """Giving up in the queue hands the turn on."""

    async def write():
        async with sqlite_database.transaction():
            pass

    async with asyncio.TaskGroup() as tasks:
        async with sqlite_database.transaction():
            first, second = tasks.create_task(write()), tasks.create_task(write())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
        await second

    assert first.cancelled()


async def test_a_task_knows_that_it_is_inside_a_transaction(database):
    """The till refuses to be awaited there."""
    async with database.transaction():
        assert in_transaction()
    assert not in_transaction()


async def test_many_writers_at_once_lose_nothing(database):
    """Forty read-modify-writes end at forty."""
    async with database.transaction() as db:
        await db.execute(text("INSERT INTO facts (name, value) VALUES ('n', '0')"))

    async def add():
        async with database.transaction() as db:
            lock = "" if database.is_sqlite else " FOR UPDATE"
            now = await db.scalar(text(f"SELECT value FROM facts WHERE name = 'n'{lock}"))
            row = {"value": str(int(now) + 1)}
            await db.execute(text("UPDATE facts SET value = :value WHERE name = 'n'"), row)

    await asyncio.gather(*(add() for _ in range(40)))

    async with database.reading() as db:
        assert await db.scalar(text("SELECT value FROM facts WHERE name = 'n'")) == "40"


async def test_a_snapshot_sees_one_moment_and_may_take_longer_than_a_turn(database):
    """What others write meanwhile is not in it; an audit may take more than 15 s."""
    async with database.transaction() as db:
        await db.execute(text("CREATE TABLE seen (n INTEGER)"))

    async with database.snapshot() as looking:
        before = await looking.scalar(text("SELECT count(*) FROM seen"))
        async with database.transaction() as db:
            await db.execute(text("INSERT INTO seen VALUES (1)"))
        after = await looking.scalar(text("SELECT count(*) FROM seen"))
        if not database.is_sqlite:
            patience = await looking.scalar(text("SHOW statement_timeout"))
            async with database.reading() as turn:
                assert await turn.scalar(text("SHOW statement_timeout")) == "15s"
            assert patience == "10min"

    async with database.transaction() as db:
        await db.execute(text("DROP TABLE seen"))
    assert (before, after) == (0, 0)


async def test_an_address_for_a_pooler_of_transactions(postgres_url):
    """Asked for in the address, statements have names of their own and are not kept."""
    asked = address(postgres_url).update_query_dict({"prepared_statement_cache_size": "0"})
    database = Database(asked.render_as_string(hide_password=False))
    for _ in range(2):
        async with database.reading() as db:
            assert await db.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 1
            assert await db.scalar(text("SELECT max(name) FROM pg_prepared_statements")) > "s_"
    await database.aclose()
