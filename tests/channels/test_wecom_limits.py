"""A member's quota and the app's day, shared by processes through the database."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from bot.app import App, Facts
from bot.channels.wecom import APP, MARGIN, Ledger, Limits
from bot.messages import Incoming, Tap
from bot.rules.quota import MINUTE_MAX, PER_ACCOUNT, Budget, Quota
from bot.settings import Settings
from storage import sends
from storage.db import Unavailable
from tests.bench.town import Town
from tests.broadcasting import draft
from tests.chat import SECRET, Chat
from tests.duties import owner
from tests.statements import listening
from tests.wecom_api import WeComApi
from tests.wecom_bench import START, Clock

MINE = 20
A_DAY = 86_400


@pytest.fixture
def ticking():
    """Seconds that pass when told."""
    return Clock()


class Processes:
    """What stands for the processes of a deployment: limits on one database."""

    def __init__(self, database, clock):
        self.database = database
        self.clock = clock
        self.away = False

    def start(self, process, *, accounts=1, alone=False):
        """Begin a process; numbers tell them apart."""

        async def share(counts, asked):
            if self.away:
                raise Unavailable
            async with self.database.transaction() as db:
                until = self.clock.now + timedelta(hours=2)
                await sends.add(db, process, counts, until=until)
                return await sends.by_others(db, process, asked)

        return Limits(
            Quota(self.clock, minute=MINUTE_MAX - MARGIN),
            Budget(accounts),
            lambda: self.clock.now,
            ledger=Ledger(share, Unavailable, alone=alone),
        )


@pytest.fixture
def processes(database, ticking):
    """Processes on one database and one clock."""
    return Processes(database, ticking)


async def test_a_members_minute_is_one_for_all_processes(processes, ticking):
    """Each knows within a second what others said; after a minute it is forgotten."""
    one, other = processes.start(1), processes.start(2)
    for _ in range(7):
        for _ in range(3):
            if one.allows("ming", 1):
                one.take(["ming"], reply=True)
        assert not one.allows("ming", 1)  # until the others have been told
        await one.share()
        ticking.ahead(1)
    assert one.allows("ming", 3)
    assert not one.allows("ming", 4)
    assert other.allows("ming", 3)

    other.take(["ming"], reply=True)
    await other.share()
    assert other.allows("ming", 2)
    assert not other.allows("ming", 3)
    assert other.allows("mei", 20)
    ticking.ahead(120)
    other.take(["ming"], reply=True)
    await other.share()
    assert other.allows("ming", 20)


async def test_the_day_goes_on_after_a_restart_and_is_one_for_all(processes, ticking):
    """What was spent is known before the first push; midnight in the city begins anew."""
    one = processes.start(1)
    one.take([f"m{n}" for n in range(150)])
    await one.share()

    after, other = processes.start(2), processes.start(3)
    await after.share()
    assert after.budget.left(START.date()) == PER_ACCOUNT - 150
    after.take([f"m{n}" for n in range(30)])
    await after.share()
    assert other.budget.left(START.date()) == PER_ACCOUNT
    await other.share()
    assert other.budget.left(START.date()) == PER_ACCOUNT - 180
    await after.share()
    assert after.budget.left(START.date()) == PER_ACCOUNT - 180

    ticking.ahead(A_DAY)
    await other.share()
    assert other.budget.left(ticking.now.date()) == PER_ACCOUNT


async def test_what_could_not_be_told_is_told_later(processes, ticking):
    """Nothing is lost while the database is away, and nothing told twice."""
    one, other = processes.start(1), processes.start(2)
    one.take(["ming"], reply=True)
    processes.away = True
    await one.share()
    one.take(["ming"], reply=True)
    processes.away = False
    await one.share()
    await one.share()
    ticking.ahead(20)
    await other.share()

    assert other.budget.left(START.date()) == PER_ACCOUNT - 2
    async with processes.database.reading() as db:
        told = await db.execute(text("SELECT who, count FROM sends ORDER BY who"))
        assert [tuple(row) for row in told] == [(APP, 2), ("ming", 2)]


async def test_it_costs_a_reply_nothing(processes, ticking):
    """Two hundred replies are told in three statements, a push of ten thousand in one row.

    Who is alone, and has no budget to keep, writes nothing at all.
    """
    one = processes.start(1)
    for number in range(200):
        one.take([f"m{number}"], reply=True)
    with listening(processes.database) as ran:
        await one.share()
        assert len(ran) <= 3
    one.take([f"p{number}" for number in range(10_000)])
    await one.share()
    lone = processes.start(4, accounts=0, alone=True)
    lone.take(["ming"], reply=True)
    with listening(processes.database) as ran:
        await lone.share()
        await one.share()
        assert len(ran) == 0
    async with processes.database.transaction() as db:
        assert await db.scalar(text("SELECT count(*) FROM sends")) == 201
        await sends.purge(db, ticking.now + timedelta(hours=1))
        assert await db.scalar(text("SELECT count(*) FROM sends")) == 201
        await sends.purge(db, ticking.now + timedelta(hours=2))
        assert await db.scalar(text("SELECT count(*) FROM sends")) == 0


async def test_the_program_tells_whoever_composes(sqlite_database, clock):
    """From the channel's budget to the preview, through the program as it is built."""
    async with Chat.open(sqlite_database, clock, campaigns.load("qingpu_2022")) as chat:
        await Town(sqlite_database, "any", chat.campaign).settle(PER_ACCOUNT + 1)
        async with sqlite_database.transaction() as db:
            await db.execute(text("UPDATE accounts SET channel = 'wecom'"))
        written = await draft(await owner(chat), to="all")
        given = {"wecom_accounts": 1, "owners": "web:owner", "web_chat": "off"}
        settings = Settings(_env_file=None, **WeComApi().settings, **given)
        facts = Facts(chat.campaign_id, secret=SECRET)
        app = App(settings, chat.campaign, sqlite_database, facts=facts, clock=clock)

        asked = Incoming("web", "owner", Tap(f"launching:{written}"), "1")
        shown = await app.dispatcher.handle(asked)

    assert "当天还能发 200 条，在这个渠道收的有 201 人" in shown.text
