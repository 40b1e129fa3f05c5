"""The same update, the same tap, the same moment: paid once, and told the same each time."""

import asyncio
import random
from collections import defaultdict

import pytest
from sqlalchemy import text

from storage.db import Database
from tests.faults.conftest import SECRET
from tests.faults.season import offenders
from tests.gates import LONG
from tests.posting import Poster, message, tap
from tests.processes import hooked, run

SEED = 20220423
COPIES = 4
PEOPLE = range(100, 1100 if LONG else 350)
TAPPING = PEOPLE[: len(PEOPLE) // 2]
CONTENDERS = range(100, 200)
PAIRED = range(100, 200)
SECONDS_MAX = 240


async def joined(api, address, people):
    """Bring people through first contact; where each reads on comes back."""
    for person in people:
        api.person(person)
    await Poster(address, SECRET).join(people)
    return {person: len(api.chats[person].events) for person in people}


def heard(api, read):
    """Return what each person was shown since."""
    return {
        person: [seen.text for seen in api.chats[person].events[n:]] for person, n in read.items()
    }


async def paid(url):
    """Return how often each person is in the ledger."""
    database = Database(url)
    async with database.reading() as db:
        rows = await db.execute(
            text(
                "SELECT a.sender, count(*) FROM ledger l"
                " JOIN accounts a ON a.citizen = l.citizen GROUP BY a.sender"
            )
        )
        found = {int(sender): count for sender, count in rows}
    await database.aclose()
    return found


async def test_shuffled_copies_pay_each_person_once(api, settings, tmp_path, record):
    """Check-ins, second ones and taps, each update four times: the same answer four times."""
    updates = [message(10_000 + person, person, "签到") for person in PEOPLE]
    updates += [message(20_000 + person, person, "打卡") for person in PEOPLE]
    updates += [tap(30_000 + person, person, "checkins") for person in TAPPING]
    posts = updates * COPIES
    random.Random(SEED).shuffle(posts)
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **settings) as (process, address),
    ):
        read = await joined(api, address, PEOPLE)
        poster = Poster(address, SECRET)
        await poster.post_all(posts)
        await process.stop_well()

    told = defaultdict(list)
    for place, status, said in poster.answers:
        assert status == 200, SEED
        told[posts[place]["update_id"]].append(said)
    assert {len(answers) for answers in told.values()} == {COPIES}, SEED
    assert {len({*answers}) for answers in told.values()} == {1}, SEED
    shown = heard(api, read)
    assert {len(set(shown[person])) for person in TAPPING} == {1}, SEED
    for person in PEOPLE:
        said = [told[10_000 + person][0], told[20_000 + person][0], *shown[person][:1]]
        assert sum("+5" in answer for answer in said) == 1, (SEED, person, said)
        assert all("5/5" in answer for answer in said), (SEED, person, said)
    assert len(posts) == 10 * len(PEOPLE)
    assert await paid(settings["DATABASE_URL"]) == dict.fromkeys(PEOPLE, 1), SEED
    assert await offenders(settings["DATABASE_URL"]) == ([], len(PEOPLE), 5 * len(PEOPLE)), SEED
    record("R4", f"{len(posts):,} copies, each act paid once", seed=SEED)


async def test_the_same_tap_under_different_numbers_pays_once(api, settings, tmp_path):
    """An app that connects anew sends its tap again as a new update: one +5, then the reason."""
    posts = [
        tap(10_000 * copy + person, person, "checkins")
        for person in CONTENDERS
        for copy in range(1, 5)
    ]
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **settings) as (process, address),
    ):
        read = await joined(api, address, CONTENDERS)
        poster = Poster(address, SECRET)
        await poster.post_all(posts)
        await process.stop_well()

    assert {status for _, status, _ in poster.answers} == {200}
    for person, said in heard(api, read).items():
        assert sorted("+5" in answer for answer in said) == [False] * 3 + [True], (person, said)
        assert len(set(said)) == 2, (person, said)
    assert await paid(settings["DATABASE_URL"]) == dict.fromkeys(CONTENDERS, 1)
    assert (await offenders(settings["DATABASE_URL"]))[0] == []


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
async def test_two_processes_at_the_same_moment_pay_once(api, settings, tmp_path):
    """Two updates of one person, one to each process, or one update to both: paid once."""
    different, same = [], []
    async with (
        asyncio.timeout(SECONDS_MAX),
        hooked(tmp_path, api, SECRET, **settings) as (one, first),
        hooked(tmp_path, api, SECRET, **settings) as (two, second),
    ):
        await joined(api, first, PAIRED)
        for person in PAIRED[::2]:
            ways = (first, second) if person % 4 else (second, first)
            different.append(await at_once(ways, person, 10_000 + person, 20_000 + person))
            same.append(await at_once(ways, person + 1, 30_000 + person, 30_000 + person))
        await one.stop_well()
        await two.stop_well()

    assert [sorted("+5" in said for said in pair) for pair in different] == [[False, True]] * 50
    assert [len({*pair}) for pair in same] == [1] * 50
    assert all("+5" in said and "5/5" in said for said, _ in same)
    url = settings["DATABASE_URL"]
    assert await paid(url) == dict.fromkeys(PAIRED, 1)
    assert await offenders(url) == ([], len(PAIRED), 5 * len(PAIRED))
    assert (await run(tmp_path, "audit", **settings))[0] == 0


async def at_once(addresses, person, *updates):
    """Post a check-in to each address within the same millisecond; return the answers."""
    posters = [Poster(address, SECRET, connections=1) for address in addresses]
    async with asyncio.TaskGroup() as tasks:
        for poster, update in zip(posters, updates, strict=True):
            tasks.create_task(poster.post_all([message(update, person, "签到")]))
    assert [poster.answers[0][1] for poster in posters] == [200, 200]
    return tuple(poster.answers[0][2] for poster in posters)
