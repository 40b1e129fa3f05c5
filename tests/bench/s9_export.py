"""S9: the participants' export of 100,000 rows as XLSX: seconds, and memory of its process."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl

from tests.bench.figures import Figure
from tests.bench.town import Town, towns

CITIZENS = 100_000
ROUNDS = 3
SECONDS_GATE, MEGABYTES_GATE = 30, 200
# The export alone in a process, as a job of the bot is; it says what it took. What getrusage() says
# of the most memory would begin with that of the process it was forked from.
CHILD = r"""
import asyncio, json, re, sys, time
from datetime import datetime
from pathlib import Path
from bot import campaign as campaigns
from bot.exporting import Order, export
from bot.i18n import Texts
from storage.db import Database

async def main(url, campaign_id, file):
    campaign = campaigns.load("qingpu_2022")
    async def tell(done, of): pass
    order = Order("participants", campaign, int(campaign_id), datetime.fromisoformat(
        "2022-05-01T09:00:00+08:00"))
    database = Database(url)
    since = time.perf_counter()
    rows = await export(database, order, Path(file), texts=Texts(campaign.zone), tell=tell)
    took = time.perf_counter() - since
    await database.aclose()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps([rows, took, peak]))

asyncio.run(main(*sys.argv[1:]))
"""

Tell = Callable[[str], None]


async def run(tell: Tell) -> list[Figure]:
    """Export once from each database, and count the rows that were written."""
    figures = []
    async with towns(CITIZENS, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S9 {kind}: exporting")
            figures.append(await _export(town))
    return figures


async def _export(town: Town) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "participants.xlsx")
        rounds = [await _once(town, file) for _ in range(ROUNDS)]
        written = await asyncio.to_thread(_rows, file)
    if {rows for rows, _, _ in rounds} | {written} != {CITIZENS}:
        raise AssertionError(f"{town.kind}: {written} of {CITIZENS} rows were written")
    peak = max(peak for _, _, peak in rounds)
    if peak > MEGABYTES_GATE:
        raise AssertionError(f"{town.kind}: the export took {peak:.0f} MB")
    return Figure(
        "S9 export",
        town.kind,
        f"XLSX, {peak:.0f} MB peak",
        tuple(rows / took for rows, took, _ in rounds),
        tuple(took * 1000 for _, took, _ in rounds),
        lone_gate=SECONDS_GATE * 1000,
    )


async def _once(town: Town, file: Path) -> tuple[int, float, float]:
    """Export in a process of its own: rows, seconds, megabytes at the peak."""
    url = town.database.url.render_as_string(hide_password=False)
    command = (sys.executable, "-c", CHILD, url, str(town.campaign_id), str(file))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await child.communicate()
    rows, took, peak = json.loads(told)
    return int(rows), float(took), float(peak)


def _rows(file: Path) -> int:
    """Count the rows below the heads."""
    with closing(openpyxl.load_workbook(file, read_only=True)) as book:
        return sum(1 for _ in book.worksheets[0].iter_rows()) - 1
