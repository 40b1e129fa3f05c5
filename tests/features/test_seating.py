"""Seats, looked at by who has none."""

import pytest

from tests import shop
from tests.features.test_family import seated
from tests.features.test_linking import answer, code, joined, sound

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
    await sound(chat)


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
    await sound(chat)
