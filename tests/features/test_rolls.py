"""点名: the roll of a group, one message edited in place, each member in once."""

import asyncio
from datetime import date

import pytest

from storage import rolls, units
from storage.units import Unit
from tests.duties import appoint
from tests.features.test_groups import acts, binds

TEAM = Unit("k3m2p9qa", units.TEAM, "古镇读书会", "Old Town Readers", town="zhujiajiao")


@pytest.fixture
async def mei(chat, boss):
    """Bring the organiser of 朱家角镇 in, whose group is bound."""
    mei = await appoint(chat, "mei", "zhujiajiao", by=boss)
    await binds(mei)
    return mei


def called(person):
    """Return the number of the roll call somebody was just shown."""
    return person.button("看最新").partition(":")[2]


async def test_members_tap_themselves_in_and_the_message_is_edited(chat, mei):
    """Each is paid once as the day's check-in; names only of those who show theirs; a guest too."""
    li = await chat.join("li", town="zhujiajiao")
    await li.taps("settings.rename")
    await li.says("李阿姨")
    await li.taps("settings.board:on")
    wang, guest = await chat.join("wang", town="zhujiajiao"), await chat.join("guest")
    for person in (li, wang, guest):
        person.enters()

    opened = await mei.says("点名")
    assert (opened.key, opened.shared, opened.params["own"]) == ("rolls.open", False, 0)
    here = mei.button("我到了")
    came = await li.taps(here)
    assert (came.key, came.shared, came.replaces) == ("rolls.open", True, True)
    assert "李阿姨签到成功，+5 分（今日 5/5）" in li.rendered.text
    again = await li.taps(here)
    assert again.params["last"].key == "rolls.already"
    await wang.taps(here)
    assert "一位书友签到成功" in wang.rendered.text
    last = await guest.taps(here)
    assert "已到 <b>2</b> 人，另有客人 1 位：李阿姨" in guest.rendered.text
    assert (last.params["own"], [await each.points() for each in (li, wang, guest)]) == (2, [5] * 3)
    # Who checked in before, in private, is on the list and not paid again.
    await mei.leaves().taps("checkins")
    tapped = await mei.enters().taps(here)
    assert (tapped.params["own"], tapped.params["last"].key) == (2, "rolls.already")
    assert await mei.points() == 5
    assert (await li.leaves().taps("checkins")).key == "checkins.already"
    assert await chat.broken() == {}


async def test_a_second_roll_is_the_same_one_and_closing_ends_it(chat, clock, mei):
    """Again on one day goes on with it, closed or not; another day has its own."""
    li = (await chat.join("li", town="zhujiajiao")).enters()
    await mei.says("/roll")
    first = mei.button("我到了")
    await li.taps(first)
    assert (await li.taps(mei.button("结束点名（组织者）"))).key == "errors.not_allowed"
    assert (await mei.says("/roll")).params["own"] == 1
    assert mei.button("我到了") == first
    closed = await mei.taps(mei.button("结束点名（组织者）"))
    assert (closed.key, closed.buttons, closed.shared) == ("rolls.closed", (), True)
    assert (await li.taps(first)).key == "rolls.closed_already"
    assert (await mei.says("/roll")).key == "rolls.open"
    assert (await li.taps(f"rolls.look:{called(mei)}")).params["own"] == 1
    assert (await acts(chat))[-3:] == ["roll_called", "roll_closed", "roll_called"]
    clock.ahead(days=1)
    assert (await li.taps(first)).key == "rolls.another_day"
    assert (await mei.says("/roll")).params["own"] == 0
    assert mei.button("我到了") != first


async def test_who_may_not_is_told_why(chat, boss, mei):
    """No unit, no right, another group, private, a number said aloud, strangers, the young."""
    jin = (await appoint(chat, "jin", "jinze", by=boss)).enters()
    citizen = (await chat.join("citizen")).enters()
    stranger = chat.person("stranger").enters()
    young = chat.person("7", "telegram")
    await young.taps("start.young")
    await mei.says("/roll")
    here = mei.button("我到了")

    replies = [
        await citizen.says("/roll"),
        await jin.says("/roll"),
        await mei.says("/roll 2A3B4C5D"),
        await mei.enters("-200").says("/roll"),
        await stranger.taps(here),
        await young.enters().taps(here),
        await citizen.enters("-200").taps(here),
        await citizen.leaves().taps(here),
        await citizen.enters().taps("rolls.in:999999"),
    ]

    assert [reply.key for reply in replies] == [
        "errors.not_allowed", "errors.not_yours", "errors.in_private", "rolls.unbound",
        "start.private", "rolls.gone", "rolls.gone", "rolls.gone", "rolls.gone",
    ]  # fmt: skip
    assert await citizen.points() == 0


async def test_a_group_that_moved_to_another_unit_ends_its_roll(chat, boss, mei):
    """Whose team or unit the group is no more calls anew, and nobody is booked by the old one."""
    async with chat.database.transaction() as db:
        await units.put(db, chat.campaign_id, [TEAM])
    li = (await chat.join("li", town="zhujiajiao")).enters()
    await mei.says("/roll")
    here = mei.button("我到了")
    await mei.says("/bind")
    await mei.taps(mei.button("解绑本群"))
    await mei.taps(mei.button("确认"))
    assert (await li.taps(here)).key == "rolls.moved"
    assert (await mei.says("/roll")).key == "rolls.unbound"
    lao = await appoint(chat, "lao", "k3m2p9qa", by=boss)
    await binds(lao)
    assert (await mei.says("/roll")).key == "errors.not_yours"
    assert (await lao.says("/roll")).key == "rolls.open"
    assert lao.button("我到了") != here
    assert (await li.taps(here)).key == "rolls.moved"
    assert await li.points() == 0


async def test_a_crowd_at_once(chat, mei, clock):
    """Everybody taps in the same moment, some twice; each is paid and listed once."""
    people = [(await chat.join(f"p{n}", town="zhujiajiao")).enters() for n in range(8)]
    await mei.says("/roll")
    here, number = mei.button("我到了"), called(mei)
    await asyncio.gather(*(each.taps(here) for each in (*people, *people)))
    assert (await mei.taps(f"rolls.look:{number}")).params["own"] == 8
    assert {await each.points() for each in people} == {5}
    # After phase 1 nothing scores, and it says so; after the campaign there is no roll.
    clock.set("2022-10-10T09:00:00+08:00")
    await mei.says("/roll")
    unscored = await people[0].taps(mei.button("我到了"))
    assert unscored.params["last"].key == "rolls.unscored"
    clock.set("2022-11-05T09:00:00+08:00")
    assert (await mei.says("/roll")).key == "errors.over"
    async with chat.database.transaction() as db:
        await rolls.purge(db, date(2022, 10, 10))
        assert await rolls.of(db, chat.campaign_id, int(number)) is None
        assert await rolls.of(db, chat.campaign_id, int(number) + 1) is not None


async def test_in_english_too(chat, mei):
    """Who speaks English reads English."""
    mei.language = "en"
    await mei.says("/roll")
    assert "Roll call" in mei.rendered.text
    await mei.taps(mei.button("I am here"))
    assert "A guest checked in, +5 (today 5/5)" in mei.rendered.text
