"""Many rows in one statement, which is built and prepared once, on either database."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    FromClause,
    Select,
    Table,
    bindparam,
    column,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, QueryableAttribute

from storage.db import Db, Insert

SQLITE = "sqlite"
NEW = "new"  # names the rows of an insert
Query = Select[*tuple[Any, ...]]


class Listed:
    """Keys to look up in these columns, many at once.

    They travel as one JSON parameter, or one array a column: the statement is the same however
    many there are, so it is built and prepared once. An IN list of pairs would be written, parsed
    and planned anew for every length.
    """

    def __init__(self, name: str, *columns: QueryableAttribute[Any]) -> None:
        self._name = name
        self._columns = columns

    def find(self, named: str, wanted: Query) -> Query:
        """Return the statement that looks up each key; at most one line is wanted for each."""
        listed = self.table(named)
        one = wanted.where(*(column == listed.c[column.key] for column in self._columns))
        if named == SQLITE:
            return one
        # Key by key through an index, whatever statistics say of a table that was empty just now.
        found = one.limit(1).lateral(f"{self._name}_found")
        return select(found).select_from(listed).join(found, true())

    def table(self, named: str) -> FromClause:
        """Return the keys as a table."""
        if named == SQLITE:
            row = func.json_each(bindparam(self._name)).table_valued("value", name=self._name)
            values = (
                type_coerce(func.json_extract(row.c.value, f"$[{place}]"), key.type).label(key.key)
                for place, key in enumerate(self._columns)
            )
            return select(*values).subquery(f"{self._name}_rows")
        return unnest(self._name, [(key.key, key.type) for key in self._columns])

    def rows(self, named: str, keys: Collection[Sequence[Any]]) -> dict[str, Any]:
        """Return the parameters that carry these keys."""
        if named == SQLITE:
            return {self._name: json.dumps(list(keys), default=str)}
        return arrays(self._name, [column.key for column in self._columns], keys)


def unnest(name: str, columns: Sequence[tuple[str, Any]]) -> FromClause:
    """Return a table of one array a column; PostgreSQL only."""
    given = (bindparam(f"{name}_{key}", type_=postgresql.ARRAY(kind)) for key, kind in columns)
    made = func.unnest(*given).table_valued(*(column(key, kind) for key, kind in columns))
    return made.render_derived(name=name)


def arrays(name: str, keys: Sequence[str], rows: Collection[Sequence[Any]]) -> dict[str, Any]:
    """Return the parameters of such a table."""
    return {f"{name}_{key}": [row[place] for row in rows] for place, key in enumerate(keys)}


async def insert_all(
    db: Db,
    kind: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    *,
    moved: tuple[str, ...] = (),
    added: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
) -> int:
    """Insert rows with one statement and return how many were written.

    A row that is there already, by `key` or else the primary key, is left as it is and not
    counted, or takes over `moved` columns, or grows by `added` ones.
    """
    if not rows:
        return 0
    named = dialect(db)
    made = _insert_all(named, kind, names=tuple(rows[0]), changed=(moved, added), key=key)
    if named == SQLITE:
        given: Any = rows
    else:
        given = arrays(NEW, list(rows[0]), [list(row.values()) for row in rows])
    written = await db.execute(made, given, execution_options={"preserve_rowcount": True})
    return int(getattr(written, "rowcount", 0))


@cache
def _insert_all(
    named: str,
    kind: type[DeclarativeBase],
    *,
    names: tuple[str, ...],
    changed: tuple[tuple[str, ...], tuple[str, ...]],
    key: tuple[str, ...],
) -> Insert:
    table = cast("Table", kind.__table__)
    made = insert_into(named, kind)
    if named != SQLITE:
        made = made.from_select(names, select(unnest(NEW, [(n, table.c[n].type) for n in names])))
    moved, added = changed
    if not moved and not added:
        return made.on_conflict_do_nothing()
    grown = {name: table.c[name] + made.excluded[name] for name in added}
    return made.on_conflict_do_update(
        index_elements=[table.c[name] for name in key] or [*table.primary_key],
        set_={name: made.excluded[name] for name in moved} | grown,
    )


def insert_into(named: str, kind: type[DeclarativeBase]) -> Insert:
    """Return a dialect's INSERT into a table, for a statement that is built once."""
    table = cast("Table", kind.__table__)
    return sqlite.insert(table) if named == SQLITE else postgresql.insert(table)


def plain(made: Any) -> dict[str, Any]:
    """Return a dataclass of plain values as a row; `dataclasses.asdict` copies deeply."""
    return {name: getattr(made, name) for name in made.__slots__}


def dialect(db: Db) -> str:
    """Say which of the two databases this is."""
    return db.dialect.name
