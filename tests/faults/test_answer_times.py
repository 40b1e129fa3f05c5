"""Two hundred updates a second while a push goes out: each is answered, and soon."""

import asyncio
import math
import random
from datetime import datetime

import aiohttp

from bot import campaign as campaigns
from storage.db import Database
from tests.bench.town import Town
from tests.faults.conftest import OWNER, SECRET
from tests.faults.season import offenders, told_of_phase
from tests.gates import LONG
from tests.posting import Poster, message
from tests.processes import hooked

PEOPLE = 2000 if LONG else 600  # to tell them takes longer than they are asked
A_SECOND, SECONDS = 200, 20 if LONG else 4
P99_MAX = 0.5
SEED = 20220423
EVE, MORNING = "2022-04-22T09:00:00+08:00", "2022-04-23T09:00"
STAMP = int(datetime.fromisoformat(f"{MORNING}:00+08:00").timestamp())


async def seconds_of(address, updates):
    """Post so many a second, whatever becomes of those before; return how long each took."""
    clock, took = asyncio.get_running_loop().time, []
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}

    async def post(update, due):
        async with session.post(address, json=update, headers=headers) as response:
            said = await response.json()
        assert (response.status, "+5" in said["text"]) == (200, True), said
        took.append(clock() - due)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:
        since = clock()
        for number, update in enumerate(updates):
            due = since + number / A_SECOND
            await asyncio.sleep(due - clock())
            tasks.create_task(post(update, due))
    return sorted(took)


async def test_answers_come_soon_while_a_push_goes_out(api, settings, tmp_path, record):
    """At Telegram's own pace the news of a phase goes to everybody; meanwhile they check in."""
    database = Database(settings["DATABASE_URL"])
    await Town(database, "", campaigns.load("qingpu_2022")).settle(PEOPLE)
    for number in range(1, PEOPLE + 1):
        api.person(number)
    crowd = random.Random(SEED).sample(range(2, PEOPLE + 1), A_SECOND * SECONDS // 4)
    updates = [message(10_000 + n, n, "签到", STAMP) for n in crowd] * 4
    given = settings | {"REHEARSAL_START": EVE}
    async with hooked(tmp_path, api, SECRET, **given) as (process, address):
        await Poster(address, SECRET).post_all([message(1, OWNER, f"/clock {MORNING}")])
        await api.until(lambda: any("今天开始" in str(call.parameters) for call in api.calls))
        took = await seconds_of(address, updates)
        state = await told_of_phase(database)
        await process.stop_well()
    await database.aclose()

    p99 = took[math.ceil(len(took) * 0.99) - 1]
    assert state["waiting"] > 0, state
    assert len(took) == A_SECOND * SECONDS
    assert (await offenders(settings["DATABASE_URL"]))[0] == []
    record("R14", f"{p99 * 1000:.0f} ms", seed=SEED, met=p99 <= P99_MAX)
