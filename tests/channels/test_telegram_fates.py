"""What an answer of the Bot API means: each class of error, and the pauses Telegram asks for."""

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TimedOut,
)

from bot.channels.telegram.api import Api, Flooded
from bot.channels.telegram.channel import examine
from bot.channels.telegram.fates import Fate, NotSent, Pauses, fate
from bot.channels.telegram.talk import Call
from tests.telegram_api import TOKEN, TelegramApi

SEND = Call("sendMessage", {"chat_id": 42, "text": "x"})
ANSWER = Call("answerCallbackQuery", {"callback_query_id": "1"})
HOOK = "https://reading.example.org/telegram/webhook"


@pytest.mark.parametrize(
    ("call", "error", "expected"),
    [
        (SEND, Forbidden("Forbidden: bot was blocked by the user"), Fate.GONE),
        (SEND, Forbidden("Forbidden: user is deactivated"), Fate.GONE),
        (SEND, Forbidden("Forbidden: bot was kicked from the supergroup chat"), Fate.GONE),
        (SEND, Forbidden("Forbidden: bot can't initiate conversation with a user"), Fate.GONE),
        (SEND, BadRequest("Bad Request: chat not found"), Fate.GONE),
        (SEND, ChatMigrated(-100), Fate.MOVED),
        (SEND, Flooded(5), Fate.FLOODED),
        (SEND, BadRequest("Bad Request: message is not modified: x"), Fate.DONE),
        (ANSWER, BadRequest("Bad Request: query is too old"), Fate.DONE),
        (SEND, BadRequest("Bad Request: can't parse entities"), Fate.WRONG),
        (SEND, InvalidToken("Unauthorized"), Fate.STOPPED),
        (SEND, Conflict("Conflict: x"), Fate.STOPPED),
        (SEND, NotSent("no connection"), Fate.NOT_SENT),
        (SEND, TimedOut(), Fate.UNSURE),
        (SEND, NetworkError("Bad Gateway"), Fate.UNSURE),
    ],
)
def test_each_error_has_its_fate(call, error, expected):
    """Blocked, moved, flooded, wrong, stopped, surely not sent, or perhaps sent."""
    assert fate(call, error) is expected


async def test_a_refused_connection_is_known_not_to_have_sent():
    """Nothing can have been carried out where nobody listens; that may be tried again."""
    async with TelegramApi() as api:
        url = api.url
    async with Api(TOKEN, url) as client:
        with pytest.raises(NotSent):
            await client.call("sendMessage", SEND.parameters)


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        """Return the seconds."""
        return self.now


def test_one_chats_flood_holds_up_that_chat():
    """A 429 of one chat leaves the others alone, and ends."""
    pauses = Pauses(clock := Clock())
    pauses.note(42, 5)

    left = [pauses.left(42), pauses.left(43), pauses.left(None)]
    clock.now += 5

    assert left == [5, 0, 0]
    assert pauses.left(42) == 0


def test_a_flood_from_many_chats_holds_up_everybody():
    """Three chats at once, or a long wait, mean the bot as a whole."""
    many, long = Pauses(Clock()), Pauses(Clock())
    for chat in (1, 2, 3):
        many.note(chat, 4)
    long.note(1, 35)

    assert many.left(99) == 4
    assert long.left(99) == 35


def test_floods_one_after_another_are_not_many_at_once():
    """What is over counts no more."""
    pauses = Pauses(clock := Clock())
    for chat in (1, 2, 3):
        pauses.note(chat, 4)
        clock.now += 4

    assert pauses.left(99) == 0


@pytest.mark.parametrize(
    ("there", "fault", "wanted", "expected"),
    [
        ("", "", "", (True, "polling")),
        (HOOK, "", HOOK, (True, "the webhook is set")),
        (HOOK, "SSL error", HOOK, (False, "Telegram's last try failed: SSL error")),
        ("", "", HOOK, (True, "set at the next start")),
        (HOOK, "", "", (True, "goes at the next start")),
        ("https://elsewhere.example/", "", HOOK, (False, "leads elsewhere")),
    ],
)
async def test_doctor_says_how_updates_come(there, fault, wanted, expected):
    """In words, for each way the webhook can stand."""
    async with TelegramApi() as api:
        api.webhook = {"url": there, "max_connections": 0}  # nothing is posted meanwhile
        api.posting.last_error = fault
        api.pending = [{"update_id": 1, "x": {}}]
        well, sentence = await examine(TOKEN, api.url, hook=wanted)

    assert (well, expected[1] in sentence) == (expected[0], True)
    assert "@Shuxiang_bot, 1 updates waiting" in sentence
