"""What holds a push back: a hand, an author's lost right, failures; what it leaves is settled."""

import pytest
from sqlalchemy import text

from bot import restraint
from bot.feature import Feature, say
from bot.messages import Fate, Receipt
from bot.operations import pushing
from bot.restraint import Restraint
from storage import halts, pushes
from storage.pushes import NewPush
from tests.push import Platform, Worker

probe = Feature("probe")
PEOPLE = 80


async def allowed(_db, _push):
    """Allow it for as long as the test does."""
    return not forbidden


@probe.push("news", switch="news", urgency=4, audience=pushing.everybody, allowed=allowed)
async def news(sending):
    """Say the same to all."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


forbidden: list = []


class Acting(Platform):
    """Does something when so many have been sent."""

    def __init__(self, after, act):
        super().__init__()
        self._after = after
        self._act = act

    async def send(self, receiver, reply):
        """Send, and act in time."""
        receipt = await super().send(receiver, reply)
        if len(self.sent) == self._after:
            await self._act()
        return receipt


@pytest.fixture
async def push(chat, clock):
    """A push to eighty people."""
    forbidden.clear()
    for n in range(PEOPLE):
        await chat.join(f"{n}", "telegram")
    async with chat.database.transaction() as db:
        new = NewPush(chat.campaign_id, news.name, "a", "{}", news.urgency, made_at=clock.now())
        await pushes.make(db, new, at=clock.system())
        return await db.scalar(text("SELECT id FROM pushes"))


async def counted(chat, push):
    """Return the push's state, and its deliveries by state."""
    async with chat.database.reading() as db:
        return (await halts.states(db, [push]))[push], await pushes.counts(db, push)


async def lead(worker):
    """Deliver everything, leading; then look once more."""
    await worker.leader.renew()
    await worker.delivers()
    await worker.delivers()


async def halted(chat, push, how):
    """Halt a push by hand."""
    async with chat.database.transaction() as db:
        assert await how(db, push)


async def test_a_paused_push_waits_and_goes_on(chat, push):
    """One batch at most goes out after the pause; resumed, everybody is told once."""
    worker = Worker(chat, Acting(40, lambda: halted(chat, push, halts.pause)), features=[probe])

    await lead(worker)
    sent = len(worker.platform.sent)
    await halted(chat, push, halts.resume)
    await worker.delivers()

    assert 40 <= sent <= 40 + 32
    assert await counted(chat, push) == (pushes.OPEN, {pushes.SENT: PEOPLE})
    assert len({who for who, _ in worker.platform.sent}) == PEOPLE == len(worker.platform.sent)


async def test_a_stopped_push_leaves_nothing_waiting(chat, push):
    """What was not sent is skipped, and the push ended: later claims do not wade through it."""
    worker = Worker(chat, Acting(40, lambda: halted(chat, push, halts.stop)), features=[probe])

    await lead(worker)

    state, counts = await counted(chat, push)
    assert (state, sum(counts.values())) == (pushes.ENDED, PEOPLE)
    assert set(counts) == {pushes.SENT, pushes.SKIPPED}
    assert counts[pushes.SENT] <= 40 + 32
    async with chat.database.transaction() as db:
        assert not await halts.resume(db, push)
        assert not await halts.stop(db, push)


async def test_a_lost_right_stops_a_push(chat, push, caplog):
    """It is asked for before each batch."""

    async def forbid():
        forbidden.append(True)

    worker = Worker(chat, Acting(40, forbid), features=[probe])

    await lead(worker)

    state, counts = await counted(chat, push)
    assert (state, sum(counts.values())) == (pushes.ENDED, PEOPLE)
    assert counts[pushes.SENT] <= 40 + 32
    assert "may not send it any more" in caplog.text


async def test_a_slow_batch_is_asked_for_each_second(chat, push):
    """At one message a second nobody waits for the end of a batch of 32."""
    worker = Worker(chat, features=[probe])
    asked = Restraint({news.name: news}, worker.watch, monotonic=worker.monotonic)
    async with chat.database.reading() as db:
        batch = [await pushes.next_to_fill(db, chat.campaign_id)]
        before = await asked.ask(db, batch)
    await halted(chat, push, halts.pause)
    at_once = await asked.holds(batch[0], batch)
    worker.monotonic.now += restraint.ASKED_SECONDS

    assert (before, at_once, await asked.holds(batch[0], batch)) == (frozenset(), False, True)


async def test_a_push_somebody_looked_at_is_not_paused_again(chat, push, caplog):
    """The circuit pauses once; whoever resumes it knows."""
    platform = Platform(answers=[Receipt(Fate.FAILED, reason="bad")] * PEOPLE)
    worker = Worker(chat, platform, features=[probe])

    await lead(worker)
    paused, _ = await counted(chat, push)
    await halted(chat, push, halts.resume)
    await worker.delivers()
    caplog.clear()

    assert paused == pushes.PAUSED
    assert await counted(chat, push) == (pushes.OPEN, {pushes.FAILED: PEOPLE})


async def test_clearing_is_served_by_the_index(chat, push):
    """A stopped push's rows are found among those that wait, not by reading all there are."""
    async with chat.database.transaction() as db:
        await halts.stop(db, push)
        await halts.clear(db, push, at=chat.clock.system())
        state = await db.scalar(text("SELECT state FROM pushes"))

    assert state == pushes.ENDED
