"""A broadcast to two thousand by a real process: stopped, or its author revoked, in the middle."""

import asyncio

import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from bot.delivery import CLAIM_MAX
from storage import pushes
from storage.db import Database
from tests.bench.town import Town
from tests.faults.season import offenders
from tests.processes import serving
from tests.telegram_api import TOKEN

PEOPLE = 2000
ORGANISER = 5001
RATE = "205"  # two hundred a second: nobody waits for the tests, and yet it has a middle
HALT_AFTER = 300
SECONDS_MAX = 2.0
WORDS = "明天下午两点，社区读书会见！"


@pytest.fixture
async def town(settings, tmp_path, api):
    """Two thousand people of 朱家角镇, each with a chat."""
    database = Database(settings["DATABASE_URL"])
    await Town(database, "", campaigns.load("qingpu_2022")).settle(PEOPLE)
    async with database.transaction() as db:
        for table in ("citizens", "tallies"):
            await db.execute(text(f"UPDATE {table} SET town = 'zhujiajiao'"))
        if not database.is_sqlite:  # who comes next gets the next number
            for table in ("citizens", "accounts"):
                await db.execute(text(f"SELECT setval('{table}_id_seq', {PEOPLE})"))
    for number in range(1, PEOPLE + 1):
        api.person(number)
    yield database
    await database.aclose()


def sent(api):
    """Count the calls that say the words, without those of the preview."""
    calls = (each for each in api.calls if each.method == "sendMessage")
    return sum(
        WORDS in each.parameters["text"] and "来自" in each.parameters["text"] for each in calls
    )


async def hears(person, words):
    """Wait until somebody is told something."""
    while words not in (seen := await person.hears()).text:
        pass
    return seen


async def confirmed(api):
    """Let the owner appoint an organiser, who writes to her two thousand."""
    boss, li = api.person(1), api.person(ORGANISER)
    await boss.says("/grant 朱家角镇")
    code = (await hears(boss, "/role")).text.split("/role ")[1].split()[0].strip("。.")
    await li.says(f"/role {code}")
    await hears(li, "组织者")
    await li.says(f"/broadcast {WORDS}")
    await hears(li, "群发草稿")
    await li.taps("看效果、准备发")
    await hears(li, "2,000")
    await li.taps("确认")
    await hears(li, "已经开始发")
    return boss, li


async def halted(api, before, since):
    """Wait until nothing goes out any more; return how many did, and when the last did."""
    clock = asyncio.get_running_loop().time
    count, last = sent(api), since
    while clock() - last < SECONDS_MAX + 1:
        await asyncio.sleep(0.02)
        if (now := sent(api)) != count:
            count, last = now, clock()
    return count - before, last - since


@pytest.mark.parametrize("how", ["stop", "revoke"])
async def test_it_stops_in_the_middle(api, settings, tmp_path, town, how, record):
    """At most one batch and two seconds after; everybody has one fate, and none heard it twice."""
    serve = {**settings, "TELEGRAM_API_URL": api.url, "TELEGRAM_RATE": RATE, "LOG_LEVEL": "WARNING"}
    async with serving(tmp_path, **serve) as process:
        boss, li = await confirmed(api)
        number = await card(town, ORGANISER)
        if how == "revoke":
            await boss.says(f"/revoke {number}")
            await hears(boss, number)
        await api.until(lambda: sent(api) > HALT_AFTER, 60)
        await (stop(li) if how == "stop" else revoke(boss, number))
        more, seconds = await halted(api, sent(api), asyncio.get_running_loop().time())
        if how == "stop":
            await li.taps("不再发了")
            await hears(li, "已停止")
        counted = await settled(town)
        _status, errors = await process.stop()

    assert more <= CLAIM_MAX
    assert seconds <= SECONDS_MAX
    assert HALT_AFTER <= counted[pushes.SENT] < PEOPLE
    assert sum(counted.values()) == PEOPLE
    heard = [
        sum(WORDS in seen.text for seen in api.person(number).chat.view)
        for number in range(1, PEOPLE + 1)
    ]
    assert (max(heard), sum(heard)) == (1, counted[pushes.SENT])
    assert TOKEN not in errors
    assert (await offenders(settings["DATABASE_URL"]))[0] == []
    record("R7", f"{more} messages, {seconds:.1f} s")


async def stop(author):
    """Halt it by its author's hand."""
    await author.taps("停一下")
    await hears(author, "已停住")


async def revoke(boss, number):
    """Take its author's role away."""
    await boss.taps("确认")
    await hears(boss, number)


async def card(database, sender):
    """Return somebody's card number."""
    async with database.reading() as db:
        wanted = text(
            "SELECT number FROM citizens JOIN accounts ON accounts.citizen = citizens.id"
            " WHERE accounts.sender = :sender"
        )
        return str(await db.scalar(wanted, {"sender": str(sender)}))


async def settled(database):
    """Wait until nothing of the broadcast waits, and count its deliveries by state."""
    wanted = text(
        "SELECT d.state, count(*) FROM deliveries d JOIN pushes p ON p.id = d.push"
        " WHERE p.kind = 'broadcasts.unit' GROUP BY d.state"
    )
    async with asyncio.timeout(60):
        while True:
            async with database.reading() as db:
                found = dict(tuple(row) for row in await db.execute(wanted))
            if not {pushes.WAITING, pushes.SENDING} & set(found):
                return found
            await asyncio.sleep(0.1)
