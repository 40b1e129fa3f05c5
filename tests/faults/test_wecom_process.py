"""The program on WeCom as a whole: doctor, start, messages, a kill, the numbers on two workers."""

import asyncio

import aiohttp
import pytest
from sqlalchemy import text

from bot.clock import SystemClock
from storage.db import Database
from tests.faults.crowd import FULL_SERVER, REFUSING
from tests.processes import run, serving
from tests.wecom_api import WeComApi, refuse
from tests.wecom_members import TOKEN

REHEARSAL = {"REHEARSAL": "1", "REHEARSAL_START": "2022-06-15T08:30:00+08:00"}


@pytest.fixture
async def api():
    """An emulated WeCom on the machine's time."""
    async with WeComApi(seconds=lambda: SystemClock().system().timestamp()) as api:
        yield api


def given(api, **more):
    """Return the settings of a process."""
    return {name.upper(): str(value) for name, value in api.settings.items()} | REHEARSAL | more


async def ready(process):
    """Return what /readyz says once it is well."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while (response := await session.get(f"{process.url}/readyz")).status != 200:
            response.release()
        return await response.json()


async def test_the_doctor_examines_wecom(tmp_path, api):
    """One line says whether the app may be used, another where the callback is."""
    well = await run(tmp_path, "doctor", **given(api))
    api.fail("agent/get", refuse(60020))
    ill = await run(tmp_path, "doctor", **given(api))

    assert well[0] == 0, well[1]
    assert "may be used from here" in well[1]
    assert "/wecom/callback" in well[1]
    assert (ill[0], "trusted" in ill[1]) == (1, True)
    assert "canary" not in well[1] + ill[1]


async def joins(ming):
    """Go through first contact, by a card and a number; return what is said at its end."""
    await ming.happens("subscribe")
    greeting = await ming.hears()
    assert "14" in greeting.buttons[0][0]
    await ming.presses(greeting.buttons[0][0])
    towns = await ming.hears()
    lines = (line.split() for line in towns.text.splitlines() if "夏阳" in line)
    await ming.says(next(words[0] for words in lines if words[0].isdecimal()))
    return await ming.hears()


async def test_a_kill_loses_nothing(tmp_path, api):
    """Menu, cards, numbers; after kill -9 the same letter gets the same answer."""
    ming = api.member("XiaoMing")
    api.departments[2] = {"name": "夏阳街道办事处", "parentid": 1}
    ming.entry = {"department": [2], "main_department": 2}
    click = {"FromUserName": "XiaoMing", "MsgType": "event", "Event": "click"}
    click |= {"EventKey": "checkins", "CreateTime": int(api.posting.clock())}
    async with serving(tmp_path, **given(api)) as process:
        api.posting.url = f"{process.url}/wecom/callback"
        assert (await ready(process))["channels"]["wecom"] == "up"
        assert [button["name"] for button in api.menu["button"]] == ["签到", "读书", "我的"]
        joined = await joins(ming)
        first, _ = await api.posting.post(*api.posting.sealed(api.posting.letter(click)))
        card = await ming.hears()
        await process.kill()
    async with serving(tmp_path, **given(api)) as process:
        api.posting.url = f"{process.url}/wecom/callback"
        await ready(process)
        again, _ = await api.posting.post(*api.posting.sealed(api.posting.letter(click)))
        repeated = await ming.hears()
        await process.stop_well()

    assert any("通讯录里写着“夏阳街道”" in seen.text for seen in ming.history)
    assert "+5" in joined.text
    assert (first, again) == (200, 200)
    assert "+5" in card.text
    assert repeated.text == card.text
    audit = await run(tmp_path, "audit", **given(api))
    assert audit[0] == 0, audit[1]


async def test_a_stopped_database_is_met_by_silence(tmp_path, api, own_postgres):
    """The connection is closed without an answer, so WeCom posts again; then it is answered."""
    database = Database(own_postgres.url())
    await database.upgrade()
    await database.aclose()
    ming = api.member("XiaoMing")
    settings = given(api, DATABASE_URL=own_postgres.url().replace("+asyncpg", ""))
    async with serving(tmp_path, **settings) as process:
        api.posting.url = f"{process.url}/wecom/callback"
        await ready(process)
        own_postgres.stop()
        await ming.says("你好")
        await api.until(lambda: (0, b"") in api.posting.answers)
        own_postgres.start()
        greeting = await ming.hears()
        status, errors = await process.stop()

    assert greeting.buttons
    assert status == 0
    assert "Traceback" not in errors
    assert TOKEN not in errors


async def test_a_full_database_is_told_to_the_member(tmp_path, api, spare_postgres_database):
    """Each post is met by silence and comes again; meanwhile the member reads why."""
    ming, database = api.member("XiaoMing"), spare_postgres_database
    url = database.url.render_as_string(hide_password=False)
    async with serving(tmp_path, **given(api, DATABASE_URL=url)) as process:
        api.posting.url = f"{process.url}/wecom/callback"
        await ready(process)
        async with database.transaction() as db:
            await db.execute(text(FULL_SERVER))
            await db.execute(text(REFUSING.replace("deeds", "handled")))
        await ming.says("你好")
        excuse = await ming.hears()
        async with database.transaction() as db:
            await db.execute(text("DROP FUNCTION no_room CASCADE"))
        greeting = await ming.hears()
        await process.stop()

    assert "存不进" in excuse.text
    assert greeting.buttons


async def mine_by(ming, number):
    """Send a number until it leads where the list said; it is written behind the answer."""
    async with asyncio.timeout(60):
        while True:
            await ming.says(number)
            seen = await ming.hears()
            await ming.api.posting.settled()
            if "书友号" in seen.text:
                return


async def hammers(ming, workers, turns):
    """Check in as fast as answers come, now at one worker, now at the other."""
    for turn in range(turns):
        ming.api.posting.url = f"{workers[turn % len(workers)].url}/wecom/callback"
        await ming.says("签到")
        await ming.hears()


async def sent_by_app(own_postgres):
    """Return what the processes wrote that the app spent today, each by itself."""
    database = Database(own_postgres.url())
    async with database.reading() as db:
        rows = await db.execute(text("SELECT who, process, sum(count) FROM sends GROUP BY 1, 2"))
        found = [tuple(row) for row in rows]
    await database.aclose()
    app = max({who for who, _, _ in found}, key=lambda who: sum(n for w, _, n in found if w == who))
    return [int(count) for who, _, count in found if who == app]


async def test_numbers_and_limits_are_shared_by_workers(tmp_path, api, own_postgres):
    """The list was shown by one, the number is heard by the other; one token, one quota, one day.

    What was spent is written at the end at the latest, so that a start goes on from there.
    """
    database = Database(own_postgres.url())
    await database.upgrade()
    await database.aclose()
    ming = api.member("XiaoMing")
    own = {"DATABASE_URL": own_postgres.url().replace("+asyncpg", "")}
    settings = given(api, **own, WECOM_ACCOUNTS="5", FLOOD_LIMIT="0")
    async with serving(tmp_path, **settings) as one, serving(tmp_path, **settings) as other:
        api.posting.url = f"{one.url}/wecom/callback"
        await ready(one)
        await ready(other)
        await joins(ming)
        await ming.clicks("menu")
        listed = await ming.hears()
        number = next(line for line in listed.text.splitlines() if "我的" in line).split()[0]
        api.posting.url = f"{other.url}/wecom/callback"
        await mine_by(ming, number)
        await hammers(ming, (one, other), 40)
        await api.posting.settled()
        ends = [await each.stop() for each in (one, other)]

    spent = await sent_by_app(own_postgres)
    assert [status for status, _ in ends] == [0, 0]
    assert api.tokens_given == 1
    assert api.dropped == []
    assert len(spent) == 2
    assert sum(spent) == len(api.called("message/send")) <= 30
