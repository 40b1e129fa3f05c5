"""代签: the organiser ticks who has no phone; twice, at once, without the right, of elsewhere."""

import asyncio

import pytest

from tests import carded
from tests.features.test_groups import acts
from tests.features.test_rolls import called, mei  # noqa: F401 - a fixture


async def card(person):
    """Return somebody's card number."""
    reply = await person.leaves().says("我的")
    return reply.params["number"].replace("-", "")


async def ticks(organiser, number):
    """Tick somebody by card number, in private."""
    await organiser.leaves().says("点名")
    await organiser.taps(next(b.tap for row in organiser.rendered.buttons for b in row))
    return await organiser.says(number)


async def test_a_reader_without_a_phone_is_ticked(chat, mei):  # noqa: F811
    """Previewed, confirmed, paid as the check-in; told; the next number may follow at once."""
    li, wang = [await chat.join(name, town="zhujiajiao") for name in ("li", "wang")]
    number, other = [await card(each) for each in (li, wang)]
    assert (await mei.leaves().says("点名")).key == "rolls.none"
    await mei.enters().says("点名")
    roll = called(mei)

    preview = await ticks(mei, number.lower())
    assert (preview.key, preview.params["number"]) == ("ticking.preview", number)
    assert await li.points() == 0
    target = mei.button("确认")
    done = await mei.taps(target)
    assert (done.key, done.params["count"], done.params["ticked"]) == ("ticking.done", 1, 1)
    assert "+5 分（今日 5/5）" in mei.rendered.text
    assert await li.points() == 5
    assert (await acts(chat))[-1] == "roll_ticked"
    assert (await mei.taps(target)).key == "ticking.done"
    assert (await mei.says(number)).key == "ticking.noted"
    # Who checked in already is on the list, unpaid; who was ticked taps in for nothing.
    await wang.taps("checkins")
    await mei.says(other)
    assert (await mei.taps(mei.button("确认"))).params["count"] == 2
    assert (await li.enters().taps(f"rolls.in:{roll}")).params["last"].key == "rolls.already"
    assert [await li.points(), await wang.points()] == [5, 5]
    shown = await mei.enters().taps(f"rolls.look:{roll}")
    assert (shown.params["own"], shown.params["ticked"].params["count"]) == (2, 2)
    assert await chat.broken() == {}


async def test_who_may_not_be_ticked(chat, mei, boss):  # noqa: F811
    """Not of the unit, no such number, a typo, oneself, closed, another day, the right gone."""
    li, foreign = await chat.join("li", town="zhujiajiao"), await chat.join("foreign")
    number = await card(li)
    strange = await card(foreign)
    own = await card(mei)
    await mei.enters().says("点名")
    roll = called(mei)

    replies = [await ticks(mei, each) for each in (strange, "22222222", "2A3B4C5E", own)]
    assert [reply.key for reply in replies] == [
        "ticking.nobody", "ticking.nobody", "errors.wrong_number", "ticking.yourself",
    ]  # fmt: skip
    await ticks(mei, number)
    target = mei.button("确认")
    assert (await li.taps(target)).key == "errors.not_allowed"
    assert (await boss.taps(target)).key == "errors.confirm_again"
    await mei.enters().taps(f"rolls.close:{roll}")
    assert (await mei.leaves().taps(target)).key == "rolls.closed_already"
    await mei.enters().says("/roll")
    await boss.says(f"/revoke {own}")
    await boss.taps(boss.button("确认"))
    assert (await mei.leaves().taps(target)).key == "errors.not_allowed"
    assert await li.points() == 0


async def test_two_organisers_tick_the_same_person_at_once(chat, mei, boss):  # noqa: F811
    """Paid, noted, told and audited once."""
    li = await chat.join("li", town="zhujiajiao")
    number = await card(li)
    await mei.enters().says("点名")
    for person in (mei, boss):
        assert (await ticks(person, number)).key == "ticking.preview"
    targets = [(person, person.button("确认")) for person in (mei, boss)]

    replies = await asyncio.gather(*(person.taps(target) for person, target in targets))

    assert [reply.key for reply in replies] == ["ticking.done"] * 2
    assert {reply.params["count"] for reply in replies} == {1}
    assert (await acts(chat)).count("roll_ticked") == 1
    assert await li.points() == 5
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_reader_with_but_a_paper_card(chat, mei):  # noqa: F811
    """A tick that nobody hears of needs a second person: it goes by the card."""
    paper, *_ = await carded.made(chat, mei.leaves())
    holder = await carded.takes(chat, mei, paper)
    await mei.enters().says("点名")
    assert (await ticks(mei, paper)).key == "ticking.by_card"
    assert (await carded.visits(chat, mei, paper)).key == "attesting.paid"
    assert holder
