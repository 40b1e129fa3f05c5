"""Sending a reply to Telegram: what becomes of it when it is refused."""

import logging

import pytest
import telegram

from bot.channels.telegram import Call
from bot.channels.telegram.api import Api
from tests import telegram_chats as chats
from tests.telegram_api import TOKEN, TelegramApi


@pytest.fixture
async def api():
    """The emulated API alone."""
    async with TelegramApi() as api:
        yield api


@pytest.fixture
async def client(api):
    """A client of it, whose waits are noted in `client.pauses`."""
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    async with Api(TOKEN, api.url, pause) as client:
        client.pauses = pauses
        yield client


SEND = Call("sendMessage", {"chat_id": 42, "text": "<b>+5</b>", "parse_mode": "HTML"})


@pytest.mark.parametrize(
    ("faults", "sent", "pauses", "level"),
    [
        ([], ["+5"], [], None),
        ([chats.flood(5)], ["+5"], [5], None),
        ([chats.flood(6)], [], [], "WARNING"),
        ([chats.flood(1), chats.flood(1)], [], [1], "WARNING"),
        ([chats.Refused(403, "Forbidden: bot was blocked by the user")], [], [], "INFO"),
        ([chats.Refused(403, "Forbidden: user is deactivated")], [], [], "INFO"),
        ([chats.bad("chat not found")], [], [], "INFO"),
        ([chats.bad("group chat was upgraded", migrate_to_chat_id=-100)], ["+5"], [], None),
        ([chats.bad("can't parse entities: x")], ["+5"], [], None),
        ([chats.bad("message is not modified: x")], [], [], None),
        ([chats.bad("something else")], [], [], "WARNING"),
        ([chats.BAD_GATEWAY], [], [], "WARNING"),
        ([chats.Refused(500, "Internal Server Error: restart")], [], [], "WARNING"),
        ([chats.BROKEN_JSON], [], [], "WARNING"),
        ([chats.CLOSE_BEFORE], [], [], "WARNING"),
        ([chats.CLOSE_AFTER], ["+5"], [], "WARNING"),
    ],
)
async def test_what_becomes_of_a_reply(api, client, caplog, faults, sent, pauses, level):
    """Each refusal has its remedy; on doubt nothing is sent twice."""
    caplog.set_level(logging.INFO, "bot")
    places = [api.person(42).chat, api.group(-100)]
    api.fail("sendMessage", *faults)

    await client.deliver(SEND)

    assert [seen.text for place in places for seen in place.view] == sent
    assert client.pauses == pauses
    assert [record.levelname for record in caplog.records] == ([level] if level else [])


async def test_a_message_that_cannot_be_edited_is_sent(api, client):
    """A message that is gone, or not the bot's, is answered with a new one."""
    ming = api.person(42)
    await ming.says("早")

    for number in (1, 99):
        await client.deliver(Call("editMessageText", SEND.parameters | {"message_id": number}))

    assert [seen.text for seen in ming.chat.view] == ["+5", "+5"]


async def test_an_edit_without_a_change_is_fine(api, client, caplog):
    """“message is not modified” is success."""
    ming = api.person(42)
    await client.deliver(SEND)

    assert await client.deliver(Call("editMessageText", SEND.parameters | {"message_id": 1}))

    assert len(ming.chat.view) == 1
    assert caplog.records == []


async def test_an_answer_to_an_old_tap_is_ignored(api, client, caplog):
    """A query Telegram has forgotten says nothing and stops nothing."""
    assert await client.deliver(Call("answerCallbackQuery", {"callback_query_id": "9"}))

    assert caplog.records == []


async def test_half_characters_are_mended_on_the_way_out(api, client):
    """A lone surrogate in a reply does not lose the reply."""
    ming = api.person(42)

    await client.deliver(Call("sendMessage", {"chat_id": 42, "text": "a\ud800b"}))

    assert ming.chat.view[0].text == "a\ufffdb"


async def test_a_file_goes_as_a_form(api, client):
    """A file makes the request multipart; other parameters keep their values."""
    certificate = telegram.InputFile(b"PEM", filename="a.pem")

    await client.call("setWebhook", {"url": "https://a.example", "certificate": certificate})

    assert api.webhook == {"url": "https://a.example", "certificate": b"PEM"}


async def test_a_reply_that_takes_too_long_times_out(api, client):
    """A server that never answers is a TimedOut, whatever it did."""
    api.fail("getMe", chats.HANG)

    with pytest.raises(telegram.error.TimedOut):
        await client.call("getMe", {}, read_seconds=0.05)
