"""The Telegram channel against an emulated Bot API: at least once, order, closing."""

import asyncio
import contextlib
from collections import Counter

import pytest

from tests.telegram_bench import Away, Bench
from tests.telegram_chats import HANG_AFTER, Seen


@pytest.fixture
async def bench():
    """An emulated API and what is needed to run channels on it."""
    async with Bench.open() as bench:
        yield bench


async def killed(task):
    """Kill a channel without closing it."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_message_is_answered_and_confirmed(bench):
    """The plain way: heard, answered, confirmed once."""
    await bench.started()
    ming = bench.api.person(42)

    number = await ming.says("签到")

    assert await ming.hears() == Seen(2, "签到", ((("签到", "checkins"), ("菜单", "menu")),))
    await bench.confirmed(number)


async def test_start_prepares_the_bot(bench):
    """The webhook goes, waiting updates stay, and commands are registered in both languages."""
    bench.api.webhook = {"url": "https://old.example"}
    ming = bench.api.person(42)
    await ming.says("早")

    channel = await bench.started()

    assert (await ming.hears()).text == "早"
    assert channel.state == "up"
    assert bench.api.webhook == {}
    assert bench.api.commands == {
        ("all_private_chats", ""): [{"command": "checkin", "description": "Check in"}],
        ("all_private_chats", "zh"): [{"command": "checkin", "description": "签到"}],
    }


async def test_a_tap_is_answered_and_its_message_replaced(bench):
    """A tap gets its callback answer and an edit; the text is never only in the answer."""
    await bench.started()
    ming = bench.api.person(42)
    await ming.says("早")
    first = await ming.hears()

    query = await ming.taps("菜单")

    assert await ming.hears() == Seen(first.id, "menu", first.buttons, edited=True)
    assert bench.api.queries == {query: True}
    assert bench.api.called("answerCallbackQuery") == [{"callback_query_id": query}]


async def test_a_killed_process_gets_its_updates_again(bench):
    """What was handled but not confirmed, and what was not handled, is delivered again."""
    gate = bench.echo.hold("二")
    _, task = bench.start()
    ming = bench.api.person(42)
    numbers = [await ming.says(words) for words in ("一", "二", "三")]
    await ming.hears()
    await bench.api.until(lambda: ("42", "二") in bench.echo.heard)

    await killed(task)
    gate.set()
    bench.start()

    await bench.confirmed(*numbers)
    assert bench.echo.answered in (["一", "二", "三"], ["一", "一", "二", "三"])


async def test_a_kill_between_handling_and_confirmation_repeats_the_update(bench):
    """An update that was answered comes again when the process dies before it is confirmed."""
    _, task = bench.start()
    ming = bench.api.person(42)
    bench.api.fail("sendMessage", HANG_AFTER)
    number = await ming.says("签到")
    await ming.hears()

    await killed(task)
    assert bench.api.confirmed == []
    await bench.started()

    assert (await ming.hears()).text == "签到"
    assert bench.echo.answered == ["签到", "签到"]
    await bench.confirmed(number)


async def test_one_person_is_answered_in_order_and_others_meanwhile(bench):
    """A slow answer delays only its own person, taps included."""
    gate = bench.echo.hold("慢")
    await bench.started()
    ming, hong = bench.api.person(42), bench.api.person(43)
    await ming.says("慢")
    await ming.taps("checkins", forged=True)
    await ming.says("快")

    await hong.says("早")

    assert (await hong.hears()).text == "早"
    assert bench.echo.answered == ["早"]
    gate.set()
    assert [(await ming.hears()).text for _ in range(3)] == ["慢", "checkins", "快"]


async def test_updates_in_flight_are_skipped_and_hold_back_the_confirmation(bench):
    """While the lowest is unfinished nothing after it is confirmed, and nothing runs twice."""
    gate = bench.echo.hold("慢")
    await bench.started()
    ming, hong = bench.api.person(42), bench.api.person(43)
    slow = await ming.says("慢")
    quick = [await hong.says(str(number)) for number in range(5)]
    for _ in quick:
        await hong.hears()
    polls = len(bench.api.called("getUpdates"))
    await bench.api.until(lambda: len(bench.api.called("getUpdates")) > polls + 2)

    assert bench.api.confirmed == []
    gate.set()
    await bench.confirmed(slow, *quick)
    assert Counter(bench.echo.heard).most_common(1)[0][1] == 1


async def test_an_update_number_may_begin_anew(bench):
    """After a quiet week numbers begin anywhere, also lower than any seen."""
    bench.start(poll=1)
    ming = bench.api.person(42)
    first = await ming.says("一")
    await bench.confirmed(first)
    await bench.api.until(lambda: "offset" not in bench.api.called("getUpdates")[-1])

    bench.api.next_update = 7
    await ming.says("二")

    assert [(await ming.hears()).text for _ in range(2)] == ["一", "二"]
    await bench.confirmed(7)


async def test_a_database_that_is_away_is_waited_for_in_order(bench):
    """The update and later ones of the same person stay until they can be stored."""
    bench.echo.faults = [Away(), Away(), Away(), Away(), Away(), Away(), Away()]
    await bench.started()
    ming = bench.api.person(42)

    numbers = [await ming.says(words) for words in ("一", "二")]

    assert [(await ming.hears()).text for _ in range(2)] == ["一", "二"]
    assert bench.echo.answered == ["一", "二"]
    assert bench.pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    await bench.confirmed(*numbers)


async def test_closing_while_the_database_is_away_keeps_the_update(bench):
    """Nothing that was not stored is confirmed when the program stops."""
    await bench.started()
    bench.echo.faults = [Away()] * 10_000
    await bench.api.person(42).says("签到")
    await bench.api.until(lambda: bench.echo.heard)

    await bench.channels[-1].close()

    assert bench.api.confirmed == []
    assert len(bench.api.pending) == 1


async def test_a_fault_in_a_handler_is_contained(bench, caplog):
    """Another exception is logged, the tap is answered, and the update finished."""
    bench.echo.faults = [KeyError("x")]
    await bench.started()
    ming = bench.api.person(42)

    query = await ming.taps("checkins", forged=True)

    await bench.api.until(lambda: bench.api.queries[query])
    await bench.confirmed(1000)
    assert "update 1000 failed" in caplog.text
    caplog.clear()
    await ming.says("早")
    assert (await ming.hears()).text == "早"


async def test_closing_finishes_what_is_in_flight_and_confirms_it(bench):
    """A clean stop leaves nothing to be delivered twice."""
    gate = bench.echo.hold("慢")
    await bench.started()
    await bench.api.person(42).says("慢")
    await bench.api.until(lambda: bench.echo.heard)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bench.channels[-1].close())
        gate.set()

    assert bench.echo.answered == ["慢"]
    assert bench.api.pending == []


async def test_closing_does_not_wait_for_ever(bench):
    """A handler that hangs is cut off, and its update stays with Telegram."""
    bench.echo.hold("慢")
    bench.start(closing=0.05)
    await bench.api.person(42).says("慢")
    await bench.api.until(lambda: bench.echo.heard)

    await bench.channels[-1].close()

    assert len(bench.api.pending) == 1


async def test_a_group_is_answered_in_the_group(bench):
    """A command in a group is answered there; talk among people is not."""
    group = bench.api.group(-100)
    ming = bench.api.person(42)
    await bench.started()

    await ming.says("大家好", chat=group)
    await ming.says("/rank", chat=group)

    assert "rank" in (await group.hears()).text
    assert len(group.view) == 1


async def test_many_people_at_once(bench):
    """Three hundred updates are each answered exactly once."""
    people = [bench.api.person(number) for number in range(1, 101)]
    for words in ("一", "二", "三"):
        for person in people:
            await person.says(words)

    await bench.started()

    for person in people:
        assert [(await person.hears()).text for _ in range(3)] == ["一", "二", "三"]
    assert len(bench.echo.heard) == 300


async def test_only_who_leads_polls_and_the_next_leader_goes_on(bench):
    """Of two processes one polls; when the lead changes, the other takes what comes then."""
    leader = ["one"]
    for name in ("one", "two"):
        bench.start(leads=lambda name=name: leader == [name])
    await bench.api.until(lambda: len(bench.api.called("setMyCommands")) == 4)
    ming = bench.api.person(42)
    before = await ming.says("一")
    await ming.hears()
    await bench.confirmed(before)

    leader[:] = ["two"]
    after = await ming.says("二")
    heard = await ming.hears()
    await bench.confirmed(after)

    assert heard.text == "二"
    assert bench.pauses == []  # nobody met the other's poll as a fault
