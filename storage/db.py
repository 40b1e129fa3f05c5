"""Engines, transactions and everything the two dialects do differently."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, NullPool, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.away import is_away, refusal
from storage.inline import INLINE, begun, connected
from storage.turnstile import Turnstile

log = logging.getLogger(__name__)

Db = AsyncConnection
"""A transaction or a reader: plain statements. No session stands between and keeps objects."""
Insert = sqlite.Insert | postgresql.Insert
DatabaseFault = DBAPIError
"""What the database says when it cannot do something."""
Conflict = IntegrityError
"""Two writers wanted the same row; the one who gets this came second."""

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 10_000
MIGRATION_WAIT = "10s"  # for a table: whoever comes after a migration that waits, waits with it
READERS_MAX = 10  # kept open: opening one takes longer than most reads
POOL_SIZE = 10
POOL_WAIT_SECONDS_MAX = 5
POOL: dict[str, Any] = {
    "pool_size": POOL_SIZE, "pool_timeout": POOL_WAIT_SECONDS_MAX, "pool_pre_ping": True
}  # fmt: skip
# A rehearsal's crowd queues, so that no connection is opened for one turn: that takes longer.
INLINE_POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 0, "pool_timeout": 60}
CONNECT_SECONDS_MAX = 5
# Above the server's own limit: only a connection that fell silent is met by ours.
ANSWER_SECONDS_MAX = 16
# Reading everything, for an audit, may take what it takes; a turn may not.
SNAPSHOT_SECONDS_MAX = 600
POSTGRES_SETTINGS = {
    "lock_timeout": "5s",
    "statement_timeout": "15s",
    # A frozen process may hold the leader's row: the next leader waits for this and for the lease.
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
}
REFUSED_SECONDS = 60
"""For so long a write that was refused is told of: what is small may be stored all the same."""

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class Unavailable(Exception):  # noqa: N818 - it names a state: the database is away, try again
    """The database cannot be reached or is overloaded; nothing is known to be written."""


class AddressError(Exception):
    """The database address is wrong; the text is one sentence."""


def address(given: str) -> URL:
    """Return a database address with its asynchronous driver.

    Raises:
        AddressError: it is no address of SQLite or PostgreSQL.

    """
    try:
        url = make_url(given)
    except ArgumentError:
        raise AddressError("SHUXIANG_DATABASE_URL is not a database address.") from None
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgres" | "postgresql":
            return url.set(drivername="postgresql+asyncpg")
        case other:
            raise AddressError(f"SHUXIANG_DATABASE_URL: {other} is neither sqlite nor postgresql.")


def in_transaction() -> bool:
    """Say whether this task stands inside a write transaction."""
    return _writing.get()


def _prepare_sqlite(
    engine: Engine, begin: str, *, foreign_keys: bool = True, durable: bool = True
) -> None:
    pragmas = (
        f"PRAGMA busy_timeout = {BUSY_MS}",
        "PRAGMA journal_mode = WAL",
        f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}",
        f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _prepared(url: URL) -> dict[str, Any]:
    """Return what a pooler needs that hands connections on after each transaction.

    Asked for in the address, no statement is kept prepared beyond its transaction, and none has a
    name that another process may have given on the same connection.
    """
    if url.query.get("prepared_statement_cache_size") != "0":
        return {}
    return {"statement_cache_size": 0, "prepared_statement_name_func": lambda: f"s_{uuid4().hex}"}


def _postgres(url: URL, *, inline: bool) -> AsyncEngine:
    pool = INLINE_POOL if inline else POOL
    settings = POSTGRES_SETTINGS | ({"synchronous_commit": "off"} if inline else {})
    return create_async_engine(
        url,
        **pool,
        hide_parameters=True,
        connect_args={
            "server_settings": settings,
            "timeout": CONNECT_SECONDS_MAX,
            "command_timeout": ANSWER_SECONDS_MAX,
            **_prepared(url),
        },
    )


def _postgres_snapshots(url: URL) -> AsyncEngine:
    """Return an engine whose every transaction has a connection and a patience of its own."""
    patience = dict.fromkeys(
        ("statement_timeout", "idle_in_transaction_session_timeout"), f"{SNAPSHOT_SECONDS_MAX}s"
    )
    return create_async_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        isolation_level="REPEATABLE READ",
        connect_args={
            "server_settings": POSTGRES_SETTINGS | patience,
            "timeout": CONNECT_SECONDS_MAX,
            "command_timeout": SNAPSHOT_SECONDS_MAX + 1,
            **_prepared(url),
        },
    )


class Database:
    """One database; the only place that commits.

    SQLite has two engines: readers begin plainly, the one writer begins IMMEDIATE, behind a
    turnstile that lets the till go first. PostgreSQL has one pool, from which readers take
    connections without a transaction.
    """

    def __init__(self, url: str, *, inline: bool = False) -> None:
        """Take its address; `inline` is for a rehearsal, which serves nobody (storage/inline.py).

        There SQLite runs in the loop's own thread, and neither database waits for the disk.
        """
        self.url = address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turnstile = Turnstile()
        self._away_since: float | None = None
        self._away_for = 0.0
        self._refused: tuple[float, str] | None = None
        if self.is_sqlite:
            driven = self.url.set(drivername=INLINE) if inline else self.url
            self.engine = create_async_engine(
                driven, pool_size=1, max_overflow=0, hide_parameters=True
            )
            _prepare_sqlite(self.engine.sync_engine, "BEGIN IMMEDIATE", durable=not inline)
            self.read_engine = create_async_engine(
                driven, pool_size=READERS_MAX, max_overflow=0, hide_parameters=True
            )
            _prepare_sqlite(self.read_engine.sync_engine, "BEGIN", durable=not inline)
            self._snapshots = self.read_engine  # whose readers see one moment anyway
        else:
            self.engine = self.read_engine = _postgres(self.url, inline=inline)
            if not _prepared(self.url):
                # Each statement sees what is committed by then, in a transaction or out of one:
                # without one, a tap that only reads goes two times less to the server and back.
                # A pooler would give each half of a statement to another of its connections.
                self.read_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._snapshots = _postgres_snapshots(self.url)
        at_once = inline and self.is_sqlite
        self._begun = begun if at_once else AsyncEngine.begin
        self._connected = connected if at_once else AsyncEngine.connect

    @staticmethod
    def file_of(url: str) -> Path | None:
        """Return the file of a SQLite address, None for a server or a database in memory."""
        found = address(url)
        kept = found.get_backend_name() == "sqlite" and found.database not in {None, "", ":memory:"}
        return Path(found.database or "") if kept else None

    @asynccontextmanager
    async def transaction(self, *, first: bool = False) -> AsyncIterator[Db]:
        """Open a writing transaction; leaving commits, raising rolls back.

        Args:
            first: on SQLite, go before everyone else who waits to write (the till does).

        Raises:
            Unavailable: the database is away; a commit that was on its way may have happened.

        """
        token = _writing.set(True)
        try:
            if self.is_sqlite:
                async with self._turnstile.passed(first=first), self._begun(self.engine) as db:
                    yield db
            else:
                async with self._begun(self.engine) as db:
                    yield db
        except (DBAPIError, PoolTimeout, OSError) as error:
            await self._met(error)
            raise
        else:
            self._came_back()
        finally:
            _writing.reset(token)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Db]:
        """Read; each statement sees what is committed by then, and none may write or stream.

        Raises:
            Unavailable: the database is away.

        """
        async with self._watched(self.read_engine) as db:
            yield db

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Db]:
        """Open a transaction that only reads, and sees one moment; a statement has ten minutes.

        Raises:
            Unavailable: the database is away.

        """
        async with self._watched(self._snapshots) as db:
            yield db

    @asynccontextmanager
    async def _watched(self, engine: AsyncEngine) -> AsyncIterator[Db]:
        try:
            async with self._connected(engine) as db:
                yield db
        except (DBAPIError, PoolTimeout, OSError) as error:
            await self._met(error)
            raise
        else:
            self._came_back()

    async def analyze(self) -> None:
        """Let the planner count what is there: a plan made for empty tables is slow on full ones.

        The server does so by itself within minutes; whoever wrote a lot at once and reads it right
        away does not wait for that.
        """
        async with self.transaction() as db:
            await db.execute(text("ANALYZE"))

    async def _met(self, error: Exception) -> None:
        """Note that the database is away, if that is what an error means, and say it so.

        When a connection fell silent, its neighbours in the pool did, too: new ones are opened.
        """
        if isinstance(error, TimeoutError) and not self.is_sqlite:
            await self.engine.dispose(close=False)
        if why := refusal(error):
            if not self.refuses:
                log.error("the database is %s: nothing more is stored", why)
            self._refused = monotonic(), why
        if is_away(error):
            self._away_since = self._away_since or monotonic()
            raise Unavailable(type(error).__name__) from error

    def _came_back(self) -> None:
        if self._away_since is not None:
            self._away_for = self.away_seconds
            self._away_since = None

    @property
    def away_seconds(self) -> float:
        """Return how long, since the start, the database could not be used."""
        since = self._away_since
        return self._away_for + (0.0 if since is None else monotonic() - since)

    @property
    def refuses(self) -> str:
        """Return why a write was refused within the last minute (`full`, …), "" if none was."""
        at, why = self._refused or (0.0, "")
        return why if why and monotonic() - at < REFUSED_SECONDS else ""

    async def aclose(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        await self.read_engine.dispose()

    async def migrated(self) -> bool:
        """Say whether the newest migration is in, or a newer one, without loading Alembic.

        While a new version is rolled out, workers of the old one go on beside it, and may start:
        a migration takes nothing away that the version before it uses.

        Raises:
            Unavailable: the database is away.

        """
        async with self.reading() as db:
            found: str | None = await db.run_sync(_revision)
        return found is not None and found >= newest_revision()

    async def upgrade(self, revision: str = "head") -> None:
        """Bring the schema to a revision; nothing is loaded when it is there already."""
        if revision == "head" and await self.migrated():
            return
        await self._migrate("upgrade", revision)

    async def downgrade(self, revision: str) -> None:
        """Take the schema back to a revision."""
        await self._migrate("downgrade", revision)

    async def check(self) -> None:
        """Raise if the models ask for something the migrations do not make."""
        await self._migrate("check")

    async def _migrate(self, verb: str, *arguments: str) -> None:
        """Run Alembic on a connection of its own, in one transaction."""
        from storage import schema

        waits: dict[str, Any] = {}
        if not self.is_sqlite:
            waits = {"server_settings": {"lock_timeout": MIGRATION_WAIT}, **_prepared(self.url)}
        engine = create_async_engine(self.url, poolclass=NullPool, connect_args=waits)
        if self.is_sqlite:
            # Changing a table means copying and dropping it; its children must not notice.
            _prepare_sqlite(engine.sync_engine, "BEGIN IMMEDIATE", foreign_keys=False)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(schema.run, MIGRATIONS, verb, *arguments)
                lost = text("PRAGMA foreign_key_check")
                if self.is_sqlite and (await connection.execute(lost)).first():
                    raise RuntimeError("a migration left rows that point nowhere")
        except (DBAPIError, OSError) as error:
            await self._met(error)
            raise
        finally:
            await engine.dispose()


def insert(db: Db, table: Any) -> Insert:
    """Return the dialect's own INSERT, which knows ON CONFLICT."""
    if db.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


async def insert_one(db: Db, table: Any, **values: Any) -> int:
    """Insert a row and return its number.

    Raises:
        Conflict: there is another one whose key is the same.

    """
    made = await db.execute(insert(db, table).values(**values).returning(table.id))
    return int(made.scalar_one())


@cache
def newest_revision() -> str:
    """Return the newest migration, whose file names start with its number; as of the first look."""
    return max(path.name.split("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
