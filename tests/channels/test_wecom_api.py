"""The client of WeCom's API against the emulated one: tokens, refusals, lost answers, limits."""

import asyncio
import json
import logging

import pytest

from bot.channels.wecom import fates
from bot.channels.wecom.fates import ApiError, Flooded, NotSent, Unsure, fate
from bot.channels.wecom.show import Said
from bot.messages import Document, Fate, Pressable, Rendered
from tests.wecom_api import refuse
from tests.wecom_bench import Bench
from tests.wecom_members import CLOSE_AFTER, CLOSE_BEFORE, HTML, HTML_AFTER, Fault, Seen

TEXT = {"msgtype": "text", "text": {"content": "+5"}}
BROKEN = Fault('{"errcode": 0, "errm')
LIST, NUMBER = Fault("[]"), Fault('"ok"')


@pytest.fixture
async def bench():
    """An emulated WeCom and the channel on it."""
    async with Bench.open() as bench:
        yield bench


async def send(bench, *members, **more):
    """Send a text."""
    return await bench.channel.api.send(TEXT, members or ("ming",), **more)


async def test_a_text_reaches_its_members(bench):
    """Up to a thousand in one call; WeCom names its message."""
    people = [bench.api.member(f"m{n}") for n in range(1000)]

    sent = await send(bench, *(person.id for person in people))

    assert sent.ref
    assert not sent.gone
    assert {len(person.inbox) for person in people} == {1}
    for wrong in ([], ["x"] * 1001):
        with pytest.raises(ValueError, match="members"):
            await bench.channel.api.send(TEXT, wrong)


async def test_who_is_not_reached_is_named(bench):
    """`invaliduser` stands in an answer that says 0."""
    bench.api.member("Ming")

    sent = await send(bench, "ming", "LiSi", "wang")

    assert sent.gone == {"lisi", "wang"}
    with pytest.raises(ApiError) as nobody:
        await send(bench, "lisi")
    assert fate(nobody.value) is fates.Fate.GONE


@pytest.mark.parametrize("code", [40014, 42001, 41001])
async def test_a_token_that_ran_out_is_renewed_once(bench, code):
    """And the call is made again."""
    ming = bench.api.member("ming")
    bench.api.fail("message/send", refuse(code))

    await send(bench)

    assert len(ming.inbox) == 1
    bench.api.fail("message/send", refuse(code), refuse(code))
    with pytest.raises(ApiError, match=str(code)):
        await send(bench)


async def test_twenty_sends_with_an_ended_token_fetch_one(bench):
    """Each is tried once more, and each arrives."""
    ming, before = bench.api.member("ming"), len(bench.api.called("gettoken"))
    bench.api.invalidate()

    await asyncio.gather(*(send(bench) for _ in range(20)))

    assert len(ming.inbox) == 20
    assert len(bench.api.called("gettoken")) == before + 1


async def test_processes_share_the_token(bench):
    """A second one takes the kept token; when it ran out, one fetches and the other finds it."""
    other, before = bench.another(), len(bench.api.called("gettoken"))
    bench.api.member("ming")
    async with other.api:
        await other.api.send(TEXT, ["ming"])
        assert len(bench.api.called("gettoken")) == before
        bench.api.invalidate()
        await send(bench)
        await other.api.send(TEXT, ["ming"])

    assert len(bench.api.called("gettoken")) == before + 1


async def test_a_token_is_renewed_before_it_ends(bench):
    """Five minutes early."""
    bench.api.member("ming")
    before = len(bench.api.called("gettoken"))
    bench.clock.ahead(6890)
    await send(bench)
    assert len(bench.api.called("gettoken")) == before
    bench.clock.ahead(20)
    await send(bench)

    assert len(bench.api.called("gettoken")) == before + 1


async def test_a_failed_fetch_is_shared(bench):
    """Those who waited do not each try again."""
    before = len(bench.api.called("gettoken"))
    bench.api.invalidate()
    bench.kept.token = None
    bench.api.fail("gettoken", refuse(40001), *[refuse(40001)] * 20)

    met = await asyncio.gather(*(send(bench) for _ in range(10)), return_exceptions=True)

    assert {type(error) for error in met} == {ApiError}
    assert len(bench.api.called("gettoken")) <= before + 2


@pytest.mark.parametrize(
    ("faults", "surely", "arrived", "error"),
    [
        ([refuse(-1)], False, 1, None),
        ([refuse(-1)] * 3, False, 0, ApiError),
        ([HTML], False, 0, Unsure),
        ([HTML], True, 1, None),
        ([HTML_AFTER], False, 1, Unsure),
        ([HTML_AFTER], True, 1, None),
        ([CLOSE_BEFORE], True, 1, None),
        ([CLOSE_AFTER], True, 1, None),
        ([CLOSE_AFTER], False, 1, Unsure),
        ([CLOSE_AFTER] * 3, True, 1, Unsure),
        ([BROKEN], False, 0, Unsure),
        ([LIST], False, 0, Unsure),
        ([NUMBER], False, 0, Unsure),
        ([refuse(45033)], False, 1, None),
        ([refuse(45009)], True, 0, Flooded),
        ([refuse(60020)], True, 0, ApiError),
        ([refuse(44004)], True, 0, ApiError),
    ],
)
async def test_what_becomes_of_a_message(bench, faults, surely, arrived, error):
    """A lost answer is asked for again only where WeCom drops what it has had: never twice."""
    ming = bench.api.member("ming")
    bench.api.fail("message/send", *faults)
    card = {"card_type": "button_interaction", "task_id": "t", "sub_title_text": "x"}
    card["button_list"] = [{"text": "a", "key": "b"}]
    content = {"msgtype": "template_card", "template_card": card}

    met = None
    try:
        await bench.channel.api.send(content, ["ming"], surely=surely)
    except ApiError as raised:
        met = type(raised)

    assert (len(ming.inbox), met) == (arrived, error)


async def test_over_the_frequency_a_method_is_left_alone(bench):
    """For a minute nothing is even asked; other methods go on."""
    bench.api.member("ming")
    bench.api.fail("message/send", refuse(45009))
    for _ in range(2):
        with pytest.raises(Flooded) as met:
            await send(bench)
    assert 0 < met.value.seconds <= 60
    assert len(bench.api.called("message/send")) == 1

    await bench.channel.api.call("agent/get", agentid=1_000_002)
    bench.clock.ahead(61)
    await send(bench)
    assert len(bench.api.called("message/send")) == 2


async def test_an_api_that_is_not_there(bench):
    """Nothing can have been sent; the state says so, once."""
    bench.channel.api.corp = bench.channel.api.corp.__class__(
        "ww", 1, "canary", "http://127.0.0.1:9"
    )
    bench.kept.token = None
    with pytest.raises(NotSent):
        await bench.channel.api.bare("gettoken")


async def test_a_hanging_api_ends_in_doubt(bench, monkeypatch):
    """It may have taken the message."""
    monkeypatch.setattr("bot.channels.wecom.client.TOTAL_SECONDS", 0.05)
    bench.api.member("ming")
    bench.api.fail("message/send", Fault(hang=True))

    with pytest.raises(Unsure):
        await send(bench)


async def test_a_file_is_uploaded_once_in_three_days(bench):
    """And again when WeCom has forgotten it."""
    ming = bench.api.member("ming")
    file = Rendered("here", document=Document("华新镇总结.json", b'{"a": 1}', "t"))
    for _ in range(2):
        await bench.channel.push("ming", file)
    assert [each["filename"] for each in bench.api.called("media/upload")] == ["华新镇总结.json"]
    bench.api.media.clear()
    await bench.channel.push("ming", file)

    assert len(bench.api.called("media/upload")) == 2
    assert [seen.text for seen in ming.history[1::2]] == ["[file: 8 bytes]"] * 3


async def test_pictures_go_as_pictures_and_come_back(bench):
    """Up to ten megabytes; what a member sent is fetched by its id."""
    ming = bench.api.member("ming")
    picture = Document("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "t")
    await bench.channel.push("ming", Rendered("look", document=picture))

    assert ming.history[1].text.startswith("[image")
    assert await bench.channel.fetch("media1") == picture.content


async def receipts(bench, members, rendered, **more):
    """Push to many; return what became of each."""
    return [each.fate for each in await bench.channel.send_all(members, rendered, **more)]


async def test_one_call_for_a_thousand(bench):
    """Who left is gone, the others were sent; two thousand are two calls."""
    people = [bench.api.member(f"m{n}").id for n in range(1999)]

    met = await receipts(bench, [*people, "nobody"], Rendered("news"))

    assert met == [Fate.SENT] * 1999 + [Fate.GONE]
    assert len(bench.api.called("message/send")) == 2


async def test_everybody_gone_is_said_of_each(bench):
    """81013 concerns those it was for, not the app."""
    assert await receipts(bench, ["a", "b"], Rendered("x")) == [Fate.GONE, Fate.GONE]
    assert bench.channel.state == "up"


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        (refuse(45009), Fate.LATER),
        (refuse(45002), Fate.FAILED),
        (CLOSE_BEFORE, Fate.SENT),
        (CLOSE_AFTER, Fate.SENT),
        (refuse(-1), Fate.SENT),
    ],
)
async def test_a_push_is_accounted_for(bench, fault, met):
    """Whatever WeCom answers."""
    ming = bench.api.member("ming")
    bench.api.fail("message/send", fault)

    card = Rendered("news", ((Pressable("off", "notices.off:live"),),))
    assert await receipts(bench, ["ming"], card) == [met]
    assert len(ming.inbox) == (met is Fate.SENT)


async def test_three_lost_answers_leave_it_uncertain(bench):
    """It arrived once, and nobody sends it again."""
    ming = bench.api.member("ming")
    bench.api.fail("message/send", *[CLOSE_AFTER] * 3)

    assert await receipts(bench, ["ming"], Rendered("news")) == [Fate.UNCERTAIN]
    assert len(ming.inbox) == 1


async def test_a_members_minute_is_kept_and_some_left_for_replies(bench):
    """What would be dropped without a word waits instead."""
    ming, met = bench.api.member("ming"), []
    for turn in range(40):
        met += await bench.channel.send_all(["ming"], Rendered(f"news {turn}"))
        bench.clock.ahead(0.1)

    sent = sum(each.fate is Fate.SENT for each in met)
    assert sent == len(ming.inbox) == 18
    assert {each.fate for each in met[18:]} == {Fate.LATER}
    assert 0 < met[-1].seconds <= 60
    bench.clock.ahead(60)
    assert await receipts(bench, ["ming"], Rendered("the next")) == [Fate.SENT]
    assert bench.api.dropped == []


async def test_the_days_budget_is_kept():
    """Counted in people before sending; the reason names how many are missing."""
    async with Bench.open(accounts=1) as bench:
        bench.channel.limits.budget.spend(197, bench.clock.now.date())
        people = [bench.api.member(f"m{n}").id for n in range(5)]

        met = await bench.channel.send_all(people, Rendered("x"))

        assert [each.fate for each in met] == [Fate.SENT] * 3 + [Fate.LATER] * 2
        assert "2 missing" in met[-1].reason
        today = bench.clock.now.date()
        assert bench.channel.room(Rendered("x"), today) == 0
        bench.clock.ahead(86_400)
        assert await receipts(bench, people[3:], Rendered("x")) == [Fate.SENT] * 2
        today = bench.clock.now.date()
        assert bench.channel.room(Rendered("x"), today) == 198
        assert bench.channel.room(Rendered("好" * 700), today) == 99
        assert bench.another().room(Rendered("x"), today) == 200


async def test_without_accounts_there_is_no_days_budget(bench):
    """Nothing is known of it, so nothing is said."""
    assert bench.channel.room(Rendered("x"), bench.clock.now.date()) is None


async def test_full_and_half_hours_are_left_to_others(bench):
    """Something for many waits a minute; for a few it does not."""
    people = [bench.api.member(f"m{n}").id for n in range(100)]
    bench.clock.ahead(20 * 60 + 5)  # 09:30:05

    met = await bench.channel.send_all(people, Rendered("x"))
    assert {(each.fate, each.seconds) for each in met} == {(Fate.LATER, 55.0)}
    assert await receipts(bench, people[:99], Rendered("x")) == [Fate.SENT] * 99
    bench.clock.ahead(55)
    assert set(await receipts(bench, people, Rendered("x"))) == {Fate.SENT}


async def test_a_long_push_arrives_in_parts(bench):
    """It counts by its first; a list of many buttons is remembered for each."""
    ming = bench.api.member("ming")
    buttons = tuple((Pressable(f"b{n}", f"t{n}"),) for n in range(7))

    assert await receipts(bench, ["ming"], Rendered("好" * 1000, buttons)) == [Fate.SENT]

    assert len(ming.inbox) == 2
    assert await bench.channel.offers.find("ming", 7) == "t6"


async def test_the_menu_is_set_when_it_differs(bench):
    """Three buttons, within WeCom's bytes; a second start leaves it."""
    assert [button["name"] for button in bench.api.menu["button"]] == ["签到", "读书", "我的"]
    async with bench.another().api:
        pass
    other = bench.another()
    running = asyncio.ensure_future(other.run())  # noqa: TID251 - cancelled below
    await bench.until(lambda: other.state == "up")
    running.cancel()
    assert len(bench.api.called("menu/create")) == 1


async def test_a_refused_app_says_so_once_and_comes_back(caplog):
    """An address that is not trusted, until somebody adds it."""
    async with Bench.open() as bench:
        bench.api.fail("agent/get", refuse(60020))
        bench.looking.set()
        await bench.until(lambda: bench.channel.state.startswith("refused"))
        assert "canary" not in bench.channel.state
        bench.looking.set()
        await bench.until(lambda: bench.channel.state == "up")

    assert sum(r.levelno == logging.ERROR for r in caplog.records) == 1
    caplog.clear()


def test_every_code_of_the_table_has_its_fate():
    """Who is left alone, who is stopped, what is wrong with the content."""
    table = {
        -1: "BUSY", 40014: "TOKEN", 42001: "TOKEN", 41001: "TOKEN", 40001: "STOPPED",
        40013: "STOPPED", 45009: "FLOODED", 45033: "FLOODED", 60020: "STOPPED", 81013: "GONE",
        82001: "WRONG", 60011: "GONE", 60111: "GONE", 40003: "GONE", 46004: "GONE",
        40056: "STOPPED", 301002: "STOPPED", 50003: "STOPPED", 48002: "STOPPED", 44004: "WRONG",
        45002: "WRONG", 40058: "WRONG", 45008: "WRONG", 40007: "MEDIA", 93000: "GONE",
    }  # fmt: skip

    assert {code: fate(fates.met(code, "x")).name for code in table} == table
    assert set(fates.MEANING) == set(fates.Fate)


async def test_half_characters_do_not_break_a_message(bench):
    """They are replaced."""
    ming = bench.api.member("ming")
    await bench.channel.say("ming", [Said("a\ud800b")])

    assert ming.history == [Seen("a\ufffdb")]
    assert json.dumps(ming.history[0].text)
