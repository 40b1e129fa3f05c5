"""Own vouchers: listed, shown again, given back while they are unused."""

import asyncio

import pytest

from storage import vouchers
from tests import shop
from tests.engine.test_correcting import audit


@pytest.fixture
async def holder(chat, boss):
    """Somebody who redeemed two fans and has two points left."""
    holder = await shop.rich(chat, "holder", 12, by=await boss.id())
    fan = await shop.offer(chat)
    for _ in range(2):
        await holder.taps(f"rewards.one:{fan}")
        await holder.taps(holder.button("确认"))
    return holder


async def test_vouchers_are_listed_shown_again_and_given_back(chat, holder, ming):
    """The same code again; given back once, whoever taps how often; nothing for others."""
    none = await ming.says("/codes")
    listed = await holder.says("我的兑换码")
    states = [each.params["state"].key for each in listed.params["entries"].phrases]
    shown = [await holder.says("1"), await holder.says("1")]
    picture = holder.rendered.document
    drop = holder.button("不要了，退回积分")
    foreign = [await ming.taps(drop), await ming.taps(drop.replace("drop", "one"))]
    asked = await holder.taps(drop)
    confirm = holder.button("确认")
    first, *others = await asyncio.gather(
        holder.taps(confirm, update="u"), *(holder.taps(confirm) for _ in range(3))
    )
    again = await holder.taps(confirm, update="u")
    ended = await holder.taps(drop.replace("drop", "one"))

    assert (none.key, states) == ("codes.none", ["codes.is_open"] * 2)
    assert [each.key for each in shown] == ["codes.page"] * 2
    assert shown[0].params["code"] == shown[1].params["code"]
    assert picture is not None
    assert {each.key for each in foreign} == {"codes.gone"}
    assert (asked.key, asked.params["price"]) == ("codes.ask_drop", 5)
    assert sorted(each.key for each in (first, *others)) == [
        "codes.dropped",
        *["codes.not_dropped_already"] * 3,
    ]
    assert again == first
    assert (ended.key, ended.params["state"].key) == ("codes.page_ended", "codes.is_cancelled")
    assert holder.rendered.document is None
    assert (await holder.has()).balance == 7
    assert await audit(chat) == {}


async def test_what_was_picked_up_stays(chat, holder, clock):
    """A used voucher says where and when; it does not go back, also not by an old button."""
    newest, oldest = await shop.held(chat, holder)
    await holder.taps(f"codes.drop:{newest.id}")
    confirm = holder.button("确认")
    async with chat.database.transaction() as db:
        assert await vouchers.hand_out(db, newest.id, place="前台", by=1, at=clock.now())

    refused = await holder.taps(confirm)
    shown = await holder.taps(f"codes.one:{newest.id}")
    holder.enters()
    in_group = await holder.says("/codes")

    holder.leaves()
    clock.set("2022-10-31T23:00:00+08:00")
    ended = await holder.taps(f"codes.one:{oldest.id}")

    assert ended.params["state"].key == "codes.is_expired"
    assert not any("drop" in each.tap for row in holder.rendered.buttons for each in row)
    assert refused.key == "codes.not_dropped_used"
    assert shown.params["state"].params["place"] == "前台"
    assert "在前台领取了" in chat.texts.text("codes.is_used", "zh_CN", shown.params["state"].params)
    assert in_group.key == "errors.in_private"
    assert (await holder.has()).balance == 2
