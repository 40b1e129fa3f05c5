"""The outbox: filled in slices, sent once at most, settled or explained."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.delivery import CLAIM_MAX, LEASE
from bot.feature import Feature, say
from bot.messages import Fate, Receipt
from bot.operations import pushing
from bot.rules.rhythm import Minutely
from storage import budgets, citizens, profiles, pushes
from tests.push import Platform, Worker
from tests.statements import listening

probe = Feature("probe")


@probe.push("news", switch="news", urgency=4, audience=pushing.everybody)
async def news(sending):
    """Say the same to all."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


@probe.push("live", switch="live", urgency=0, audience=pushing.everybody)
async def live(sending):
    """Say something urgent, which quiet hours skip."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


@probe.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick):
    """Push what the test wants."""
    for kind, once, lasts in wanted:
        until = tick.now + lasts if lasts else None
        await pushing.push(tick, kind, once=once, expires_at=until)


wanted: list = []


@pytest.fixture
def worker(chat):
    """A worker with the probe's kinds."""
    wanted.clear()
    return Worker(chat, features=[probe])


async def crowd(chat, count, first=0):
    """Bring people in."""
    return [await chat.join(f"{first + n}", "telegram") for n in range(count)]


async def states(chat):
    """Count deliveries by state."""
    async with chat.database.reading() as db:
        found = await db.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
        return dict(tuple(row) for row in found)


async def reasons(chat):
    """List the reasons of deliveries."""
    async with chat.database.reading() as db:
        return list(await db.scalars(text("SELECT reason FROM deliveries ORDER BY citizen")))


async def test_everybody_gets_it_once(chat, worker):
    """Two bells with the same once key make one push; each is told once."""
    people = await crowd(chat, 40)
    wanted.append((news, "a", None))

    await worker.rings()
    await worker.rings()
    await Worker(chat, worker.platform, [probe]).rings()

    assert sorted(who for who, _ in worker.platform.sent) == sorted(
        p.account.sender for p in people
    )
    assert await states(chat) == {pushes.SENT: 40}


async def test_who_switched_it_off_or_left_is_left_out(chat, worker):
    """By the switch, by pausing, by blocking the bot: also between filling and sending."""
    a, b, c, d, e = await crowd(chat, 5)
    async with chat.database.transaction() as db:
        await profiles.switch(db, await a.id(), "news", on=False)
    wanted.append((news, "a", None))
    await worker.leader.renew()
    await worker.scheduler.look()
    await worker.delivery._fill(worker.leader.term)  # noqa: SLF001 - filled, and not yet sent
    async with chat.database.transaction() as db:
        await profiles.switch(db, await b.id(), "news", on=False)
        await citizens.withdraw(db, await c.id(), at=chat.clock.now())
        await citizens.note_presence(db, d.account, gone_at=chat.clock.now())
    await worker.delivers()

    assert [who for who, _ in worker.platform.sent] == [e.account.sender]
    assert await states(chat) == {pushes.SENT: 1, pushes.SKIPPED: 1, pushes.GONE: 2}


async def test_each_outcome_is_settled(chat, worker):
    """Blocked is remembered, doubt is never sent again, a wrong content neither."""
    people = await crowd(chat, 4)
    worker.platform.answers = [
        Receipt(Fate.GONE, reason="Forbidden: bot was blocked by the user"),
        Receipt(Fate.UNCERTAIN, reason="Timed out"),
        Receipt(Fate.FAILED, reason="can't parse entities"),
    ]
    wanted.append((news, "a", None))

    await worker.rings()

    assert await states(chat) == {
        pushes.GONE: 1, pushes.UNCERTAIN: 1, pushes.FAILED: 1, pushes.SENT: 1,
    }  # fmt: skip
    assert [await person.reachable() for person in people].count(False) == 1
    assert len(worker.platform.sent) == 4


async def test_what_was_not_sent_is_tried_again_later(chat, clock, worker):
    """As long as the platform asks; and after eight tries it is given up."""
    await crowd(chat, 1)
    worker.platform.answers = [Receipt(Fate.LATER, reason="flooded", seconds=35)]
    wanted.append((news, "a", None))
    await worker.rings()
    clock.ahead(seconds=34)
    await worker.delivers()
    before = len(worker.platform.sent)
    clock.ahead(seconds=1)
    await worker.delivers()

    assert (before, len(worker.platform.sent)) == (1, 2)
    assert await states(chat) == {pushes.SENT: 1}


async def test_endless_refusal_is_given_up(chat, clock, worker):
    """No connection eight times: failed, with the reason."""
    await crowd(chat, 1)
    worker.platform.answers = [Receipt(Fate.LATER, reason="no connection")] * 20
    wanted.append((news, "a", None))
    await worker.rings()
    for _ in range(20):
        clock.ahead(seconds=300)
        await worker.delivers()

    assert len(worker.platform.sent) == 8
    assert await reasons(chat) == ["8 tries: no connection"]


async def test_quiet_hours_move_or_skip(chat, clock, worker):
    """At night news waits for the morning; a reminder is skipped and listed."""
    await crowd(chat, 2)
    clock.set("2022-05-10T23:00:00+08:00")
    wanted.extend([(news, "a", None), (live, "b", None)])
    await worker.rings()
    at_night = len(worker.platform.sent)
    clock.set("2022-05-11T07:29:59+08:00")
    await worker.delivers()
    before = len(worker.platform.sent)
    clock.set("2022-05-11T07:30:00+08:00")
    await worker.delivers()

    assert (at_night, before, len(worker.platform.sent)) == (0, 0, 2)
    assert await states(chat) == {pushes.SENT: 2, pushes.SKIPPED: 2}


async def test_what_comes_too_late_expires(chat, clock, worker):
    """Nobody is reminded of what is over."""
    await crowd(chat, 2)
    wanted.append((live, "a", timedelta(minutes=30)))
    await worker.leader.renew()
    await worker.scheduler.look()
    clock.ahead(minutes=30)
    await worker.leader.renew()
    await worker.delivers()

    assert worker.platform.sent == []
    assert await states(chat) == {pushes.EXPIRED: 2}


async def test_the_urgent_goes_first(chat, worker):
    """A reminder overtakes news that waits."""
    await crowd(chat, 3)
    wanted.extend([(news, "a", None), (live, "b", None)])

    await worker.rings()

    async with chat.database.reading() as db:
        order = list(
            await db.scalars(text("SELECT urgency FROM deliveries ORDER BY settled_at, urgency"))
        )
    assert order == [0, 0, 0, 4, 4, 4]


async def test_the_days_budget_folds_the_rest(chat, clock, worker):
    """Five messages a day; the rest is kept for the digest, and only the urgent still comes."""
    await crowd(chat, 1)
    wanted.extend((news, f"n{number}", None) for number in range(7))
    await worker.rings()
    wanted.append((live, "urgent", None))
    clock.ahead(minutes=1)
    await worker.rings()
    async with chat.database.reading() as db:
        left = await budgets.over_budget(db, since=clock.now() - timedelta(days=1), after=0, most=9)

    assert await states(chat) == {pushes.SENT: 6, pushes.SKIPPED: 2}
    assert len(left) == 1
    clock.ahead(days=1)
    wanted.append((news, "tomorrow", None))
    await worker.rings()
    assert await states(chat) == {pushes.SENT: 7, pushes.SKIPPED: 2}


async def test_a_killed_sender_leaves_doubt_not_doubles(chat, clock, worker):
    """What was on its way is uncertain after the lease, the rest is sent by the next leader."""
    await crowd(chat, CLAIM_MAX + 8)
    wanted.append((news, "a", None))
    started = asyncio.Event()

    class Hanging(Platform):
        async def send(self, receiver, reply):
            """Take it, and never answer."""
            self.sent.append((receiver.account.sender, reply))
            started.set()
            await asyncio.Event().wait()

    dying = Worker(chat, hanging := Hanging(), [probe])
    await dying.leader.renew()
    await dying.scheduler.look()
    async with asyncio.TaskGroup() as tasks:
        killed = tasks.create_task(dying.delivers())
        await started.wait()
        killed.cancel()
    await dying.leader.resign()
    clock.ahead(seconds=LEASE.total_seconds() - 1)
    await worker.rings()
    early = await states(chat)
    clock.ahead(seconds=2)
    worker.monotonic.now += 10
    await worker.rings()

    assert early == {pushes.SENDING: CLAIM_MAX, pushes.SENT: 8}
    assert await states(chat) == {pushes.UNCERTAIN: CLAIM_MAX, pushes.SENT: 8}
    twice = {who for who, _ in hanging.sent} & {who for who, _ in worker.platform.sent}
    assert twice == set()


async def test_a_frozen_sender_settles_nothing(chat, clock, worker):
    """Its lease ran out and another leads: what it wakes up to write changes nothing."""
    await crowd(chat, 2)
    wanted.append((news, "a", None))
    await worker.rings()
    term = worker.leader.term
    async with chat.database.transaction() as db:
        await db.execute(text("UPDATE deliveries SET state = 'waiting', ref = NULL"))
    claimed = await worker.delivery._turn_over(term)  # noqa: SLF001 - frozen after its claim
    clock.ahead(seconds=LEASE.total_seconds() + 1)
    other = Worker(chat, worker.platform, [probe])
    await worker.leader.resign()
    await other.rings()
    before = await states(chat)

    outcomes = await worker.delivery._work_off(claimed, term)  # noqa: SLF001 - and awake again
    worker.delivery._outcomes = outcomes  # noqa: SLF001
    await worker.delivery.step()

    assert before == await states(chat) == {pushes.UNCERTAIN: 2}


async def test_a_push_that_fails_too_often_is_paused(chat, worker, caplog):
    """More than one in a hundred of the first two hundred: somebody has to look."""
    await crowd(chat, CLAIM_MAX * 2)
    worker.platform.answers = [Receipt(Fate.FAILED, reason="can't parse entities")] * 3
    wanted.append((news, "a", None))

    await worker.rings()
    caplog.clear()

    assert len(worker.platform.sent) == CLAIM_MAX
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT state FROM pushes")) == pushes.PAUSED


async def test_a_stop_gives_back_what_was_not_begun(chat, worker):
    """Closing sends nothing new; what was claimed waits for the next process."""
    await crowd(chat, 3)
    wanted.append((news, "a", None))
    await worker.leader.renew()
    await worker.scheduler.look()
    await worker.delivery._fill(worker.leader.term)  # noqa: SLF001 - filled, and not yet sent
    worker.delivery.close()
    await worker.delivery.step()

    assert worker.platform.sent == []
    assert await states(chat) == {pushes.WAITING: 3}


async def test_a_claim_walks_the_index_of_what_is_due(chat, worker):
    """However much was settled or waits for later: both databases see the partial index."""
    await crowd(chat, 3)
    wanted.append((news, "a", None))
    await worker.leader.renew()
    await worker.scheduler.look()
    await worker.delivery._fill(worker.leader.term)  # noqa: SLF001 - filled, and not yet sent
    with listening(chat.database) as heard:
        await worker.delivery._turn_over(worker.leader.term)  # noqa: SLF001
    claim = next(sent for sent in heard if "leased_until" in sent.sql and "SET state" in sent.sql)
    explain = "EXPLAIN QUERY PLAN " if chat.database.is_sqlite else "EXPLAIN "
    async with chat.database.snapshot() as db:
        if not chat.database.is_sqlite:
            await db.exec_driver_sql("SET LOCAL enable_seqscan = off")  # three rows only
        plan = await db.exec_driver_sql(explain + claim.sql, claim.parameters)
        steps = [str(row) for row in plan]

    assert any("ix_deliveries_waiting" in step for step in steps), steps


async def test_a_push_carries_its_own_switch(chat, worker):
    """One tap on the push itself, and the kind is off."""
    (ming,) = await crowd(chat, 1)
    wanted.append((news, "a", None))
    await worker.rings()
    (_, reply), *_ = worker.platform.sent
    target = reply.buttons[-1][0].target

    answer = await ming.taps(target)
    wanted.append((news, "b", None))
    chat.clock.ahead(minutes=1)
    await worker.rings()

    assert answer.key == "notices.switched_off"
    assert len(worker.platform.sent) == 1
