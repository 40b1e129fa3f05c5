import asyncio
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cabinet import Cabinet
from bot.clock import RehearsalClock
from bot.upkeep import Upkeep
from storage import cases, deployment, outages, papercards
from storage.cases import NewCase
from tests import carded
from tests.duties import owner


def upkeep_of(chat, clock=None):
    """Make the upkeep of a running bot."""
    return Upkeep(
        chat.database,
        clock or chat.clock,
        chat.till,
        campaign=chat.campaign,
        campaign_id=chat.campaign_id,
        folder=Path(chat.folder),
    )


async def test_a_morning_away_is_an_outage_day(chat, clock):
    """Two hours missed in the day's hours mark the day, and the till forgives it at once."""
    upkeep = upkeep_of(chat)
    clock.set("2022-05-10T08:00:00+08:00")
    await upkeep.pulse()
    clock.set("2022-05-10T10:01:00+08:00")
    await upkeep.pulse()

    async with chat.database.reading() as db:
        assert await outages.days(db, chat.campaign_id) == {date(2022, 5, 10)}
    assert chat.till.outages == {date(2022, 5, 10)}


async def test_a_night_away_is_none(chat, clock):
    """Between 22:00 and 07:30 nobody is missed."""
    upkeep = upkeep_of(chat)
    clock.set("2022-05-10T21:00:00+08:00")
    await upkeep.pulse()
    clock.set("2022-05-11T08:00:00+08:00")
    await upkeep.pulse()

    assert chat.till.outages == frozenset()


async def test_days_away_are_all_marked(chat, clock):
    """From Monday noon to Thursday morning: four days, each missed for hours."""
    upkeep = upkeep_of(chat)
    clock.set("2022-05-09T12:00:00+08:00")
    await upkeep.pulse()
    clock.set("2022-05-12T10:00:00+08:00")
    await upkeep.pulse()

    assert chat.till.outages == {date(2022, 5, day) for day in (9, 10, 11, 12)}


async def test_answers_are_forgotten_after_two_days(chat, clock):
    """Kept answers serve retries, and no platform tries for two days."""
    await chat.person("ming").says("hello")
    clock.ahead(days=2, seconds=1)

    await upkeep_of(chat).pulse()

    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM handled")) == 0


async def test_the_rehearsal_follows_the_database(chat):
    """Another process moved the clock: this one follows."""
    clock = RehearsalClock()
    async with chat.database.transaction() as db:
        await deployment.put_offset(db, timedelta(days=-1000))

    await upkeep_of(chat, clock).follow_clock()

    assert clock.offset == timedelta(days=-1000)


async def test_following_does_not_bring_the_old_time_back(chat):
    """The owner moves the clock while this process looks: it waits for the commit."""
    clock, old, new = RehearsalClock(), timedelta(days=-1000), timedelta(days=-990)
    async with chat.database.transaction() as db:
        await deployment.put_offset(db, old)
    async with asyncio.TaskGroup() as tasks, chat.database.transaction() as db:
        await deployment.put_offset(db, new)
        clock.offset = new
        tasks.create_task(upkeep_of(chat, clock).follow_clock())
        for _ in range(20):
            async with chat.database.reading() as beside:
                assert await deployment.offset(beside) == old
        meanwhile = clock.offset

    assert (meanwhile, clock.offset) == (new, new)


async def test_a_leap_of_the_rehearsal_is_no_outage(chat):
    """Moving the calendar by a week is not being away for a week."""
    clock = RehearsalClock()
    clock.offset = clock.offset_for(datetime.fromisoformat("2022-06-01T09:00:00+08:00"))
    upkeep = upkeep_of(chat, clock)
    await upkeep.pulse()
    clock.offset += timedelta(days=7)
    await upkeep.pulse()

    assert chat.till.outages == frozenset()


async def test_codes_nobody_took_are_forgotten(chat, clock):
    """A one-time code that is too old to be taken is kept no longer."""
    boss = await owner(chat)
    await boss.says("/grant zhujiajiao 1h")
    await boss.says("/grant zhujiajiao 2h")
    clock.ahead(hours=1, seconds=1)

    await upkeep_of(chat).pulse()

    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM grants")) == 1


def aged(chat, moment, name="*"):
    """Make files as old as if they had been kept at a moment."""
    for file in Path(chat.folder).rglob(name):
        os.utime(file, (moment, moment))


async def test_files_that_nothing_names_are_swept_away(chat, clock):
    """Not before a day is over, nor what a case or a report names, nor another database's."""
    async with chat.database.transaction() as db:
        cabinet = Cabinet(Path(chat.folder), await deployment.files(db))
    other = Cabinet(Path(chat.folder), "another")
    named, loose, young = (cabinet.keep(content) for content in (b"named", b"loose", b"young"))
    foreign = other.keep(b"loose")
    ming = await owner(chat)
    async with chat.database.transaction() as db:
        case = NewCase("jinze", "x", await ming.id(), clock.now(), chosen=True)
        number = await cases.add(db, chat.campaign_id, case)
        await cases.add_picture(db, number, named, size=(1, 1, 5), caption="")
    day_ago = clock.system().timestamp() - 86_401
    aged(chat, day_ago)
    aged(chat, day_ago + 2, young)
    cabinet.keep(b"loose")  # kept once more, it is young again
    await upkeep_of(chat).sweep()
    assert cabinet.find(loose) == b"loose"
    aged(chat, day_ago, loose)
    await upkeep_of(chat).sweep()

    assert cabinet.find(loose) is None
    assert [cabinet.find(named), cabinet.find(young), other.find(foreign)] == [
        *(b"named", b"young", b"loose"),
    ]


def test_a_file_that_was_changed_is_not_given_out(tmp_path):
    """Its hash says so; a name that is no hash leads nowhere."""
    cabinet = Cabinet(tmp_path, "here")
    name = cabinet.keep(b"as it was")
    next(tmp_path.rglob(name)).write_bytes(b"changed")

    assert (cabinet.find(name), cabinet.find("0" * 64)) == (None, None)
    with pytest.raises(ValueError, match="no file"):
        cabinet.find("../../secret")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_cards_of_nobody_are_forgotten_after_the_campaign(chat, clock):
    """Three months after it; a card that is somebody's stays theirs."""
    boss = await owner(chat)
    number, *_ = await carded.made(chat, boss)
    await carded.takes(chat, boss, number)
    for moment, left in (("2022-12-01", 2), ("2023-01-28", 2), ("2023-02-02", 0)):
        clock.set(f"{moment}T09:00:00+08:00")
        await upkeep_of(chat).pulse()
        async with chat.database.reading() as db:
            count = await papercards.count(db, chat.campaign_id, None)
        assert (count.unused, count.used) == (left, 1), moment
