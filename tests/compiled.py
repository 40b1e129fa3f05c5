"""Compile each statement once a run, and connect once: that was a third of many tests' time.

SQLAlchemy keeps compiled statements per engine, and each test has engines of its own. Those of the
same database understand one another's statements, if they name the same dialect. SQLite in the
loop's own thread has another one than SQLite in a thread beside it, though both go by one name.

A connection to PostgreSQL has to learn of every table and to plan every statement anew. All tests
of a worker run in one loop, so they can hand their connections on, too.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Dialect, Pool, QueuePool
from sqlalchemy.util import greenlet_spawn

from storage.db import Database

_dialects: dict[type[Dialect], Dialect] = {}  # the first of each kind that met its server
_statements: defaultdict[type[Dialect], dict[Any, Any]] = defaultdict(dict)  # compiled for it
_pools: dict[str, Pool] = {}  # of PostgreSQL, by the address


def share(database: Database) -> None:
    """Let the engines of a new database use what others have compiled."""
    for engine in (database.engine.sync_engine, database.read_engine.sync_engine):
        kind = type(engine.dialect)
        if dialect := _dialects.get(kind):
            # Its own is heard where readers go without a transaction: let it know the server, too.
            vars(engine.dialect).update(vars(dialect))
            engine.dialect = dialect
            engine.update_execution_options(compiled_cache=_statements[kind])


def keep(database: Database) -> None:
    """Let others use this one's dialect; one that met no server knows too little of it."""
    dialect = database.engine.sync_engine.dialect
    if dialect.server_version_info is not None:
        _dialects.setdefault(type(dialect), dialect)


def take_over(database: Database) -> None:
    """Let a new PostgreSQL database use the connections of the one before, in the same loop."""
    if pool := _pools.get(str(database.url)):
        database.engine.sync_engine.pool = pool


async def hand_on(database: Database) -> None:
    """Keep a PostgreSQL database's connections for the next test, unless this one lost some."""
    engine, address = database.engine.sync_engine, str(database.url)
    pool, dialect = engine.pool, engine.dialect
    known = _dialects.get(type(dialect)) is dialect  # or its server would stay unknown
    if known and isinstance(pool, QueuePool) and not pool.checkedout():
        _pools[address] = pool
    else:
        _pools.pop(address, None)
        await database.aclose()


async def part() -> None:
    """Close what no test needs any more."""
    for pool in _pools.values():
        await greenlet_spawn(pool.dispose)
    _pools.clear()
