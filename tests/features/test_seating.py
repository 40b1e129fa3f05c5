"""Seats, looked at by who has none."""

import pytest

from storage import seats
from tests import shop
from tests.duties import owner
from tests.features.test_family import seated
from tests.features.test_linking import answer, code, joined

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@SQLITE
async def test_two_of_a_family_are_not_one_person_and_seats_go_along(chat, clock):
    """A reader is not their holder; who is linked brings whom they hold, and gets them back."""
    ming, far = await chat.join("ming"), chat.person("far", "wecom")
    await joined(ming, far, key="linking.done_new")
    me = await ming.id()
    granny = await seated(ming, "奶奶")
    await ming.taps(f"family.be:{granny}")
    assert await answer(ming, far) == "linking.family"
    other = await chat.join("other")
    typed = await code(other)
    assert (await ming.says(f"/link {typed}")).key == "linking.as_reader"
    await ming.taps(f"family.be:{me}")
    await far.taps(f"family.be:{granny}")
    assert str(await far.id()) == granny
    await far.taps("checkins")
    clock.ahead(days=1)
    new = await chat.join("new")
    child = await seated(new, "小宝", "child")
    await joined(ming, new)
    assert await new.id() == me
    listed = await new.says("家人")
    assert listed.params["count"] == 3
    await new.taps(f"family.be:{child}")
    assert (await new.taps("checkins")).reader == "小宝"
    assert await chat.broken() == {}


@SQLITE
async def test_what_one_reader_saw_another_does_not_buy(chat):
    """A confirming button is of the reader who saw the preview, at the till as well."""
    ming = await shop.rich(chat, "ming", 12, by=await (await chat.join("boss")).id())
    me = await ming.id()
    granny = await seated(ming, "奶奶")
    await ming.taps(f"rewards.one:{await shop.offer(chat)}")
    confirm = ming.button("确认")
    await ming.taps(f"family.be:{granny}")
    assert (await ming.taps(confirm)).key == "family.other_reader"
    await ming.taps(f"family.be:{me}")
    bought = await ming.taps(confirm)
    assert bought.key == "rewards.bought"
    assert (await ming.has()).balance == 7
    assert await chat.broken() == {}


@SQLITE
async def test_a_seat_that_ended_by_a_link_comes_back_only_where_there_is_room(chat, clock):
    """Granny gets a phone, her place is given away; undoing makes no sixth reader."""
    boss = await owner(chat)
    ming, phone = await chat.join("ming"), chat.person("phone", "wecom")
    me = await ming.id()
    granny = await seated(ming, "奶奶")
    for name in ("爷爷", "姑姑", "小宝"):
        await seated(ming, name, "child" if name == "小宝" else "adult")
    await ming.taps(f"family.be:{granny}")
    _, told = await joined(ming, phone, key="linking.done_new")
    await ming.taps(f"family.be:{me}")
    assert str(await phone.id()) == granny
    uncle = await seated(ming, "叔叔")
    clock.ahead(minutes=1)

    asked = await boss.says(f"/unlink {told.params['number']}")
    assert asked.key == "unlinking.family_full", asked
    assert str(await phone.id()) == granny
    await ming.taps(f"seating.leave:{uncle}")
    await ming.taps(ming.button("确认"))
    await boss.says(f"/unlink {told.params['number']}")
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done_account"
    assert (await ming.says("家人")).params["count"] == 5
    assert await chat.broken() == {}


@SQLITE
async def test_guardians_hold_their_own_child_again_after_an_undone_link(chat, clock):
    """Two children were taken for one: their guardian never acts for the other one after it."""
    boss = await owner(chat)
    kid = chat.person("kid", "wecom")
    await kid.taps("start.guardian")
    await kid.taps("start.town:xiayang")
    clock.ahead(days=1)
    ming = await chat.join("ming")
    child = await seated(ming, "小宝", "child")
    await ming.taps(f"family.be:{child}")
    _, told = await joined(ming, kid)
    await ming.taps(f"family.be:{await kid.id()}")
    assert await ming.id() == await kid.id()  # one child, on two phones
    assert await chat.broken() == {}

    await boss.says(f"/unlink {told.params['number']}")
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done"
    assert await chat.broken() == {}
    await ming.taps(f"family.be:{child}")
    assert str(await ming.id()) == child != str(await kid.id())
    async with chat.database.reading() as db:
        assert await seats.holders(db, await kid.id()) == []


@SQLITE
async def test_who_held_somebody_may_become_them(chat, clock):
    """Granny got a phone and is the elder member by now: nobody's old seat is on themselves."""
    boss, ming, phone = await owner(chat), await chat.join("ming"), chat.person("phone", "wecom")
    granny = await seated(ming, "奶奶")
    await ming.taps(f"family.be:{granny}")
    await joined(ming, phone, key="linking.done_new")
    await ming.says("/forget")
    await ming.taps(ming.button("暂停参加"))
    clock.ahead(minutes=1)
    await ming.taps("start.agree")

    _, told = await joined(phone, ming)

    assert str(await ming.id()) == granny
    assert await chat.broken() == {}
    await boss.says(f"/unlink {told.params['goes']}")
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done"
    assert await chat.broken() == {}
