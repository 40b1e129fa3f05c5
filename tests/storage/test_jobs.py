from datetime import timedelta

from sqlalchemy import text

from bot import work
from storage import jobs
from storage.jobs import Job, Wish


async def asked(chat, once="once", **params):
    """Ask for a copy with these parameters, and return who asked."""
    ming = await chat.join("ming")
    citizen = await ming.id()
    wish = Wish(chat.campaign_id, citizen, "web", "ming", kind="mydata", params=params)
    async with chat.database.transaction() as db:
        await jobs.ask(db, wish, once=once, at=chat.clock.system())
    return citizen


async def claimed(chat):
    """Take the next piece of work, as its worker does."""
    now = chat.clock.system()
    async with chat.database.transaction() as db:
        return await jobs.claim(db, now=now, until=now + timedelta(minutes=10))


async def test_work_carries_what_it_was_asked_with(chat):
    """What is asked for is what its worker, its child process and its asker read."""
    params = {"what": "导出", "units": ["xiayang", "{user.__class__}"], "most": 3, "all": True}
    citizen = await asked(chat, **params)

    job = await claimed(chat)
    async with chat.database.reading() as db:
        latest = await jobs.latest(db, citizen, "mydata")

    assert job.params == params
    assert latest.params == params
    source = work.Source("sqlite:", "qingpu_2022", b"secret")
    assert work.asked(work.ask(source, job)) == (source, job)


async def test_the_first_asking_decides(chat):
    """The same `once` again changes nothing, whatever comes with it."""
    await asked(chat, what="ledger")
    await asked(chat, what="participants")

    job = await claimed(chat)

    assert (job.params, await claimed(chat)) == ({"what": "ledger"}, None)


async def test_work_asked_for_before_there_were_parameters_has_none(chat):
    """A row of an earlier version is read as one without parameters."""
    citizen = await asked(chat)
    async with chat.database.transaction() as db:
        older = (
            "INSERT INTO jobs (campaign, citizen, channel, sender, once, kind, state, progress,"
            " tries, asked_at) SELECT campaign, citizen, channel, sender, 'older', kind, state,"
            " progress, tries, asked_at FROM jobs"
        )
        await db.execute(text(older))

    async with chat.database.reading() as db:
        latest = await jobs.latest(db, citizen, "mydata")

    assert isinstance(latest, Job)
    assert latest.params == {}
