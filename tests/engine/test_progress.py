"""Messages that are edited in place: sent once, edited while it goes on, closed at the end."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.feature import Feature, say
from bot.messages import Fate, Receipt
from bot.progress import LATER_SECONDS
from storage import progress
from storage.citizens import Account
from tests.push import Worker

probe = Feature("probe")
stand: list = []


@probe.follow("going")
async def going(looking):
    """Tell the newest of what the test notes."""
    return stand[-1] if stand and looking.about == "7" else None


@pytest.fixture
async def worker(chat):
    """A worker who shows somebody how number seven goes on."""
    stand[:] = [(say("menu.title"), False)]
    ming = await chat.join("ming")
    await follow(chat, await ming.id())
    return Worker(chat, features=[probe])


async def follow(chat, citizen, key="probe.going:7"):
    """Follow something."""
    async with chat.database.transaction() as db:
        await progress.follow(db, chat.campaign_id, citizen, key=key, at=chat.clock.system())


async def states(chat):
    """Return how the messages stand."""
    async with chat.database.reading() as db:
        return list(await db.scalars(text("SELECT state FROM progress ORDER BY id")))


def keys(worker):
    """Return what was shown, and in place of what."""
    return [(reply.key, ref) for _, reply, ref in worker.platform.shown]


async def test_it_is_sent_once_and_then_edited(chat, worker):
    """The same version is not sent twice; the last one closes it."""
    await worker.follows()
    await worker.follows()
    stand.append((say("menu.text"), False))
    await worker.follows()
    stand.append((say("help.text"), True))
    await worker.follows()
    await worker.follows()

    there = "probe.going:7"
    assert keys(worker) == [("menu.title", ""), ("menu.text", there), ("help.text", there)]
    assert await states(chat) == [progress.CLOSED]


async def test_edits_are_throttled(chat, worker):
    """What lies between two looks is never sent."""
    await worker.follows()
    for key in ("menu.text", "help.text", "menu.text"):
        stand.append((say(key), False))
        await worker.progress.step()

    assert keys(worker) == [("menu.title", "")]


async def test_following_again_changes_nothing(chat, worker):
    """One message each, whoever asks twice."""
    await follow(chat, await chat.person("ming").id())
    await worker.follows()

    assert await states(chat) == [progress.SHOWN]


async def test_a_channel_that_cannot_edit_gets_the_last_version_once(chat, worker):
    """Nothing before the end."""
    hong = await chat.join("hong", "deaf")
    await follow(chat, await hong.id())
    await worker.follows()
    early = worker.platform.shown.copy()
    stand.append((say("help.text"), True))
    await worker.follows()

    assert [who for who, _, _ in early] == ["ming"]
    assert ("hong", "") in [(who, ref) for who, _, ref in worker.platform.shown]
    assert await states(chat) == [progress.CLOSED] * 2


async def test_whoever_may_have_got_it_gets_the_last_version_only(chat, worker):
    """Never again on doubt, until the end."""
    worker.platform.answers.append(Receipt(Fate.UNCERTAIN, reason="timed out"))
    await worker.follows()
    stand.append((say("menu.text"), False))
    await worker.follows()
    stand.append((say("help.text"), True))
    await worker.follows()

    assert [key for key, _ in keys(worker)] == ["menu.title", "help.text"]


async def test_a_sender_who_ended_leaves_it_unsure(chat, clock, worker):
    """A lease that ran out: the first version may have arrived."""
    async with chat.database.transaction() as db:
        [one] = await progress.followed(db, chat.campaign_id, 9)
        until = clock.system() + timedelta(seconds=60)
        assert await progress.begin(db, one.id, Account("web", "ming"), until=until)
        assert not await progress.begin(db, one.id, Account("web", "ming"), until=until)
    await worker.follows()
    early = await states(chat)
    clock.ahead(minutes=2)
    await worker.follows()

    assert (early, await states(chat)) == ([progress.SENDING], [progress.UNSURE])
    assert keys(worker) == []


@pytest.mark.parametrize("fate", [Fate.GONE, Fate.FAILED])
async def test_a_refused_message_is_closed(chat, worker, fate):
    """Whoever blocked the bot is not edited any more."""
    worker.platform.answers.append(Receipt(fate))
    await worker.follows()
    await worker.follows()

    assert await states(chat) == [progress.CLOSED]
    assert len(keys(worker)) == 1


async def test_a_flood_is_waited_out(chat, worker):
    """Later means later, and then it is sent."""
    worker.platform.answers.append(Receipt(Fate.LATER, reason="flooded", seconds=35))
    await worker.follows()
    await worker.follows()
    waited = len(keys(worker))
    worker.monotonic.now += 35 + LATER_SECONDS
    await worker.follows()

    assert (waited, len(keys(worker))) == (1, 2)


async def test_nothing_to_say_closes_it(chat, worker):
    """So does a kind of message that nobody words any more."""
    stand.clear()
    ming = await chat.join("ming")
    await follow(chat, await ming.id(), "gone.away:1")
    await worker.follows()

    assert await states(chat) == [progress.CLOSED] * 2


async def test_only_the_leader_shows_it(chat, worker):
    """Who does not lead sends nothing."""
    await worker.progress.step()

    assert keys(worker) == []
