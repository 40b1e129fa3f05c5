"""What an invariant is, and how rows are read without holding all of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import Select

from storage.db import Db

ROWS_AT_ONCE = 5000

Offender = int | str
"""A citizen's id, or the name of something else: a push, a livestream, a week, a bell."""

Look = Callable[[Db, tzinfo], AsyncIterator[Offender]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that is true, and the query that finds where it is not: one column, offenders."""

    name: str
    sentence: str
    query: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence that is true, and what looks where it is not, row by row."""

    name: str
    sentence: str
    look: Look


async def each(db: Db, wanted: Select[*tuple[Any, ...]]) -> AsyncIterator[Sequence[Any]]:
    """Hand out rows, a limited number of them in memory at once."""
    rows = await db.stream(wanted.execution_options(yield_per=ROWS_AT_ONCE))
    async for part in rows.partitions():
        yield part
