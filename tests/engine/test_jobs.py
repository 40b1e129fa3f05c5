"""Slow work about a file that somebody sent: fetched first, by whoever may speak to the channel."""

import asyncio

import pytest

from bot.jobs import Jobs
from bot.messages import NoFile
from bot.work import WORK
from handlers import FEATURES
from storage import jobs, uploads
from tests import duties
from tests.features.test_imports import BOOKS, count, sent
from tests.worker import InPlace, jobs_of, worked

FILE = {"a-file-ref": BOOKS.encode()}


async def asked(chat):
    """Let staff send a file to be read."""
    staff = await duties.appoint(chat, "li", "staff")
    await staff.says("导入")
    await staff.sends(sent())
    return staff


def failing(worker, monkeypatch, *faults):
    """Let the next fetches go wrong, and note how often it was tried."""
    fetch, tried, left = worker.fetch, [], list(faults)

    async def fails(channel, ref):
        tried.append((channel, ref))
        if left:
            raise left.pop(0)
        return await fetch(channel, ref)

    monkeypatch.setattr(worker, "fetch", fails)
    return tried


async def test_a_file_that_cannot_be_had_now_is_fetched_later(chat, clock, monkeypatch):
    """The work waits as long as it is told to, and that was no try of its own."""
    await asked(chat)
    worker = jobs_of(chat, told := [], FILE)
    away = [NoFile("files.gone", seconds=30) for _ in range(5)]
    tried = failing(worker, monkeypatch, *away)

    for _ in away:
        assert await worker.work_off_one()
        assert not await worker.work_off_one()
        clock.ahead(seconds=31)
    await worker.work_off_one()

    assert tried == [("web", "a-file-ref")] * 6
    assert len(told) == 1
    assert chat.texts.last.params["rows"] == 2


async def test_a_file_that_stays_away_is_given_up_and_said(chat, clock, monkeypatch):
    """For good at once, or after an hour of trying; nothing waits for ever."""
    await asked(chat)
    worker = jobs_of(chat, told := [])
    failing(worker, monkeypatch, NoFile("files.gone", seconds=30))

    await worker.work_off_one()
    clock.ahead(hours=1)
    await worker.work_off_one()

    assert (len(told), chat.texts.last.key) == (1, "files.gone")
    assert not await worker.work_off_one()


async def test_a_file_is_fetched_once_whatever_is_killed(chat, clock, monkeypatch):
    """Killed after the fetch: it stands in the database, and the work is done again from there."""
    staff = await asked(chat)
    dead, alive = jobs_of(chat, [], FILE), jobs_of(chat, told := [], FILE)
    tried = failing(dead, monkeypatch), failing(alive, monkeypatch)

    async def killed(_job):
        raise KeyboardInterrupt

    monkeypatch.setattr(dead, "_in_a_child", killed)
    with pytest.raises(KeyboardInterrupt):
        await dead.work_off_one()
    clock.ahead(minutes=11)
    await alive.work_off_one()

    assert [len(each) for each in tried] == [1, 0]
    assert len(told) == 1
    assert (await staff.taps(chat.texts.last.buttons[0][0].target)).key == "imports.taking"


async def test_a_take_over_that_was_killed_is_done_again_and_doubles_nothing(
    chat, clock, monkeypatch
):
    """The child had written everything when its parent died."""
    staff = await asked(chat)
    preview, _ = await worked(chat, staff, FILE)
    await staff.taps(preview.buttons[0][0].target)
    dead = jobs_of(chat, [], kind=Jobs)

    async def killed(_db, _job, _done, *, at):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        await dead.work_off_one()
    monkeypatch.undo()
    clock.ahead(minutes=11)
    told, _ = await worked(chat, staff)

    assert (told.key, told.params["unchanged"], await count(chat)) == ("imports.taken", 2, 2)


async def test_work_of_which_everybody_dies_is_given_up(chat, clock, monkeypatch):
    """Three processes died over it; the next one does not try, but says that it failed."""
    staff = await asked(chat)
    dead = jobs_of(chat, [], FILE)

    async def killed(_job):
        raise KeyboardInterrupt

    monkeypatch.setattr(dead, "_in_a_child", killed)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            await dead.work_off_one()
        clock.ahead(minutes=11)
    told, _ = await worked(chat, staff)

    assert told.key == "imports.failed"
    assert not await dead.work_off_one()


async def test_a_file_that_is_gone_before_it_is_read_is_said(chat):
    """Purged, or the sender erased: the work says so and ends."""
    staff = await asked(chat)
    async with chat.database.transaction() as db:
        await uploads.purge(db, chat.clock.system().replace(year=2023))

    told, _ = await worked(chat, staff, FILE)

    assert (told.key, told.params["reason"].key) == ("imports.refused", "imports.lost")


async def test_whoever_asked_is_told_in_the_language_they_asked_in(chat):
    """Also when they never chose one."""
    staff = await duties.appoint(chat, "li", "staff")
    staff.language = "en"
    await staff.says("/export units")

    _, rendered = await worked(chat, staff)

    assert "is ready" in rendered.text


def test_every_kind_of_work_is_told_by_one_feature():
    """Nothing is done that nobody words."""
    told = [slow.kind for feature in FEATURES for slow in feature.slow]

    assert sorted(told) == sorted(WORK)


async def test_what_takes_minutes_holds_up_nobody_with_a_small_wish(chat):
    """An archive that was begun before and goes on and on: one's own data comes meanwhile."""
    staff, ming = await duties.appoint(chat, "li", "staff"), await chat.join("ming")
    going, end, heard = asyncio.Event(), asyncio.Event(), asyncio.Queue()

    class Held(InPlace):
        """Begins an export, and goes on with it when the test says so."""

        async def _in_a_child(self, job):
            if job.kind == "export":
                going.set()
                await end.wait()
            return await super()._in_a_child(job)

        async def _say(self, job, _reply):
            heard.put_nowait(job.kind)

    await staff.says("/export ledger")
    await staff.says("/export participants")
    await ming.says("/mydata")
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(jobs_of(chat, [], kind=Held).run())
        await going.wait()
        first = await heard.get()
        end.set()
        others = [await heard.get() for _ in range(2)]
        running.cancel()

    assert (first, others) == ("mydata", ["export", "export"])
