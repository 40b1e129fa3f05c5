"""Bells ring once a slot, whatever restarts, overlaps, jumps or fails."""

import asyncio
import random
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from bot.feature import Feature
from bot.rules.rhythm import Daily, Hourly, Weekly
from storage import bells
from storage.db import Unavailable
from tests.gates import LONG
from tests.push import Worker

SEED = 20220423


class Rung:
    """A feature with bells that note what they were rung for, and fail when told to."""

    def __init__(self):
        self.slots = []
        self.faults = []
        self.feature = Feature("probe")
        for name, rhythm, late_max in (
            ("daily", lambda c: Daily(c.pushes.weekly_push), timedelta(minutes=30)),
            ("weekly", lambda c: Weekly(0, c.pushes.weekly_freeze), None),
            ("hourly", lambda _c: Hourly(), timedelta(minutes=30)),
        ):
            self.feature.bell(name, rhythm, late_max=late_max)(self._noted(name))

    def _noted(self, name):
        async def ring(tick):
            await tick.db.execute(
                text("INSERT INTO facts (name, value) VALUES (:n, 'x')"),
                {"n": f"{name}{len(self.slots)}:{tick.slot:%m%d%H}"},
            )
            if self.faults and name == "daily":
                raise self.faults.pop(0)
            self.slots.append((name, tick.slot.isoformat()))

        return ring

    def of(self, name):
        """Return the slots one bell rang for."""
        return [slot for bell, slot in self.slots if bell == name]


@pytest.fixture
def rung():
    """A feature that notes its bells."""
    return Rung()


async def runs(chat):
    """Read what stands in the database."""
    async with chat.database.reading() as db:
        found = await db.execute(text("SELECT bell, outcome, late_seconds FROM bell_runs"))
        return sorted(tuple(row) for row in found)


async def test_a_bell_rings_at_its_time_and_once(chat, clock, rung):
    """Looked at every few seconds, by two processes, it rings once."""
    one, two = Worker(chat, features=[rung.feature]), Worker(chat, features=[rung.feature])
    clock.set("2022-06-14T08:59:59+08:00")
    await one.rings()
    rung.slots.clear()

    clock.set("2022-06-14T09:00:00+08:00")
    for worker in (one, two, one):
        await worker.rings()

    assert rung.of("daily") == ["2022-06-14T09:00:00+08:00"]
    assert two.leader.term is None


async def test_who_takes_over_does_not_ring_again(chat, clock, rung):
    """The leader dies; the next, with a new term, knows what has rung."""
    one, two = Worker(chat, features=[rung.feature]), Worker(chat, features=[rung.feature])
    clock.set("2022-06-14T09:00:30+08:00")
    await one.rings()
    await one.leader.resign()
    await two.rings()

    assert rung.of("daily") == ["2022-06-14T09:00:00+08:00"]
    assert two.leader.term == 2


async def test_a_frozen_leader_that_wakes_rings_nothing(chat, clock, rung):
    """Its own clock says that the lease ran out; and if it did not, the term in the database."""
    frozen, alive = Worker(chat, features=[rung.feature]), Worker(chat, features=[rung.feature])
    clock.set("2022-06-14T08:59:00+08:00")
    await frozen.rings()
    rung.slots.clear()
    await frozen.leader.resign()  # as if the lease had run out
    await alive.leader.renew()
    clock.set("2022-06-14T09:00:00+08:00")

    await frozen.scheduler.look()
    asleep = list(rung.slots)
    frozen.leader._deadline = float("inf")  # noqa: SLF001 - a clock that stood still while frozen
    await frozen.scheduler.look()
    fenced = list(rung.slots)
    await alive.scheduler.look()

    assert (asleep, fenced) == ([], [])
    assert rung.of("daily") == ["2022-06-14T09:00:00+08:00"]


async def test_a_late_bell_follows_its_rule(chat, clock, rung):
    """Half an hour late rings and says so; a moment later is skipped and listed."""
    clock.set("2022-06-14T09:30:00+08:00")
    worker = Worker(chat, features=[rung.feature])
    await worker.rings()
    clock.set("2022-06-15T09:30:01+08:00")
    await worker.rings()
    async with chat.database.reading() as db:
        troubled = await bells.troubled(db, chat.campaign_id, 10)

    assert rung.of("daily") == ["2022-06-14T09:00:00+08:00"]
    daily = [(run.outcome, run.late_seconds) for run in troubled if run.bell == "probe.daily"]
    assert daily == [(bells.SKIPPED, 1801), (bells.LATE, 1800)]


async def test_what_was_due_before_the_first_start_is_no_trouble(chat, clock, rung):
    """A fresh deployment missed nothing."""
    clock.set("2022-06-14T12:00:00+08:00")
    await Worker(chat, features=[rung.feature]).rings()
    async with chat.database.reading() as db:
        troubled = await bells.troubled(db, chat.campaign_id, 10)

    assert rung.of("daily") == []
    assert [run.bell for run in troubled] == ["probe.weekly"]  # which rings however late


async def test_a_jump_rings_each_bell_once_with_its_newest_slot(chat, clock, rung):
    """A week ahead is no burst of a hundred and sixty-eight."""
    worker = Worker(chat, features=[rung.feature])
    clock.set("2022-06-14T09:00:00+08:00")
    await worker.rings()
    rung.slots.clear()

    clock.set("2022-06-21T09:00:00+08:00")
    await worker.rings()

    assert rung.of("daily") == ["2022-06-21T09:00:00+08:00"]
    assert rung.of("hourly") == ["2022-06-21T09:00:00+08:00"]
    assert rung.of("weekly") == ["2022-06-20T08:50:00+08:00"]


async def test_a_clock_that_goes_back_rings_nothing_twice(chat, clock, rung):
    """What has rung has rung."""
    worker = Worker(chat, features=[rung.feature])
    for moment in ("09:00:00", "08:30:00", "09:00:10"):
        clock.set(f"2022-06-14T{moment}+08:00")
        await worker.rings()

    assert rung.of("daily").count("2022-06-14T09:00:00+08:00") == 1


async def test_a_bell_that_throws_is_tried_three_times_and_listed(chat, clock, rung, caplog):
    """What it wrote is taken back each time; the other bells ring; the next slot is new."""
    worker = Worker(chat, features=[rung.feature])
    clock.set("2022-06-14T09:00:00+08:00")
    rung.faults = [ZeroDivisionError()] * 3
    for _ in range(4):
        await worker.rings()
    caplog.clear()

    assert ("probe.daily", bells.FAILED, 0) in await runs(chat)
    assert rung.of("daily") == []
    assert rung.of("hourly") == ["2022-06-14T09:00:00+08:00"]
    clock.set("2022-06-15T09:00:00+08:00")
    await worker.rings()
    assert rung.of("daily") == ["2022-06-15T09:00:00+08:00"]


async def test_an_absent_database_only_delays(chat, clock, rung):
    """The bell rings at the next look, and is not listed."""
    worker = Worker(chat, features=[rung.feature])
    clock.set("2022-06-14T09:00:00+08:00")
    rung.faults = [Unavailable("away")]
    await worker.rings()
    before = rung.of("daily")
    await worker.rings()

    assert before == []
    assert rung.of("daily") == ["2022-06-14T09:00:00+08:00"]


@pytest.mark.parametrize("life", range(7 if LONG else 1))
async def test_sixty_days_with_two_schedulers_and_restarts(chat, clock, rung, record, life):
    """Random looks, restarts and pauses: every daily slot rings once, or is listed as skipped."""
    chance = random.Random(SEED + life)
    workers = [Worker(chat, features=[rung.feature]) for _ in range(2)]
    clock.set("2022-05-01T00:00:00+08:00")
    while chat.campaign.day(clock.now()) < date(2022, 6, 30):
        clock.ahead(minutes=chance.choice([10, 25, 60, 90, 90, 120]))
        place = chance.randrange(2)
        if chance.random() < 0.1:
            await workers[place].leader.resign()
            workers[place] = Worker(chat, features=[rung.feature])
        if workers[place].leader.term is None:
            await workers[place].leader.renew()
        await workers[place].scheduler.look()

    rang = rung.of("daily")
    missed = (bells.SKIPPED, bells.BEFORE)
    skipped = [bell for bell, outcome, _ in await runs(chat) if outcome in missed]
    assert len(rang) == len(set(rang)), SEED
    days = 60  # 1 May to 29 June, and the day before the start
    assert len(rang) + skipped.count("probe.daily") == days + 1, SEED
    assert len(rung.of("weekly")) == len(set(rung.of("weekly"))) >= 9
    assert skipped.count("probe.daily") > 0
    told = f"{days} days, {len(rang)} rung once, {len(skipped)} listed as skipped"
    record("R8", told, seed=SEED + life)


async def test_ending_in_the_middle_of_a_bell_is_no_failure(chat, clock, caplog):
    """Whoever is told to end while a bell works leaves nothing of it, and complains of nothing."""
    begun, feature = asyncio.Event(), Feature("probe")

    @feature.bell("daily", lambda c: Daily(c.pushes.weekly_push))
    async def stuck(tick):
        await tick.db.execute(text("INSERT INTO facts (name, value) VALUES ('half', 'x')"))
        begun.set()
        await asyncio.Event().wait()

    clock.set("2022-05-02T09:00:00+08:00")
    worker = Worker(chat, features=[feature])
    await worker.leader.renew()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(worker.scheduler.run())
        await begun.wait()
        running.cancel()

    assert running.cancelled()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert await runs(chat) == []
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM facts WHERE name = 'half'")) == 0
