"""Taking a catalogue file over into the items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_

from bot.catalogue import Row
from storage.db import Db
from storage.items import ItemRow
from storage.many import insert_all

ROWS_AT_ONCE = 500
FIELDS = ("title", "author", "minutes", "language", "tags", "summary")
MOVED = (*FIELDS, "found", "initials", "retired_at")


@dataclass(frozen=True, slots=True)
class Compared:
    """How the rows of a file stand to what is there."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Compared") -> "Compared":
        """Count two parts of a file together."""
        return Compared(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


async def compare(db: Db, rows: Sequence[Row]) -> Compared:
    """Say what `merge` would do with a part of a file, at most `ROWS_AT_ONCE` rows."""
    return (await _sorted(db, rows))[0]


async def merge(
    db: Db, rows: Sequence[Row], *, found: Mapping[Row, tuple[str, str]], at: datetime
) -> Compared:
    """Take part of a file over, at most `ROWS_AT_ONCE` rows; the same again changes nothing.

    `found` gives what search compares and the pinyin initials of each row. An item is known by its
    kind and address; one that was retired is offered again.
    """
    compared, new = await _sorted(db, rows)
    written = [
        {
            "kind": row.kind,
            "url": row.url,
            **{name: getattr(row, name) for name in FIELDS},
            "found": found[row][0],
            "initials": found[row][1],
            "added_at": at,
            "retired_at": None,
        }
        for row in new
    ]
    await insert_all(db, ItemRow, written, moved=MOVED, key=("kind", "url"))
    return compared


async def _sorted(db: Db, rows: Sequence[Row]) -> tuple[Compared, list[Row]]:
    """Count the rows, and return those that change something."""
    columns = [ItemRow.kind, ItemRow.url, *(getattr(ItemRow, name) for name in FIELDS)]
    keys = [(row.kind, row.url) for row in rows]
    wanted = select(*columns, ItemRow.retired_at).where(tuple_(ItemRow.kind, ItemRow.url).in_(keys))
    there = {
        (kind, url): (tuple(fields), retired_at)
        for kind, url, *fields, retired_at in await db.execute(wanted)
    }
    new, changed = [], []
    for row in rows:
        known = there.get((row.kind, row.url))
        if known is None:
            new.append(row)
        elif known != (tuple(getattr(row, name) for name in FIELDS), None):
            changed.append(row)
    same = len(rows) - len(new) - len(changed)
    return Compared(len(new), len(changed), same), [*new, *changed]
