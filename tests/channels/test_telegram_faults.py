"""The Telegram channel when things go wrong: refusals, outages, odd input, secrets."""

import logging

import pytest

from tests import telegram_chats as chats
from tests.telegram_api import TOKEN
from tests.telegram_bench import Bench


@pytest.fixture
async def bench():
    """An emulated API and what is needed to run channels on it."""
    async with Bench.open() as bench:
        yield bench


async def test_a_wrong_token_stops_the_channel(bench, caplog):
    """Telegram's refusal is said once, in the state and in the log."""
    channel, task = bench.start(token="7000:wrong")

    await task

    assert channel.state == "refused: the token is refused: Unauthorized"
    assert caplog.text.count("refused") == 1
    assert bench.echo.heard == []
    caplog.clear()


async def test_a_second_poller_is_noticed(bench, caplog):
    """A 409 is said once, waited out for half a minute, and polling goes on."""
    bench.api.fail("getUpdates", *[chats.Refused(409, "Conflict: other getUpdates")] * 3)
    await bench.started()
    ming = bench.api.person(42)

    await ming.says("早")

    assert (await ming.hears()).text == "早"
    assert bench.pauses == [30.0] * 3
    assert caplog.text.count("another program") == 1


async def test_telegram_may_be_away_at_the_start(bench, caplog):
    """The channel waits, longer each time up to a limit, and works when Telegram is there."""
    ming = bench.api.person(42)
    await ming.says("早")
    await bench.api.stop()
    channel, _ = bench.start()
    await bench.api.until(lambda: len(bench.pauses) >= 8)
    assert channel.state == "away"

    await bench.api.start()

    assert (await ming.hears()).text == "早"
    assert channel.state == "up"
    assert bench.pauses[:8] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert caplog.text.count("away:") == 1


async def test_an_outage_loses_nothing(bench):
    """What is written while Telegram cannot be reached is answered afterwards, in order."""
    channel = await bench.started()
    ming = bench.api.person(42)
    await bench.api.stop()
    for words in ("一", "二", "三"):
        await ming.says(words)
    await bench.api.until(lambda: channel.state == "away")

    await bench.api.start()

    assert [(await ming.hears()).text for _ in range(3)] == ["一", "二", "三"]


@pytest.mark.parametrize(
    "fault", [chats.BROKEN_JSON, chats.BAD_GATEWAY, chats.CLOSE_BEFORE, chats.CLOSE_AFTER]
)
@pytest.mark.parametrize("method", ["getMe", "setMyCommands", "getUpdates"])
async def test_any_bad_answer_is_tried_again(bench, fault, method):
    """Broken JSON, a proxy's page or a cut connection are waited out."""
    bench.api.fail(method, fault, chats.flood(3), chats.Fault("[]"), chats.Fault('{"ok":true}'))
    ming = bench.api.person(42)
    bench.start()

    await ming.says("早")

    assert (await ming.hears()).text == "早"
    assert 3 in bench.pauses


@pytest.mark.parametrize(
    "text", ["\ud800", "a\0b", "\u202eevil", "\u200b\u200b", "x" * 50_000, "é\u0301" * 3000, "<b>&"]
)
async def test_odd_text_spoils_nothing(bench, text):
    """Half characters, NUL and endless text in names and messages hold nobody up."""
    hong = bench.api.person(43)
    odd = bench.api.person(42, name=text)
    await odd.says(text)
    await hong.says("早")

    await bench.started()

    assert (await hong.hears()).text == "早"
    await bench.confirmed(1000, 1001)


async def test_malformed_updates_are_confirmed_and_forgotten(bench):
    """Garbage among updates delays nobody."""
    for kind, content in (
        ("message", None),
        ("message", {"text": "x"}),
        ("callback_query", []),
        ("new_kind", {"a": 1}),
    ):
        bench.api.push(kind, content)
    ming = bench.api.person(42)
    number = await ming.says("早")

    await bench.started()

    assert (await ming.hears()).text == "早"
    await bench.confirmed(*range(1000, number + 1))


async def test_no_line_of_the_log_holds_the_token(bench, caplog):
    """Whatever goes wrong, at the chattiest level, the token stays inside."""
    caplog.set_level(logging.DEBUG)
    echoed = chats.bad(f"see https://api.telegram.org/bot{TOKEN}/x")
    bench.api.fail("getMe", chats.BAD_GATEWAY, chats.CLOSE_BEFORE, chats.BROKEN_JSON, echoed)
    bench.api.fail("getUpdates", chats.CLOSE_BEFORE, chats.flood(1), echoed)
    bench.api.fail("sendMessage", chats.CLOSE_AFTER, echoed, chats.BAD_GATEWAY)
    bench.echo.faults = [KeyError("x")]
    channel = await bench.started()
    ming = bench.api.person(42)
    for words in "abcd":
        await ming.says(words)
    await bench.confirmed(1003)
    await bench.api.stop()
    await bench.api.until(lambda: channel.state == "away")

    assert "dropped" in caplog.text
    canary = TOKEN.partition(":")[2].lower()
    assert canary not in caplog.text.lower()
    assert canary not in repr(vars(channel)).lower()
    caplog.clear()
