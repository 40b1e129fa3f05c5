"""Kill -9 in the middle of a push to two thousand: nobody is told twice, every loss is listed."""

import asyncio

from bot import campaign as campaigns
from bot.delivery import CLAIM_MAX
from storage import pushes
from storage.db import Database
from tests.bench.town import Town
from tests.faults.season import told_of_phase
from tests.gates import LONG
from tests.processes import serving

PEOPLE = 20_000 if LONG else 2000
KILLS, CALLS_BEFORE_A_KILL = 6 if LONG else 2, 500
RESUMED_SECONDS_MAX = 60


async def test_kills_in_a_push_double_nothing(api, settings, tmp_path, record):
    """Twice 0; whoever was not told is uncertain, or on the way when the sender died."""
    database = Database(settings["DATABASE_URL"])
    await Town(database, "", campaigns.load("qingpu_2022")).settle(PEOPLE)
    for number in range(1, PEOPLE + 1):
        api.person(number)
    serve = {**settings, "TELEGRAM_API_URL": api.url, "TELEGRAM_RATE": "0", "LOG_LEVEL": "WARNING"}
    await api.person(1).says("/clock 2022-10-07T09:00")
    resumed = []
    for _ in range(KILLS):
        async with serving(tmp_path, **serve) as process:
            resumed.append(await calls_of(api, CALLS_BEFORE_A_KILL))
            await process.kill()
    async with serving(tmp_path, **serve) as process:
        await settled(database)
        await process.stop()
    state = await told_of_phase(database)
    await database.aclose()

    views = [api.person(person).chat.view for person in range(1, PEOPLE + 1)]
    heard = [sum("今天开始" in seen.text for seen in view) for view in views]
    doubtful = state.get(pushes.UNCERTAIN, 0) + state.get(pushes.SENDING, 0)
    assert max(heard) == 1
    assert state[pushes.SENT] + doubtful == PEOPLE
    assert 0 < doubtful <= KILLS * CLAIM_MAX
    assert sum(heard) >= state[pushes.SENT]
    assert max(resumed) < RESUMED_SECONDS_MAX
    told = f"0 told twice, {doubtful} in doubt and listed, {PEOPLE:,} people, {KILLS} kills"
    record("R6", told)


async def calls_of(api, count):
    """Wait for so many further calls, and return how long it took."""
    clock = asyncio.get_running_loop().time
    since, before = clock(), len(api.calls)
    await api.until(lambda: len(api.calls) >= before + count, RESUMED_SECONDS_MAX)
    return clock() - since


async def settled(database):
    """Wait until nothing waits any more."""
    async with asyncio.timeout(300):
        while (await told_of_phase(database)).get(pushes.WAITING, 0):  # noqa: ASYNC110 - another process's
            await asyncio.sleep(0.1)
