"""The statements that reach a database, as they are sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event

from storage.db import Database


@dataclass
class Sent:
    """One statement, its parameters (the first set if it was repeated) and the rows it returned."""

    sql: str
    parameters: Any
    rows: int = 0


class _Ears:
    """What SQLAlchemy tells before and after each statement."""

    def __init__(self) -> None:
        self.heard: list[Sent] = []

    def before(self, _connection: Connection, _cursor: Any, sql: str, *others: Any) -> None:
        parameters, _context, repeated = others
        if not sql.startswith("BEGIN"):
            self.heard.append(Sent(sql, parameters[0] if repeated else parameters))

    def after(self, _connection: Connection, cursor: Any, sql: str, *_others: Any) -> None:
        if not sql.startswith("BEGIN"):
            # Both drivers' adapters hold the rows here until they are asked for, unless streamed.
            self.heard[-1].rows = len(getattr(cursor, "_rows", ()))


@contextmanager
def listening(database: Database) -> Iterator[list[Sent]]:
    """Collect what is sent; BEGIN and COMMIT are not among it."""
    ears = _Ears()
    engines = [database.engine.sync_engine]
    if database.is_sqlite:  # on PostgreSQL, whoever listens to the one hears the other
        engines.append(database.read_engine.sync_engine)
    hooks = {"before_cursor_execute": ears.before, "after_cursor_execute": ears.after}
    told = [(engine, name, hook) for engine in engines for name, hook in hooks.items()]
    for engine, name, hook in told:
        event.listen(engine, name, hook)
    try:
        yield ears.heard
    finally:
        for engine, name, hook in told:
            event.remove(engine, name, hook)


READS = ("BEGIN", "SELECT", "WITH", "EXPLAIN", "PRAGMA")


def only_reads(_connection: Connection, _cursor: Any, sql: str, *_others: Any) -> None:
    """Refuse what would write outside a writing transaction; PostgreSQL commits it at once."""
    assert sql.lstrip().startswith(READS), sql
