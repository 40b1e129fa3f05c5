"""SQLite without a thread between: each statement runs where it is asked for.

A served bot must not stand still while a disk writes, so `aiosqlite` hands each statement to a
thread and back; that costs several times what SQLite itself needs. A rehearsal serves nobody.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, CursorResult
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncResult
from sqlalchemy.util.concurrency import await_only, greenlet_spawn, in_greenlet

INLINE = "sqlite+inline"


class Inline(SQLiteDialect_pysqlite):
    """The standard library's SQLite behind an asynchronous engine: nothing is ever waited for."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[AsyncAdaptedQueuePool]:
        """Keep connections as an asynchronous engine does."""
        del url
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        """Ask for connections whose cursors can be let go of asynchronously."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": _Connection}

    def do_execute(  # noqa: PLR0917 - as SQLAlchemy calls it
        self, cursor: Any, statement: str, parameters: Any, context: Any = None
    ) -> None:
        """Run a statement."""
        cursor.execute(statement, parameters)
        del context
        _awaited()

    def do_executemany(  # noqa: PLR0917 - as SQLAlchemy calls it
        self, cursor: Any, statement: str, parameters: Any, context: Any = None
    ) -> None:
        """Run a statement for each of many rows."""
        cursor.executemany(statement, parameters)
        del context
        _awaited()


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """Do nothing: rows that were not fetched are let go with the cursor."""


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


def _awaited() -> None:
    """Await nothing, as the engine insists that something is awaited."""
    if in_greenlet():
        await_only(_nothing())


async def _nothing() -> None:
    pass


class _AtOnce(AsyncConnection):
    """A connection whose statements run where they are called, not in a greenlet of their own."""

    async def execute(self, *args: Any, **more: Any) -> CursorResult[Any]:
        """Run a statement."""
        return self._proxied.execute(*args, **more)

    async def stream(self, *args: Any, **more: Any) -> AsyncResult[Any]:  # type: ignore[override]
        """Run a statement whose rows are fetched little by little."""
        return AsyncResult(self._proxied.execute(*args, **more))


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that reads."""
    with await greenlet_spawn(engine.sync_engine.connect) as connection:
        yield _AtOnce(engine, connection)


@asynccontextmanager
async def begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction; leaving commits, raising rolls back."""
    with await greenlet_spawn(engine.sync_engine.connect) as connection, connection.begin():
        yield _AtOnce(engine, connection)


registry.register("sqlite.inline", __name__, Inline.__name__)
