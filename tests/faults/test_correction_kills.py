"""Kill -9 around a correction: it is booked once, with its reason, its audit line and its push."""

import asyncio
import signal

from sqlalchemy import text

from bot.clock import SystemClock
from bot.rules import signing
from storage.db import Database
from tests.faults.conftest import OWNER, SECRET
from tests.faults.killed import COMMITTED, INSIDE, Runs
from tests.faults.season import offenders
from tests.faults.test_kills import ended, joined, start
from tests.posting import Poster, message, tap
from tests.processes import hooking

PEOPLE = range(100, 104)
FAULTS = (INSIDE, COMMITTED, COMMITTED, INSIDE)
KEY = "the key of the correction tests, long enough"
SECONDS_MAX = 180


async def read(url, statement):
    """Read rows through a database of the test's own."""
    database = Database(url)
    async with database.reading() as db:
        rows = [tuple(row) for row in await db.execute(text(statement))]
    await database.aclose()
    return rows


def confirm(number, correction):
    """Make the tap by which the owner confirms a draft."""
    person = f"telegram:{OWNER}:adjustments.do"
    signed = signing.sign(KEY.encode(), person, str(correction), at=SystemClock().system())
    return tap(number, OWNER, f"adjustments.do:{signed}")


async def drafted(runs, api, url):
    """Let the owner prepare one adjustment for each person; return the drafts by their ids."""
    numbers = await read(
        url,
        "SELECT c.number FROM citizens c JOIN accounts a ON a.citizen = c.id"
        f" WHERE a.sender <> '{OWNER}' ORDER BY c.id",
    )
    await start(runs, api)
    poster = Poster(runs.address, SECRET, connections=1)
    asked = [f"/adjust {number} +7 停电补偿" for (number,) in numbers]
    await poster.post_all(message(5000 + n, OWNER, words) for n, words in enumerate(asked))
    await ended(runs)
    assert all("停电补偿" in said for _, _, said in poster.answers), poster.answers
    return [number for (number,) in await read(url, "SELECT id FROM corrections ORDER BY id")]


async def posted(runs, update):
    """Post one update and return its status."""
    poster = Poster(runs.address, SECRET, connections=1)
    await poster.post_all([update])
    return poster.answers[0][1]


async def test_a_killed_correction_is_booked_once(api, settings, tmp_path):
    """Killed before the commit it leaves nothing, after it everything; the retry hears the same."""
    url = settings["DATABASE_URL"]
    serve = {**settings, **hooking(api, SECRET), "SECRET_KEY": KEY}
    async with asyncio.timeout(SECONDS_MAX), Runs.open(tmp_path, **serve) as runs:
        await joined(runs, api, PEOPLE)
        drafts = await drafted(runs, api, url)
        assert len(drafts) == len(PEOPLE)
        for n, (draft, fault) in enumerate(zip(drafts, FAULTS, strict=True)):
            update = confirm(6000 + n, draft)
            before = len(await read(url, "SELECT line FROM ledger"))
            await start(runs, api, fault, 1)
            assert await posted(runs, update) == 0
            assert (await runs.end())[0] == -signal.SIGKILL
            left = len(await read(url, "SELECT line FROM ledger")) - before
            assert left == (1 if fault == COMMITTED else 0)
            await start(runs, api)
            told = [await posted(runs, update) for _ in range(2)]
            await ended(runs)
            assert told == [200, 200], runs.errors

    booked = "SELECT kind, points, count(*) FROM ledger GROUP BY kind, points"
    assert await read(url, booked) == [("adjustment", 7, len(PEOPLE))]
    for table, which in (("audit", "act = 'adjustment'"), ("pushes", "kind = 'adjustments.told'")):
        found = await read(url, f"SELECT count(*) FROM {table} WHERE {which}")
        assert found == [(len(PEOPLE),)], table
    said = "\n".join(seen.text for seen in api.chats[OWNER].events)
    assert said.count("已记账") >= len(PEOPLE)
    assert await offenders(url) == ([], len(PEOPLE), 7 * len(PEOPLE))
