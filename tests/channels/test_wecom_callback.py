"""WeCom's callback over HTTP: duplicates, what is answered and what is sent."""

import asyncio

import pytest

from tests.wecom_bench import Away, Bench, text
from tests.wecom_members import HTML, Seen


@pytest.fixture
async def bench():
    """An emulated WeCom and the channel on it."""
    async with Bench.open() as bench:
        yield bench


async def test_a_message_is_answered_in_the_answer(bench):
    """Text without buttons costs no call and no quota."""
    ming = bench.api.member("XiaoMing")

    await ming.says("早上好")

    assert (await ming.hears()).text == "早上好"
    assert bench.echo.heard == [("xiaoming", "早上好")]
    assert bench.api.called("message/send") == []


async def test_a_text_that_looks_like_markup_comes_back_as_it_was(bench):
    """Also the end of a CDATA section, there and back."""
    ming = bench.api.member("XiaoMing")
    for words in ("]]>", "a]]>b<x/>", '<![CDATA["quoted"]]>', "<!DOCTYPE x>", "]]]]>>"):
        await ming.says(words)
        assert (await ming.hears()).text == words


async def test_a_second_press_in_the_same_second(chat):
    """Both are heard, as two presses of one button; the bot pays once, and says so twice."""
    async with Bench.open(handle=chat.dispatcher.handle) as bench:
        person = await chat.join("xiaoming", "wecom")
        ming = bench.api.member("XiaoMing")
        ming.sees(Seen("card", (("签到", "checkins"),)))
        for _ in range(2):
            await ming.presses("签到")
        await bench.api.posting.settled()
        said = [seen.text for seen in ming.history if seen.changed]

    assert await person.points() == 5
    assert sorted("+5" in text for text in said) == [False, True]
    assert sum("已经签到" in text for text in said) == 1


async def test_buttons_come_as_a_card_and_pressing_changes_it(bench):
    """A card by a call; the press is answered with its new look, without one."""
    ming = bench.api.member("XiaoMing")

    await ming.says("2 签到成功")
    card = await ming.hears()
    await ming.presses("button 2")
    changed = await ming.hears()

    assert card == Seen("签到成功", (("button 1", "pressed1"), ("button 2", "pressed2")))
    assert changed == Seen("pressed2", changed=True)
    assert len(bench.api.called("message/send")) == 1
    assert bench.api.called("message/update_template_card") == []


async def test_a_long_answer_to_a_press_follows_by_a_call(bench):
    """The card's buttons make room for a word."""
    ming = bench.api.member("XiaoMing")
    bench.echo.gates.clear()
    ming.sees(Seen("card", (("more", "好" * 200),)))
    ming.inbox.clear()

    await ming.presses("more")
    seen = {(await ming.hears()).text, (await ming.hears()).text}

    assert seen == {"已选择", "好" * 200}


async def test_more_than_six_buttons_are_numbered_and_the_numbers_work(bench):
    """Also in full width, and on another process; what was never offered is a text."""
    ming = bench.api.member("XiaoMing")

    await ming.says("8 选一个")
    listed = await ming.hears()
    await ming.says("８")
    chosen = await ming.hears()
    await bench.until(lambda: bench.kept.lists)

    assert listed.text.splitlines()[-1] == "8 button 8"
    assert chosen.text == "pressed8"
    assert await bench.another().offers.find("xiaoming", 3) == "pressed3"
    await ming.says("9")
    await ming.hears()
    assert bench.echo.heard[-1] == ("xiaoming", "9")


async def test_a_card_ends_an_older_list(bench):
    """A number then is what the bot itself makes of it."""
    ming = bench.api.member("XiaoMing")

    for words in ("8 选一个", "1 card", "1"):
        await ming.says(words)
        await ming.hears()

    assert bench.echo.heard[-1] == ("xiaoming", "1")


async def test_a_long_text_goes_on_by_calls(bench):
    """In order, each part within its bytes."""
    ming = bench.api.member("XiaoMing")

    await ming.says("好" * 1500)
    parts = [(await ming.hears()).text for _ in range(3)]

    assert "".join(parts) == "好" * 1500
    assert len(bench.api.called("message/send")) == 2


async def test_events_without_an_answer_are_acknowledged(bench):
    """What is not for us, and news of a member, get an empty answer."""
    ming = bench.api.member("XiaoMing")

    await ming.sends(MsgType="event", Event="view", EventKey="https://example.org")
    await ming.happens("enter_agent")
    await ming.says("silence")
    await bench.api.posting.settled()

    assert bench.api.posting.answers.count((200, b"")) == 2
    assert [words for _, words in bench.echo.heard] == ["Presence(reachable=True)", "silence"]


async def test_duplicates_in_flight_wait_for_the_first(bench):
    """One effect, and each gets the answer."""
    gate, letter = bench.echo.hold("x"), text(bench, "x")
    posts = [bench.api.posting.sealed(letter) for _ in range(3)]

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(bench.api.posting.post(*post)) for post in posts]
        await bench.until(lambda: bench.echo.heard)
        gate.set()

    assert {each.result()[1].partition(b"<Content>")[2] for each in asked} == {b"x</Content></xml>"}
    assert bench.echo.heard == [("zhangsan", "x")]


async def test_one_number_from_two_people_is_two_messages():
    """And two events in one second are two."""
    async with Bench.open() as bench:
        for person in ("ZhangSan", "LiSi"):
            await bench.api.posting.post(*bench.api.posting.sealed(text(bench, "x", 7, person)))
        ming = bench.api.member("XiaoMing")
        for key in ("checkins", "me"):
            await ming.clicks(key)
        await bench.api.posting.settled()

    assert sorted(bench.echo.heard) == [
        ("lisi", "x"),
        ("xiaoming", "checkins"),
        ("xiaoming", "me"),
        ("zhangsan", "x"),
    ]


async def test_a_late_answer_is_sent_by_a_call():
    """After four seconds the answer is empty, and the reply follows; nothing is said twice."""
    async with Bench.open(answer=0.0, close=5.0) as bench:
        ming = bench.api.member("XiaoMing")
        await ming.says("早")
        seen = await ming.hears()
        await bench.api.posting.settled()

    assert seen.text == "早"
    assert bench.api.posting.answers == [(200, b"")]
    assert len(bench.api.called("message/send")) == 1


async def test_a_late_press_changes_the_card_by_its_code():
    """A code serves once."""
    async with Bench.open(answer=0.0, close=5.0) as bench:
        ming = bench.api.member("XiaoMing")
        ming.sees(Seen("card", (("go", "done well"),)))
        ming.inbox.clear()
        await ming.presses("go")
        seen = await ming.hears()

    assert seen == Seen("done well", changed=True)
    assert bench.api.codes == {}


async def test_nothing_durable_closes_the_connection():
    """No answer at all, so WeCom posts again; the run goes on, and is not begun anew."""
    async with Bench.open(close=0.05) as bench:
        gate = bench.echo.hold("x")
        ming = bench.api.member("XiaoMing")
        await ming.says("x")
        await bench.api.until(lambda: len(bench.api.posting.answers) == 3)
        gate.set()
        seen = await ming.hears()

    assert bench.api.posting.answers == [(0, b"")] * 3
    assert (seen.text, bench.echo.heard) == ("x", [("xiaoming", "x")])


async def test_an_absent_database_is_tried_again_while_wecom_waits():
    """The member does not notice."""
    async with Bench.open() as bench:
        bench.echo.faults = [Away(), Away()]
        ming = bench.api.member("XiaoMing")
        await ming.says("x")
        seen = await ming.hears()

    assert seen.text == "x"
    assert bench.pauses == [1.0, 1.0]


async def test_a_database_that_stays_away_closes_the_connection():
    """Three times, and then it is over; the next message is answered."""
    async with Bench.open(tries=1) as bench:
        bench.echo.faults = [Away(), Away(), Away()]
        ming = bench.api.member("XiaoMing")
        await ming.says("x")
        await bench.api.posting.settled()
        assert bench.api.posting.answers == [(0, b"")] * 3
        await ming.says("y")
        assert (await ming.hears()).text == "y"


async def test_a_fault_of_ours_does_not_end_the_channel(caplog):
    """It is logged, and the next message is answered."""
    async with Bench.open() as bench:
        bench.echo.faults = [RuntimeError("canary")]
        ming = bench.api.member("XiaoMing")
        await ming.says("x")
        await bench.api.posting.settled()
        await ming.says("y")
        assert (await ming.hears()).text == "y"

    assert "canary" in caplog.text
    caplog.clear()


async def test_without_the_api_buttons_are_numbered():
    """Away, or refused: whoever writes is answered all the same."""
    async with Bench.open() as bench:
        bench.api.fail("agent/get", HTML)
        bench.looking.set()
        await bench.until(lambda: bench.channel.state == "away")
        ming = bench.api.member("XiaoMing")
        await ming.says("2 签到成功")
        seen = await ming.hears()
        await ming.says("2")
        chosen = await ming.hears()

    assert seen.text == "签到成功\n\n回复数字：\n1 button 1\n2 button 2"
    assert chosen.text == "pressed2"


async def test_a_members_quota_is_never_overdrawn():
    """Forty cards in a minute: thirty at most by calls, the others in the answers."""
    async with Bench.open() as bench:
        ming = bench.api.member("XiaoMing")
        for turn in range(40):
            await ming.says(f"1 card {turn}")
            assert (await ming.hears()).text.startswith(f"card {turn}")

    assert bench.api.dropped == []
    assert 20 <= len(bench.api.called("message/send")) <= 30


async def test_nothing_secret_is_logged(caplog):
    """Neither keys nor tokens nor what members write."""
    caplog.set_level("DEBUG")
    async with Bench.open() as bench:
        ming = bench.api.member("XiaoMing")
        await ming.says("2 canary-words")
        await ming.hears()
        bench.api.invalidate()
        await ming.says("3 more")
        await ming.hears()

    assert "canary" not in caplog.text
