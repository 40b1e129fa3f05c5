"""Those a broadcast did not reach are rung up, and each outcome is noted."""

import pytest

from bot.messages import Fate, Receipt
from bot.rules.rights import Duty, Role
from storage import audit, broadcasts, roles
from tests import telegram_chats as chats
from tests.broadcasting import card, crowd, organiser, send, staff, working
from tests.push import Worker

BLOCKED = Receipt(Fate.GONE, reason=chats.BLOCKED)


@pytest.fixture
async def missed(chat):
    """A broadcast to thirty people, of whom five have blocked the bot."""
    li = await organiser(chat)
    people = await crowd(chat, 30)
    worker = await working(chat, chat.clock)
    written = await send(li)
    worker.platform.answers = [BLOCKED] * 5
    await worker.rings()
    chat.clock.ahead(minutes=1)
    await worker.rings()
    gone = [person for person in people if not await person.reachable()]
    assert len(gone) == 5
    return li, written, gone


async def test_the_list_is_exactly_those_not_reached(chat, missed):
    """By name where there is one, and by card number."""
    li, written, gone = missed
    await gone[0].taps("settings")
    numbers = {await card(person) for person in gone}
    await li.taps(f"broadcasts.open:{written}")

    reply = await li.taps(li.button("没收到的 5 人：打电话"))

    lines = reply.params["lines"].phrases
    assert {line.params["who"].params["number"] for line in lines} == numbers
    assert {line.params["why"].key for line in lines} == {"calls.why_gone"}


async def test_an_outcome_is_noted_with_its_time_and_by_whom(chat, missed):
    """Again with another outcome, the last one counts; each is a line of the audit."""
    li, written, gone = missed
    number = await card(gone[0])
    await li.taps(f"calls:{written}")
    await li.taps(f"calls.one:{written}:{number}:0")
    await li.taps(li.button("没打通"))
    await li.taps(f"calls.one:{written}:{number}:0")

    reply = await li.taps(li.button("已电话通知"))

    line = next(
        each
        for each in reply.params["lines"].phrases
        if each.params["who"].params["number"] == number
    )
    assert line.params["outcome"].params["outcome"].key == "calls.outcome_told"
    assert line.params["outcome"].params["at"] == chat.clock.now()
    async with chat.database.reading() as db:
        noted = await audit.newest(db, chat.campaign_id, offset=0, limit=9, act="call_noted")
    assert [each.details["outcome"] for each in noted] == ["told", "nobody"]


async def test_six_stand_on_a_page(chat):
    """Eight take two pages; a tap on the second leads back to it."""
    li = await organiser(chat)
    await crowd(chat, 8)
    worker = await working(chat, chat.clock)
    written = await send(li)
    worker.platform.answers = [BLOCKED] * 8
    await worker.rings()

    first = await li.taps(f"calls:{written}")
    second = await li.taps(f"calls:{written}:1")
    number = second.params["lines"].phrases[0].params["who"].params["number"]
    after = await li.taps(f"calls.note:{written}:{number}:told:1")

    assert (first.params["count"], len(first.params["lines"].phrases)) == (8, 6)
    assert (after.params["page"], len(after.params["lines"].phrases)) == (2, 2)


async def test_only_who_is_on_the_list_is_noted(chat, missed):
    """Neither somebody who was reached nor a made-up number or outcome."""
    li, written, gone = missed
    number = await card(gone[0])
    own = await card(li)

    for forged in (own, "22222222", "", "x"):
        assert (await li.taps(f"calls.one:{written}:{forged}:0")).key == "calls.not_listed"
        assert (await li.taps(f"calls.note:{written}:{forged}:told:0")).key == "calls.not_listed"
    assert (await li.taps(f"calls.note:{written}:{number}:x:0")).key == "broadcasts.unknown"


async def test_the_list_is_for_those_in_charge(chat, missed):
    """Another organiser sees nobody, staff see it; a revoked author sees nobody any more."""
    li, written, _ = missed
    boss = chat.person("owner")
    jin = await organiser(chat, "jinze", by=boss)

    assert (await jin.taps(f"calls:{written}")).key == "errors.not_yours"
    assert (await boss.taps(f"calls:{written}")).key == "calls.text"
    code = (await boss.says("/grant 金泽镇")).params["code"]
    await li.says(f"/role {code}")
    async with chat.database.transaction() as db:
        lost = [Duty(Role.UNIT, "zhujiajiao")]
        await roles.revoke(db, chat.campaign_id, await li.id(), which=lost)
    assert (await li.taps(f"calls:{written}")).key == "errors.not_yours"


async def test_who_left_is_not_called(chat, missed):
    """Erased or paused people stand on no list."""
    li, written, gone = missed
    await gone[0].says("/forget")
    await gone[0].taps(gone[0].button("暂停参加"))

    assert (await li.taps(f"calls:{written}")).params["count"] == 4


async def test_the_export_reads_the_same_people(chat, missed):
    """`storage.broadcasts.unreached` gives all of them, with what came of the calls."""
    li, written, gone = missed
    number = await card(gone[0])
    await li.taps(f"calls.note:{written}:{number}:wrong:0")

    async with chat.database.reading() as db:
        found = await broadcasts.of(db, chat.campaign_id, int(written))
        listed = await broadcasts.unreached(db, found)

    assert [each.outcome for each in listed if each.number == number] == ["wrong"]
    assert {each.citizen for each in listed} == {await person.id() for person in gone}


async def test_nobody_to_call(chat):
    """Everybody was reached: there is no button, and an empty list says so."""
    _, hua = await staff(chat)
    await crowd(chat, 1)
    written = await send(hua, to="units:zhujiajiao")
    worker = Worker(chat)
    await worker.rings()

    assert (await hua.taps(f"calls:{written}")).key == "calls.none"
