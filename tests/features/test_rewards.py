"""Redeeming: what is on the list, what was seen is what is paid, once."""

import pytest
from sqlalchemy import text

from bot import qr
from bot.rules import vouchers
from bot.rules.corrections import Verdict
from bot.rules.rewards import State
from tests import shop
from tests.chat import SECRET
from tests.corrections import told
from tests.engine.test_correcting import audit, reverse


@pytest.fixture
async def rich(chat, boss):
    """Somebody with twelve points."""
    return await shop.rich(chat, "rich", 12, by=await boss.id())


async def test_a_reward_is_seen_confirmed_and_paid_once(chat, rich):
    """List, page, confirm; a second delivery and a second tap pay nothing more."""
    fan = await shop.offer(chat)
    await shop.offer(chat, title="书", price=20)

    listed = await rich.says("兑换")
    marks = [each.params["mark"].key for each in listed.params["entries"].phrases]
    page = await rich.says("1")
    confirm = rich.button("确认")
    first = await rich.taps(confirm, update="u1")
    document = rich.rendered.document
    same = await rich.taps(confirm, update="u1")
    again = await rich.taps(confirm)
    (voucher,) = await shop.held(chat, rich)
    code = vouchers.code(SECRET, voucher.seed)

    assert (listed.key, listed.params["balance"]) == ("rewards.text", 12)
    assert marks == ["rewards.mark_booked", "rewards.mark_poor"]
    assert (page.key, page.params["after"]) == ("rewards.page", 7)
    assert [each.params["place"] for each in page.params["places"].phrases] == [
        "社区学院前台",
        "朱家角文化中心",
    ]
    assert (first.key, first.params["balance"]) == ("rewards.bought", 7)
    assert first.params["code"] == vouchers.grouped(code)
    assert same == first
    assert (again.key, again.params["code"]) == ("rewards.bought_before", first.params["code"])
    assert document.content == qr.picture(code)
    assert (await chat.dispatcher.files.file(document.token)).content == document.content
    assert (await shop.look(chat, fan)).stock == 4
    assert (await rich.has()).earned == 0
    log = await rich.says("明细")
    assert "兑换“竹扇” -5" in rich.rendered.text
    assert log.params["page"] == 1
    assert await audit(chat) == {}


async def test_the_code_is_kept_nowhere(chat, rich):
    """No column of the database holds a code, or the address that is scanned."""
    fan = await shop.offer(chat)
    await rich.taps(f"rewards.one:{fan}")
    bought = await rich.taps(rich.button("确认"))
    plain = bought.params["code"].replace("-", "")
    await rich.says("我的兑换")
    await rich.says("1")

    async with chat.database.reading() as db:
        named = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if not chat.database.is_sqlite:
            named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for table in [*(await db.scalars(text(named)))]:
            for row in await db.execute(text(f'SELECT * FROM "{table}"')):
                said = " ".join(map(str, row))
                assert plain not in said
                assert bought.params["code"] not in said


async def test_what_changed_is_asked_again(chat, rich):
    """Price, list, stock and balance are looked at when it is confirmed."""
    fan = await shop.offer(chat, stock=1)
    await rich.taps(f"rewards.one:{fan}")
    old = rich.button("确认")
    await shop.edit(chat, fan, price=6)

    changed = await rich.taps(old)
    new = rich.button("确认")
    bought = await rich.taps(new)
    await rich.taps(f"rewards.one:{fan}")
    gone = rich.rendered.text

    assert (changed.key, changed.params["first"].key) == ("rewards.page", "rewards.changed")
    assert changed.params["price"] == 6
    assert (bought.key, bought.params["balance"]) == ("rewards.bought", 6)
    assert "已经兑完了" in gone
    assert [voucher.price for voucher in await shop.held(chat, rich)] == [6]


async def test_who_may_not_is_told_why(chat, rich, ming, clock):
    """Too few points, the limit, the window; a forged or old button; a group that reads along."""
    fan = await shop.offer(chat, price=6, each_max=1)
    late = await shop.offer(chat, title="灯", opens=shop.day("2022-05-03"))
    poor = await ming.taps(f"rewards.one:{fan}")
    early = await ming.taps(f"rewards.one:{late}")
    await rich.taps(f"rewards.one:{fan}")
    confirm = rich.button("确认")

    stolen = await ming.taps(confirm)
    forged = await ming.taps("rewards.buy:1:1:1:1:ffffffff:xxxxxxxxxxxx")
    clock.ahead(minutes=11)
    old = await rich.taps(confirm)
    await rich.taps(f"rewards.one:{fan}")
    confirm = rich.button("确认")
    rich.enters()
    group = [await rich.taps(f"rewards.one:{fan}"), await rich.taps(confirm)]
    rich.leaves()
    bought = await rich.taps(confirm)
    limit = await rich.taps(f"rewards.one:{fan}")
    marks = [e.params["mark"].key for e in (await rich.says("/rewards")).params["entries"].phrases]

    assert poor.params["ask"].key == "rewards.is_poor"
    assert early.params["ask"].key == "rewards.is_closed"
    assert {each.key for each in (stolen, forged, old)} == {"errors.confirm_again"}
    assert {each.key for each in group} == {"errors.in_private"}
    assert bought.key == "rewards.bought"
    assert limit.params["ask"].key == "rewards.is_limit"
    assert marks == ["rewards.mark_closed", "rewards.mark_limit"]
    assert (await rich.taps("rewards.one:99")).key == "rewards.gone"
    assert await audit(chat) == {}


async def test_an_empty_list_and_a_debt(chat, rich):
    """Nothing to redeem says what to do; a debt is told with the balance, in English as well."""
    await rich.taps("checkins")
    await reverse(chat, rich, 2)
    empty = await rich.says("奖品")
    rich.language = "en"
    await rich.taps("rewards")

    assert (empty.key, empty.params["balance"], empty.params["debt"]) == ("rewards.none", 12, "")
    assert "There is nothing to redeem right now" in rich.rendered.text


async def test_spent_points_that_are_taken_back_are_owed(chat, rich):
    """The reward stays with its holder; the debt is shown where points are spent."""
    fan = await shop.offer(chat, price=17)
    await rich.taps("checkins")
    await rich.taps(f"rewards.one:{fan}")
    await rich.taps(rich.button("确认"))

    taken = await reverse(chat, rich, 2, debt=5)
    listed = await rich.says("兑换")

    assert (taken.verdict, listed.params["debt"].params["debt"]) == (Verdict.BOOKED, 5)
    assert [voucher.state for voucher in await shop.held(chat, rich)] == [State.OPEN]


async def test_staff_hear_of_low_stock_once(chat, rich, boss):
    """At five and at none; who manages rewards has a button for it."""
    more = await shop.offer(chat, title="笔", stock=6, price=1, each_max=9)
    for _ in range(6):
        await rich.taps(f"rewards.one:{more}")
        await rich.taps(rich.button("确认"))
    heard = await told(chat, "owner")

    assert [key for key in heard if key.startswith("rewards.")] == ["rewards.low", "rewards.out"]
    await boss.says("兑换")
    assert boss.button("奖品管理") == "stocking"
