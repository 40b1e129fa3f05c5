"""Compile each statement once a run: a quarter of all tests' time went into compiling it anew.

SQLAlchemy keeps compiled statements per engine, and each test has engines of its own. Those of the
same database understand one another's statements, if they name the same dialect.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Dialect

from storage.db import Database

_dialects: dict[str, Dialect] = {}  # the first that met its server, by backend
_statements: defaultdict[str, dict[Any, Any]] = defaultdict(dict)  # compiled for it


def share(database: Database) -> None:
    """Let the engines of a new database use what others have compiled."""
    for engine in (database.engine.sync_engine, database.read_engine.sync_engine):
        if dialect := _dialects.get(engine.name):
            engine.dialect = dialect
            engine.update_execution_options(compiled_cache=_statements[engine.name])


def keep(database: Database) -> None:
    """Let others use this one's dialect; one that met no server knows too little of it."""
    dialect = database.engine.sync_engine.dialect
    if dialect.server_version_info is not None:
        _dialects.setdefault(dialect.name, dialect)
