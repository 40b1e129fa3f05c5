"""S9: the selection over 100,000 readers: the snapshot, all lists drawn up, all of it written down.

Each round takes a snapshot in place of the one before, draws four lists up, keeps everybody's place
and makes the canonical document; then the workbook with 100,000 score sheets. Each in a process of
its own, as a job of the bot is.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Date,
    Insert,
    Integer,
    String,
    cast,
    insert,
    literal,
    null,
    select,
)

from storage.base import Moment
from storage.citizens import CitizenRow
from storage.ledger import LineRow
from storage.totals import TotalsRow
from tests.bench.figures import Figure
from tests.bench.town import START, Town, towns

READERS = 100_000
LINES_MAX = 20  # of a reader; ten on the average
ROUNDS = 2
SECONDS_GATE, MEGABYTES_GATE = 30, 200
KINDS = ("checkin", "video", "book", "audio", "live")
CHILD = r"""
import asyncio, json, re, sys, time
from datetime import datetime
from pathlib import Path
from bot import campaign as campaigns, selecting, selection_book
from bot.i18n import Texts
from bot.selecting import Wish
from storage.db import Database

async def main(url, campaign_id, what, file):
    campaign = campaigns.load("qingpu_2022")
    async def tell(done, of): pass
    database = Database(url)
    since = time.perf_counter()
    name = campaign.campaign.id
    if what == "draw":
        at = datetime.fromisoformat("2022-10-08T09:00:00+08:00")
        found = await selecting.take(
            database, Wish(campaign, int(campaign_id), 1, at), tell=tell)
        written = await selecting.seal(database, found, name, tell=tell)
        told = [found.readers, written.digest()]
    else:
        order = selection_book.Order(
            int(campaign_id), name, Texts(campaign.zone), "zh_CN", campaign.zone)
        rows = await selection_book.write(database, order, Path(file), tell=tell)
        told = [rows, ""]
    took = time.perf_counter() - since
    await database.aclose()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps([*told, took, peak]))

asyncio.run(main(*sys.argv[1:]))
"""

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Select from each database, and compare what came of it."""
    figures: list[Figure] = []
    digests: set[str] = set()
    async with towns(READERS, each=1) as opened:
        for (town,) in opened.values():
            tell(f"S9 {town.kind}: writing lines")
            await _live(town)
            figures += [each async for each in _measured(town, tell, digests)]
    if len(digests) != 1:
        raise AssertionError(f"the same readers came to {len(digests)} documents")
    return figures


async def _measured(town: Town, tell: Tell, digests: set[str]) -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        for what in ("draw", "book"):
            tell(f"S9 {town.kind}: selection, {what}")
            file = str(Path(folder, "selection.xlsx"))
            rounds = [await _once(town, what, file=file) for _ in range(ROUNDS)]
            digests |= {digest for _, digest, *_ in rounds if digest}
            yield _figure(town, what, rounds)


def _figure(town: Town, what: str, rounds: list[tuple[int, str, float, float]]) -> Figure:
    peak = max(peak for *_, peak in rounds)
    if min(rows for rows, *_ in rounds) < READERS or peak > MEGABYTES_GATE:
        raise AssertionError(f"{town.kind}, {what}: {rounds}")
    return Figure(
        "S9 selection",
        town.kind,
        f"{what}, {peak:.0f} MB peak",
        tuple(rows / took for rows, _, took, _ in rounds),
        tuple(took * 1000 for *_, took, _ in rounds),
        lone_gate=SECONDS_GATE * 1000,
    )


async def _live(town: Town) -> None:
    """Let everybody do a number of things that depends on who they are."""
    async with town.database.transaction() as db:
        for n in range(LINES_MAX):
            await db.execute(_lines(town, n))
        many = _many() + 1
        values = {
            "citizen": CitizenRow.id,
            "campaign": literal(town.campaign_id, Integer),
            "lines": many,
            "earned": many * 5,
            "balance": many * 5,
            "debt": literal(0),
            "visits": literal(b"\1"),
            "town": literal("xiayang"),
            "haste": -CitizenRow.id,
            "visit_days": literal(1),
            "finished": literal(0),
            "lives": literal(0),
            "erased": literal(False),  # noqa: FBT003 - a value of the row
            "first_day": literal(START.date(), Date),
            "back_day": cast(null(), Date),
        }
        await db.execute(insert(TotalsRow).from_select([*values], select(*values.values())))
    await town.database.analyze()


def _many() -> ColumnElement[int]:
    return (CitizenRow.id * 7919) % LINES_MAX


def _lines(town: Town, n: int) -> Insert:
    at = literal(START + timedelta(days=n), Moment)
    values = {
        "citizen": CitizenRow.id,
        "campaign": literal(town.campaign_id, Integer),
        "line": literal(n + 1, Integer),
        "kind": literal("deed"),
        "points": literal(5),
        "net": literal(5 * (n + 1), Integer),
        "day": literal((START + timedelta(days=n)).date(), Date),
        "activity": literal(KINDS[n % len(KINDS)]),
        "slot": literal(0),
        "rate": literal(5),
        "cap": literal(10),
        "once": literal(f"bench:{n}", String),
        "cause": literal("bench"),
        "town": literal("xiayang"),
        "acted_at": at,
        "recorded_at": at,
        "reverses": cast(null(), Integer),
    }
    wanted = select(*values.values()).where(_many() >= n)
    return insert(LineRow).from_select([*values], wanted)


async def _once(town: Town, what: str, *, file: str) -> tuple[int, str, float, float]:
    """Do one thing in a process of its own: rows, digest, seconds, megabytes at the peak."""
    url = town.database.url.render_as_string(hide_password=False)
    command = (sys.executable, "-c", CHILD, url, str(town.campaign_id), what, file)
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await child.communicate()
    rows, digest, took, peak = json.loads(told)
    return int(rows), digest, took, peak
