"""Workers on one PostgreSQL: restarted, frozen, on a wrong clock; no act is lost or doubled."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from storage import pushes
from storage.db import Database
from tests.bench.town import Town
from tests.faults import quick
from tests.faults.conftest import OWNER, SECRET
from tests.faults.season import offenders, told_of_phase
from tests.gates import LONG
from tests.posting import Poster, message
from tests.processes import hooked
from tests.telegram_api import TOKEN

CROWD = range(100, 300)
SETTLED = 300
SENDS_BEFORE_THE_FROST = 60
WAIT_SECONDS_MAX = 60
TAKEN_OVER_SECONDS_MAX = 30
FROZEN_SECONDS_MIN, LEASE = (60, (quick.PATIENT,)) if LONG else (0, ())
NEWER = "9999"


@pytest.fixture
def shared(spare_postgres_database):
    """The settings of workers that share a database."""
    return {
        "DATABASE_URL": spare_postgres_database.url.render_as_string(hide_password=False),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_RATE": "0",
        "REHEARSAL": "1",
        "REHEARSAL_START": "2022-05-01T09:00:00+08:00",
        "FLOOD_LIMIT": "0",
        "OWNERS": f"telegram:{OWNER}",
    }


def checkins(people):
    """Everybody checks in."""
    return [message(10_000 + person, person, "签到") for person in people]


async def state_of(process):
    """Return what /readyz tells, and its status."""
    async with aiohttp.ClientSession() as session, session.get(f"{process.url}/readyz") as answer:
        return answer.status, await answer.json()


async def balanced(addresses, waiting):
    """Post to whoever is there until everything is acknowledged; return the answers, the faults."""
    told, faults = {}, set()
    while waiting:
        posters = [Poster(address, SECRET, connections=8) for address in addresses]
        shares = [waiting[n :: len(posters)] for n in range(len(posters))]
        await asyncio.gather(*map(Poster.post_all, posters, shares))
        answers = [
            (share[place]["update_id"], status, said)
            for poster, share in zip(posters, shares, strict=True)
            for place, status, said in poster.answers
        ]
        told |= {update: said for update, status, said in answers if status == 200}
        faults |= {status for _, status, _ in answers if status != 200}
        waiting = [post for post in waiting if post["update_id"] not in told]
    return told, faults


async def in_parts(addresses, posts, begun):
    """Post a few at a time, to those who are there by then."""
    told, faults = {}, set()
    for first in range(0, len(posts), 20):
        answers, met = await balanced(addresses, posts[first : first + 20])
        told |= answers
        faults |= met
        begun.set()
    return told, faults


async def migrate_ahead(database):
    """Bring the schema where a version to come would."""
    async with database.transaction() as db:
        await db.execute(text("ALTER TABLE citizens ADD COLUMN novelty text"))
        await db.execute(text(f"UPDATE alembic_version SET version_num = '{NEWER}'"))


async def test_a_rolling_restart_to_a_newer_schema(api, shared, tmp_path, spare_postgres_database):
    """Two workers are restarted in turn under load, the database a version ahead of them."""
    for person in CROWD:
        api.person(person)
    posts, begun = checkins(CROWD), asyncio.Event()
    async with asyncio.timeout(2 * WAIT_SECONDS_MAX), AsyncExitStack() as stack:

        async def start():
            return await stack.enter_async_context(hooked(tmp_path, api, SECRET, **shared))

        workers = [await start(), await start()]
        addresses = [address for _, address in workers]
        await Poster(addresses[0], SECRET).join(CROWD)
        await migrate_ahead(spare_postgres_database)
        async with asyncio.TaskGroup() as tasks:
            loading = tasks.create_task(in_parts(addresses, posts, begun))
            await begun.wait()
            for place, (process, _) in enumerate(workers):
                assert (await state_of(process))[0] == 200  # the old one goes on
                assert (await process.stop())[0] == 0
                workers[place] = await start()
                addresses[place] = workers[place][1]
        again, _ = await balanced(addresses, posts)  # as a platform does in doubt
        for process, _ in workers:
            await process.stop_well()

    told, faults = loading.result()
    assert faults <= {0, 503}
    assert all("+5" in said for said in told.values())
    assert again == told
    assert await offenders(shared["DATABASE_URL"]) == ([], len(CROWD), 5 * len(CROWD))


@asynccontextmanager
async def frozen(worker):
    """Hold a worker where it stands; in the long form for a minute at least."""
    clock = asyncio.get_running_loop().time
    since = clock()
    os.kill(worker.started.pid, signal.SIGSTOP)
    yield
    await asyncio.sleep(since + FROZEN_SECONDS_MIN - clock())
    os.kill(worker.started.pid, signal.SIGCONT)


async def test_a_frozen_leader_beside_one_whose_clock_is_off(api, shared, tmp_path):
    """Frozen while it sends to all: the next one, 90 s ahead, goes on; thawed, it does no harm."""
    database = Database(shared["DATABASE_URL"])
    await Town(database, "", campaigns.load("qingpu_2022")).settle(SETTLED)
    people, posts = [api.person(n) for n in range(1, SETTLED + 1)], checkins(range(1, SETTLED))
    right, wrong = (*quick.PROGRAM, "0", *LEASE), (*quick.PROGRAM, "90", *LEASE)
    async with (
        asyncio.timeout(2 * WAIT_SECONDS_MAX + FROZEN_SECONDS_MIN),
        hooked(tmp_path, api, SECRET, program=right, **shared) as (one, first),
        hooked(tmp_path, api, SECRET, program=wrong, **shared) as (two, second),
    ):
        assert await leads(one, two) == [True, False]
        enough = len(api.calls) + SENDS_BEFORE_THE_FROST
        await Poster(first, SECRET).post_all([message(5, OWNER, "/clock 2022-10-07T09:00")])
        await api.until(lambda: len(api.calls) >= enough, WAIT_SECONDS_MAX)
        async with frozen(one):
            seconds = await until_it_leads(two)
            await settled(database)
            told, faults = await balanced([second], posts)
        again, _ = await balanced([first], posts)
        at_last = await leads(one, two)
        await one.stop()
        await two.stop()
    state = await told_of_phase(database)
    await database.aclose()

    heard = [sum("今天开始" in seen.text for seen in one.chat.view) for one in people]
    assert seconds < TAKEN_OVER_SECONDS_MAX
    assert (at_last, faults) == ([False, True], set())
    assert max(heard) == 1
    assert sum(heard) >= state[pushes.SENT]
    assert state.get(pushes.UNCERTAIN, 0) + state[pushes.SENT] == SETTLED
    assert again == told
    assert (await offenders(shared["DATABASE_URL"]))[0] == []


async def leads(*workers):
    """Ask each whether it leads."""
    return [(await state_of(worker))[1]["leader"] for worker in workers]


async def until_it_leads(worker):
    """Wait until a worker leads, and return how long it took."""
    clock = asyncio.get_running_loop().time
    since = clock()
    while await leads(worker) != [True]:  # noqa: ASYNC110 - another process's doing
        await asyncio.sleep(0.1)
    return clock() - since


async def settled(database):
    """Wait until everybody was told, or may have been."""
    while {pushes.WAITING, pushes.SENDING} & (await told_of_phase(database)).keys():  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0.1)
