"""不是我: what a tick booked is taken back, once, by whom it names."""

import asyncio

from tests.features.test_family import seated
from tests.features.test_groups import acts
from tests.features.test_rolls import called, mei  # noqa: F401 - a fixture
from tests.features.test_ticking import card, ticks
from tests.push import Worker


async def ticked(chat, organiser, name="li"):
    """Have somebody ticked, and return them with the number of the roll call."""
    person = await chat.join(name, town="zhujiajiao")
    await organiser.enters().says("点名")
    roll = called(organiser)
    await ticks(organiser, await card(person))
    await organiser.taps(organiser.button("确认"))
    return person, roll


async def test_a_wrong_tick_is_taken_back_once(chat, mei):  # noqa: F811
    """The push has the button; asked, confirmed, reversed, audited; the list is shorter."""
    li, roll = await ticked(chat, mei)
    worker = Worker(chat)
    await worker.rings()
    [pushed] = [reply for _, reply in worker.platform.sent if reply.key == "ticking.told_paid"]
    assert pushed.buttons[0][0].target == f"vetoes:{roll}@{await li.id()}"

    asked = await li.taps(f"vetoes:{roll}")
    assert (asked.key, asked.params["what"].params["points"]) == ("vetoes.ask", 5)
    target = li.button("确认")
    replies = await asyncio.gather(li.taps(target), li.taps(target))
    assert "vetoes.done" in {reply.key for reply in replies}
    await li.says("明细")
    assert "不是本人到场" in li.rendered.text
    has = await li.has()
    assert (has.balance, has.earned, has.visit_days) == (0, 0, 0)
    assert (await acts(chat)).count("roll_denied") == 1
    assert (await li.taps(f"vetoes:{roll}")).key == "vetoes.done_already"
    number = await card(li)
    assert (await ticks(mei, number)).key == "ticking.denied"
    assert (await mei.enters().taps(f"rolls.look:{roll}")).params["own"] == 0
    assert await chat.broken() == {}


async def test_what_cannot_be_taken_back(chat, mei, clock):  # noqa: F811
    """Somebody else's tick, an own tap, forged or late buttons, a tick that paid nothing."""
    li, roll = await ticked(chat, mei)
    wang = await chat.join("wang", town="zhujiajiao")
    await wang.enters().taps(f"rolls.in:{roll}")
    wang.leaves()
    hua = await chat.join("hua", town="zhujiajiao")
    await hua.taps("checkins")
    await ticks(mei, await card(hua))
    await mei.taps(mei.button("确认"))

    await li.taps(f"vetoes:{roll}")
    target = li.button("确认")
    tried = [await wang.taps(each) for each in (f"vetoes:{roll}", target, "vetoes:999999")]
    assert [reply.key for reply in tried] == ["vetoes.gone", "errors.confirm_again", "vetoes.gone"]
    await hua.taps(f"vetoes:{roll}")
    assert (await hua.taps(hua.button("确认"))).params["back"] == ""
    assert await hua.points() == 5
    clock.ahead(days=8)
    assert (await li.taps(f"vetoes:{roll}")).key == "vetoes.late"
    assert (await li.taps(target)).key == "errors.confirm_again"
    assert await chat.broken() == {}


async def test_a_ticked_person_who_leaves(chat, mei):  # noqa: F811
    """What is held is explained in the copy; erasing takes it off the list."""
    li, roll = await ticked(chat, mei)
    held = await li.taps("mydata")
    assert held is not None
    await li.says("注销")
    await li.taps(li.button("注销，全部删掉"))
    assert (await mei.enters().taps(f"rolls.look:{roll}")).params["own"] == 0
    assert await li.taps(f"vetoes:{roll}") is None
    assert await chat.broken() == {}


async def test_a_reader_on_the_familys_phone(chat, mei):  # noqa: F811
    """Ticked by number as anybody is; the family is told, and denies it as that reader only."""
    ming = await chat.join("ming", town="zhujiajiao")
    granny = await seated(ming, "奶奶")
    me = await ming.id()
    await ming.taps(f"family.be:{granny}")
    number = await card(ming)
    await ming.taps(f"family.be:{me}")
    await mei.enters().says("点名")
    assert (await ticks(mei, number)).key == "ticking.preview"
    assert (await mei.taps(mei.button("确认"))).params["count"] == 1
    worker = Worker(chat)
    await worker.rings()
    told = [who for who, reply in worker.platform.sent if reply.key == "ticking.told_paid"]
    [pushed] = [reply for _, reply in worker.platform.sent if reply.key == "ticking.told_paid"]
    assert told == ["ming"]

    target = pushed.buttons[0][0].target
    assert (await ming.taps(target)).key == "family.other_reader"
    await ming.taps(f"family.be:{granny}")
    # In the group nobody reads who else is on this phone.
    assert (await ming.enters().taps(f"rolls.look:{target[7:].partition('@')[0]}")).reader == ""
    assert (await ming.leaves().taps(target)).key == "vetoes.ask"
    assert (await ming.taps(ming.button("确认"))).key == "vetoes.done"
    assert (await ming.has()).balance == 0
    assert await chat.broken() == {}
