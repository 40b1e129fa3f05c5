"""Consistent copies of a database while it is in use."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Table, func, insert, select, text

from storage import models
from storage.db import Database, Db

ROWS_AT_ONCE = 2000
Tell = Callable[[str, int], None]


async def copy(database: Database, target: Path, *, tell: Tell) -> None:
    """Write a SQLite file with everything that was committed at one moment.

    SQLite copies itself. PostgreSQL's tables are read in one snapshot and written row by row, which
    suits moving house and small towns; for a city `pg_dump` is the tool.

    Raises:
        OSError: the target cannot be written, or the copy is not sound.

    """
    source = Database.file_of(database.url.render_as_string(hide_password=False))
    if source is not None:
        await asyncio.to_thread(_vacuum, source, target)
    else:
        await _rows(database, target, tell)
    _sound(target)


def _vacuum(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise OSError(str(error)) from error


async def _rows(database: Database, target: Path, tell: Tell) -> None:
    copy_of = Database(f"sqlite:///{target}")
    try:
        await copy_of.upgrade()
        async with database.engine.connect() as source, copy_of.transaction() as db:
            await source.execution_options(isolation_level="REPEATABLE READ")
            # Who became somebody else may be read before who they became.
            await db.execute(text("PRAGMA defer_foreign_keys = ON"))
            for row in models.TABLES:
                table = cast("Table", row.__table__)
                total = await source.scalar(select(func.count()).select_from(table)) or 0
                tell(table.name, int(total))
                await _table(source, table, db)
    finally:
        await copy_of.aclose()


async def _table(source: Db, table: Table, db: Db) -> None:
    stream = await source.stream(select(table))
    async for part in stream.mappings().partitions(ROWS_AT_ONCE):
        await db.execute(insert(table), [dict(one) for one in part])


def _sound(target: Path) -> None:
    with closing(sqlite3.connect(target)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()
    if found != ("ok",):
        raise OSError(f"the copy {target} is not sound")
