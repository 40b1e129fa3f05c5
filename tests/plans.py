"""How a database goes about a statement, and whether it reads more than it should."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from storage.db import Database
from tests.statements import Sent

GROWING = {"citizens", "accounts", "consents", "totals", "deeds", "ledger", "handled"}
HISTORIES = {"deeds", "ledger"}  # where a citizen alone may have thousands of rows
KEY_COLUMNS_MIN = 3  # citizen and campaign would read a whole history
PARTIAL = ("ix_deliveries_waiting", "ix_deliveries_sending")  # hold what waits, and no more
SQLITE_STEP = re.compile(r"(SCAN|SEARCH) (\w+)(?: .*?\((.*)\))?")

Step = tuple[str, str, int]
"""SCAN or SEARCH, the table, and how many columns of a key are given."""


async def plan(database: Database, sent: Sent) -> list[Step]:
    """Ask the database how it goes about a statement: steps of (how, table, key columns)."""
    asks = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN (FORMAT JSON) "
    async with database.reading() as db:
        told = await db.exec_driver_sql(asks + sent.sql, sent.parameters)
        rows: list[Any] = [*told]
    if database.is_sqlite:
        said = (row[3] for row in rows if not any(index in row[3] for index in PARTIAL))
        found = map(SQLITE_STEP.match, said)
        return [(step[1], step[2], (step[3] or "").count("=")) for step in found if step]
    ((plans,),) = rows
    plans = plans if isinstance(plans, list) else json.loads(plans)
    return list(postgres_steps(plans[0]["Plan"], ""))


def postgres_steps(node: dict[str, Any], table: str) -> Iterator[Step]:
    """Walk through a plan; a step without a condition on its index is a scan."""
    table = node.get("Relation Name", table)
    if "Scan" in node["Node Type"] and table and node.get("Index Name") not in PARTIAL:
        keys = node.get("Index Cond", "").count(" = ")
        searched = keys or node["Node Type"] == "Bitmap Heap Scan"
        yield "SEARCH" if searched else "SCAN", table, keys
    for child in node.get("Plans", ()):
        yield from postgres_steps(child, table if "Bitmap" in child["Node Type"] else "")


async def offences(database: Database, heard: Iterable[Sent]) -> list[tuple[str, str, str]]:
    """Return the steps that read a whole table, or a citizen's whole history."""
    return [
        (how, table, sent.sql)
        for sent in heard
        for how, table, keys in await plan(database, sent)
        if (how == "SCAN" and table in GROWING)
        or (table in HISTORIES and 0 < keys < KEY_COLUMNS_MIN)
    ]
