"""Compile each statement once a run: a quarter of all tests' time went into compiling it anew.

SQLAlchemy keeps compiled statements per engine, and each test has engines of its own. Those of the
same database understand one another's statements, if they name the same dialect. SQLite in the
loop's own thread has another one than SQLite in a thread beside it, though both go by one name.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Dialect

from storage.db import Database

_dialects: dict[type[Dialect], Dialect] = {}  # the first of each kind that met its server
_statements: defaultdict[type[Dialect], dict[Any, Any]] = defaultdict(dict)  # compiled for it


def share(database: Database) -> None:
    """Let the engines of a new database use what others have compiled."""
    for engine in (database.engine.sync_engine, database.read_engine.sync_engine):
        kind = type(engine.dialect)
        if dialect := _dialects.get(kind):
            engine.dialect = dialect
            engine.update_execution_options(compiled_cache=_statements[kind])


def keep(database: Database) -> None:
    """Let others use this one's dialect; one that met no server knows too little of it."""
    dialect = database.engine.sync_engine.dialect
    if dialect.server_version_info is not None:
        _dialects.setdefault(type(dialect), dialect)
