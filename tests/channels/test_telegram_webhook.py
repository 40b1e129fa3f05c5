"""The webhook against the emulated Bot API, over HTTP: secret, commit, duplicates, outages."""

import asyncio
import io
import json

import aiohttp
import pytest

from bot.channels.telegram.channel import WANTED
from bot.web.hooks import BODY_BYTES_MAX
from tests import telegram_chats as chats
from tests.telegram_bench import SECRET, Away, Bench
from tests.telegram_hooks import SECRET_HEADER


@pytest.fixture
async def bench():
    """An emulated API and what is needed to run channels on it."""
    async with Bench.open() as bench:
        yield bench


def update(number, text, person=42):
    """A message as Telegram posts it."""
    message = {
        "message_id": number,
        "date": 1_651_366_800,
        "chat": {"id": person, "type": "private"},
        "from": {"id": person, "is_bot": False, "first_name": "x"},
        "text": text,
    }
    return {"update_id": number, "message": message}


async def post(address, body, secret=SECRET):
    """Post something; return status, headers and body."""
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data=body, headers=headers, expect100=True) as response,
    ):
        return response.status, response.headers, await response.read()


async def test_the_webhook_is_set_with_its_secret(bench):
    """Where to post, what is wanted, how many at once; waiting updates stay."""
    ming = bench.api.person(42)
    await ming.says("早")
    async with bench.hooked() as (channel, address):
        assert (await ming.hears()).text == "早"
        assert channel.state == "up"

    assert bench.api.called("setWebhook") == [
        {
            "url": address,
            "secret_token": SECRET,
            "allowed_updates": list(WANTED),
            "max_connections": 100,
            "drop_pending_updates": False,
        }
    ]
    assert ("all_private_chats", "zh") in bench.api.commands


async def test_a_message_is_answered_in_the_response(bench):
    """One message, one call in the body, no call over the API."""
    ming = bench.api.person(42)
    async with bench.hooked():
        await ming.says("签到")
        answer = await ming.hears()

    assert (answer.text, answer.buttons[0][0]) == ("签到", ("签到", "checkins"))
    assert bench.api.called("sendMessage") == []
    assert bench.api.posting.answers == [(1000, 200)]


async def test_a_tap_is_answered_and_its_message_replaced(bench):
    """The edit is sent, so that a refusal has its remedy; the tap's answer rides in the body."""
    ming = bench.api.person(42)
    async with bench.hooked():
        await ming.says("早")
        first = await ming.hears()
        query = await ming.taps("菜单")
        second = await ming.hears()
        await bench.confirmed(1001)

    assert (second.id, second.text, second.edited) == (first.id, "menu", True)
    assert bench.api.queries == {query: True}
    assert len(bench.api.called("editMessageText")) == 1
    assert bench.api.called("answerCallbackQuery") == []


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET.lower(), "é"])
async def test_a_stranger_is_turned_away(bench, secret):
    """Without the secret nothing is read, heard or answered."""
    async with bench.hooked() as (_, address):
        status, _, body = await post(address, json.dumps(update(1, "签到")), secret)

    assert (status, body) == (403, b"")
    assert bench.echo.heard == []


async def test_the_secret_is_asked_before_the_body_is_read(bench):
    """A stranger's endless body is not waited for."""
    async with bench.hooked() as (_, address):
        host = address.split("/")[2]
        reader, writer = await asyncio.open_connection(*host.split(":"))
        head = f"POST /telegram/webhook HTTP/1.1\r\nHost: {host}\r\nContent-Length: 900000"
        writer.write(f"{head}\r\n\r\n{{".encode())
        status = await asyncio.wait_for(reader.readline(), 60)
        writer.close()

    assert b"403" in status


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_a_megabyte_is_refused(bench, chunked):
    """Whether its length is announced or not."""

    async def parts():
        for _ in range(17):
            yield b" " * (BODY_BYTES_MAX // 16)

    async with bench.hooked() as (_, address):
        status, _, _ = await post(
            address, parts() if chunked else io.BytesIO(b" " * (BODY_BYTES_MAX + 1))
        )

    assert status == 413
    assert bench.echo.heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"update_id": "x"}',
        b'{"update_id": 1}',
        b'{"update_id": 1, "message": null}',
        b'{"update_id": 1, "message": {"text": "x"}}',
        b'{"update_id": 99999999999999999999, "message": {}}',
        b"[" * 10_000,
        b'{"update_id": 1, "message": ' + b'{"reply_to_message":' * 10_000,
        b'{"update_id": ' + b"9" * 5000 + b"}",
    ],
)
async def test_what_nobody_can_read_is_taken_and_forgotten(bench, body):
    """It would not become readable by coming again, and would hold its chat up for a day."""
    async with bench.hooked() as (channel, address):
        await bench.until(lambda: channel.state == "up")
        status, _, said = await post(address, body)

    assert (status, said) == (200, b"")
    assert bench.echo.heard == []


async def test_nothing_is_acknowledged_before_it_is_durable(bench):
    """While the turn runs there is no answer; afterwards there is one."""
    gate = bench.echo.hold("签到")
    ming = bench.api.person(42)
    async with bench.hooked():
        await ming.says("签到")
        await bench.until(lambda: bench.echo.heard)
        assert bench.api.posting.answers == []
        gate.set()
        await bench.confirmed(1000)

    assert bench.api.posting.answers == [(1000, 200)]


async def test_an_absent_database_makes_telegram_try_again(bench):
    """503, and a moment to wait; the update comes again and is answered once."""
    bench.echo.faults = [Away(), Away()]
    ming = bench.api.person(42)
    async with bench.hooked():
        await ming.says("签到")
        assert (await ming.hears()).text == "签到"
        await bench.confirmed(1000)

    assert bench.api.posting.answers == [(1000, 503), (1000, 503), (1000, 200)]
    assert len(ming.chat.events) == 1


async def test_how_long_to_wait_is_said(bench):
    """Telegram honours Retry-After."""
    bench.echo.faults = [Away()]
    async with bench.hooked() as (channel, address):
        await bench.until(lambda: channel.state == "up")
        status, headers, body = await post(address, json.dumps(update(1, "签到")))

    assert (status, headers["retry-after"], body) == (503, "2", b"")


async def test_a_slow_turn_is_not_run_twice(bench):
    """A turn that takes too long goes on; the next try joins it and carries its answer."""
    gate = bench.echo.hold("慢")
    ming = bench.api.person(42)
    async with bench.hooked(answer=0.05):
        await ming.says("慢")
        await bench.api.until(lambda: len(bench.api.posting.answers) >= 2)
        turns = list(bench.echo.heard)
        gate.set()
        assert (await ming.hears()).text == "慢"
        await bench.confirmed(1000)

    assert turns == [("42", "慢")]
    assert {status for _, status in bench.api.posting.answers[:-1]} == {503}


async def test_the_same_update_at_once_runs_once(bench):
    """Four at the same moment: one turn, four times the same answer."""
    gate = bench.echo.hold("签到")
    body = json.dumps(update(7, "签到"))
    async with bench.hooked() as (channel, address), asyncio.TaskGroup() as tasks:
        await bench.until(lambda: channel.state == "up")
        posts = [tasks.create_task(post(address, body)) for _ in range(4)]
        await bench.until(lambda: bench.echo.heard)
        gate.set()
        answers = [await posted for posted in posts]

    assert len(bench.echo.heard) == 1
    assert len({(status, body) for status, _, body in answers}) == 1
    assert json.loads(answers[0][2])["method"] == "sendMessage"


async def test_a_long_answer_is_sent_in_order(bench):
    """What does not fit in one message is sent; its end rides in the body."""
    ming = bench.api.person(42)
    words = "𠀀" * 3000  # two units each
    async with bench.hooked():
        await ming.says(words)
        heard = [(await ming.hears()).text, (await ming.hears()).text]

    assert [len(part) for part in heard] == [2048, 952]
    assert len(bench.api.called("sendMessage")) == 1


async def test_a_flooded_chat_is_waited_for(bench):
    """After a 429 the next answer is sent, not left to the body that nobody hears back from."""
    ming = bench.api.person(42)
    async with bench.hooked():
        await ming.says("早")
        await ming.hears()
        bench.api.fail("editMessageText", chats.flood(3))
        await ming.taps("菜单")
        await ming.hears()
        await ming.says("晚")
        assert (await ming.hears()).text == "晚"

    assert bench.pauses == [3, 3]
    assert len(bench.api.called("sendMessage")) == 1


async def test_closing_finishes_what_is_in_flight(bench):
    """A stop lets the running turn end and answers it."""
    gate = bench.echo.hold("慢")
    ming = bench.api.person(42)
    async with asyncio.TaskGroup() as tasks:
        async with bench.hooked():
            await ming.says("慢")
            await bench.until(lambda: bench.echo.heard)
            tasks.create_task(asyncio.sleep(0)).add_done_callback(lambda _: gate.set())
        assert (await ming.hears()).text == "慢"

    assert bench.api.pending == []


async def test_from_polling_to_webhook_and_back(bench):
    """The mode may change between two starts; nothing waiting is lost either way."""
    ming = bench.api.person(42)
    await bench.started()
    await ming.says("一")
    await ming.hears()
    await bench.channels[-1].close()
    await ming.says("二")
    async with bench.hooked():
        assert (await ming.hears()).text == "二"
        await bench.confirmed(1001)
    bench.api.webhook["url"] = "http://127.0.0.1:9/"  # as it is left when the process ends
    await ming.says("三")
    bench.start()

    assert (await ming.hears()).text == "三"
    assert bench.api.webhook == {}


async def test_another_webhook_is_reported_not_fought_over(bench, caplog):
    """Two programs that each set their own would take updates from each other for ever."""
    async with bench.hooked() as (channel, address):
        await bench.until(lambda: channel.state == "up")
        bench.api.webhook["url"] = "https://elsewhere.example/"
        bench.looking.set()
        await bench.api.until(lambda: len(bench.api.called("getWebhookInfo")) > 1)
        await bench.until(lambda: channel.state.startswith("refused"))
        bench.api.webhook["url"] = address
        bench.looking.set()
        await bench.api.until(lambda: len(bench.api.called("getWebhookInfo")) > 2)
        await bench.until(lambda: channel.state == "up")

    assert "leads elsewhere" in caplog.text
    assert len(bench.api.called("setWebhook")) == 1
    caplog.clear()


async def test_what_telegram_says_of_the_webhook_is_logged_once(bench, caplog):
    """A certificate that ran out is in Telegram's report, and then in the log."""
    bench.api.posting.last_error = "SSL error"
    async with bench.hooked() as (channel, _):
        await bench.until(lambda: channel.state == "up")
        for looks in (2, 3):
            bench.looking.set()
            await bench.api.until(lambda n=looks: len(bench.api.called("getWebhookInfo")) >= n)

    assert caplog.text.count("SSL error") == 1


async def test_several_workers_set_one_webhook(bench):
    """Telegram takes one setWebhook a second; the second worker waits as told."""
    bench.api.fail("setWebhook", chats.flood(1))
    ming = bench.api.person(42)
    async with bench.hooked() as (channel, _):
        await bench.until(lambda: channel.state == "up")
        await ming.says("早")
        assert (await ming.hears()).text == "早"

    assert 1 in bench.pauses


async def test_a_refused_token_is_in_the_state(bench, caplog):
    """The process stays up to say so; updates wait."""
    bench.api.token = "7000:another"
    async with bench.hooked() as (channel, address):
        await bench.until(lambda: channel.state.startswith("refused"))
        status, _, _ = await post(address, json.dumps(update(1, "x")))

    assert status == 503
    caplog.clear()


async def test_who_blocks_the_bot_is_heard_and_who_removes_it_from_a_group(bench):
    """Blocking and taking it back are news, and so is what happens to the bot in groups."""
    ming, group = bench.api.person(42), bench.api.group(-100)
    async with bench.hooked():
        await ming.blocks()
        await ming.blocks(back=True)
        kicked = {"status": "kicked", "user": bench.api.me, "until_date": 0}
        content = {"chat": group.json, "from": ming.json, "date": 1_651_366_800}
        states = {"old_chat_member": kicked, "new_chat_member": kicked}
        bench.api.push("my_chat_member", content | states)
        await bench.confirmed(1000, 1001, 1002)

    assert sorted(words for _, words in bench.echo.heard) == [
        "Presence(reachable=False)",
        "Presence(reachable=False)",
        "Presence(reachable=True)",
    ]
