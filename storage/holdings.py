"""Everything the database holds about one citizen, found by walking the schema."""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Column, Table, select

from storage import history, links, livestreams, models
from storage.citizens import CitizenRow
from storage.db import Db

LEFT_OUT = frozenset({"file"})  # the copy does not hold earlier copies
ITEM_COLUMNS, CLASS_COLUMNS = ("item", "subject"), ("livestream",)


def about_citizens() -> dict[str, tuple[Table, Column[Any]]]:
    """Return every table that holds something about a citizen, with the column that says whom."""
    found: dict[str, tuple[Table, Column[Any]]] = {}
    tables = [cast("Table", row.__table__) for row in models.TABLES]
    whom = CitizenRow.__table__.c.id
    for table in tables:
        for column in table.columns:
            if column is whom or column.references(cast("Column[Any]", whom)):
                found.setdefault(table.name, (table, column))
    return found


async def of(db: Db, citizen: int) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Return the rows about a citizen by table, and how what they name is called.

    An item is named by its number, a livestream as deeds name it. Whoever became this person is
    part of them.
    """
    everyone = [citizen, *await links.absorbed_by(db, citizen)]
    rows: dict[str, list[dict[str, Any]]] = {}
    named: set[str] = set()
    for name, (table, column) in about_citizens().items():
        wanted = select(*(c for c in table.columns if c.name not in LEFT_OUT))
        found = (await db.execute(wanted.where(column.in_(everyone)))).mappings()
        rows[name] = [{key: _plain(value) for key, value in row.items()} for row in found]
        for row in rows[name]:
            named |= {str(row[place]) for place in ITEM_COLUMNS if place in row}
            named |= {livestreams.subject(row[place]) for place in CLASS_COLUMNS if place in row}
    return rows, await history.subjects(db, named)


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return value
