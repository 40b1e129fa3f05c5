"""Pushes over the emulated Bot API: floods, refusals, proxies, time-outs; the worker's own kill."""

import pytest
from sqlalchemy import text

from bot.channels.telegram import Api, Telegram
from bot.feature import Feature, say
from bot.i18n import Texts
from bot.operations import pushing
from bot.rules.rhythm import Minutely
from storage import accounts, pushes
from storage.db import Unavailable
from tests import telegram_chats as chats
from tests.push import Worker
from tests.telegram_api import TOKEN

probe = Feature("probe")


@probe.push("news", switch="news", urgency=4, audience=pushing.everybody)
async def news(sending):
    """Say the same to all."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


@probe.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick):
    """Push once."""
    await pushing.push(tick, news, once="a")


class Post:
    """Sends over the emulated Bot API, as the app does."""

    def __init__(self, telegram, texts):
        self._telegram = telegram
        self._texts = texts

    async def send(self, receiver, reply):
        """Render and send."""
        rendered = self._texts.render(reply, receiver.language)
        return await self._telegram.send(int(receiver.account.sender), rendered)

    async def tell(self, group, _reply):
        """Say something in a group: nothing here does."""
        raise AssertionError(group)


@pytest.fixture
async def worker(chat, api):
    """A worker whose platform is the emulated Bot API."""

    async def nobody(_incoming):
        raise AssertionError("nobody speaks here")

    async with Api(TOKEN, api.url) as calls:
        telegram = Telegram(
            calls, handle=nobody, commands=lambda _language: [], unavailable=Unavailable
        )
        yield Worker(chat, Post(telegram, Texts(chat.campaign.zone)), [probe])


async def crowd(chat, api, *numbers):
    """Bring people in who have a chat with the bot."""
    for number in numbers:
        api.person(number)
    return [await chat.join(str(number), "telegram") for number in numbers]


async def states(chat):
    """Return each delivery's state and reason."""
    async with chat.database.reading() as db:
        found = await db.execute(text("SELECT state, reason FROM deliveries ORDER BY citizen"))
        return [tuple(row) for row in found]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (chats.Refused(403, "Forbidden: bot was blocked by the user"), pushes.GONE),
        (chats.Refused(403, "Forbidden: user is deactivated"), pushes.GONE),
        (chats.bad("chat not found"), pushes.GONE),
        (chats.bad("message is too long"), pushes.FAILED),
        (chats.BAD_GATEWAY, pushes.UNCERTAIN),
        (chats.BROKEN_JSON, pushes.UNCERTAIN),
        (chats.CLOSE_AFTER, pushes.UNCERTAIN),
        (chats.CLOSE_BEFORE, pushes.UNCERTAIN),
        (chats.Refused(500, "Internal Server Error: restart"), pushes.WAITING),
        (chats.flood(35), pushes.WAITING),
        (chats.bad("can't parse entities: x"), pushes.SENT),
    ],
)
async def test_what_becomes_of_a_push(chat, api, worker, fault, state):
    """Each answer of the platform has its end; nothing is sent again on doubt."""
    ming, hong = await crowd(chat, api, 42, 43)
    api.fail("sendMessage", fault)

    await worker.rings()

    found = await states(chat)
    assert sorted(s for s, _ in found) in (
        [[state, pushes.SENT], [pushes.SENT, state], [pushes.WAITING, pushes.WAITING]]
    )
    assert (await ming.reachable(), await hong.reachable()).count(False) == (state == pushes.GONE)


async def test_a_flood_of_one_chat_is_waited_out(chat, clock, api, worker):
    """Half a minute means everybody: no call before it ends, and then all are told once."""
    await crowd(chat, api, *range(42, 52))
    api.fail("sendMessage", chats.flood(35))
    await worker.rings()
    calls = len(api.called("sendMessage"))
    clock.ahead(seconds=34)
    await worker.delivers()

    assert len(api.called("sendMessage")) == calls
    waiting = [reason for state, reason in await states(chat) if state == pushes.WAITING]
    assert set(waiting) == {"flooded"}


async def test_a_platform_away_is_waited_out(chat, clock, api, worker):
    """Nobody listens for an hour: everything waits, then everybody is told once."""
    await crowd(chat, api, *range(42, 52))
    port = api.port
    await api.stop()
    await worker.rings()
    away = await states(chat)
    for _ in range(3):
        clock.ahead(seconds=300)
        await worker.delivers()
    api.port = port
    await api.start()
    clock.ahead(seconds=300)
    await worker.delivers()

    assert {state for state, _ in away} == {pushes.WAITING}
    assert {state for state, _ in await states(chat)} == {pushes.SENT}
    assert all(len(api.person(n).chat.view) == 1 for n in range(42, 52))


async def test_a_blocked_bot_is_not_called_again(chat, clock, api, worker):
    """The next push leaves out who blocked it; taking it back lets them in again."""
    (ming,) = await crowd(chat, api, 42)
    api.person(42).chat.refusal = chats.Refused(403, chats.BLOCKED)
    await worker.rings()

    assert not await ming.reachable()
    async with chat.database.reading() as db:
        assert await accounts.receivers(db, [await ming.id()]) == {}
