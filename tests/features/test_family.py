"""Several readers on one account: caps for each, one tap to change, children and guardians."""

import pytest

from bot.messages import plain
from storage import accounts, citizens, seats
from tests import shop
from tests.classes import on_air, row
from tests.features.test_linking import code
from tests.stocked import stock

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def seated(person, name, kind="adult"):
    """Take a reader in, and return their number in the taps."""
    await person.says("家人")
    await person.taps(f"seating.add:{kind}")
    asked = await person.taps(f"seating.agree:{kind}")
    assert asked.key == "seating.ask_name", asked
    taken = await person.says(name)
    assert taken.key == "seating.taken", taken
    return person.button(f"换成 {name}").partition(":")[2]


async def test_readers_change_with_one_tap_and_each_has_their_own_caps(chat, clock):
    """Check-ins of two on one phone; answers name who reads; buttons of one refuse the other."""
    ming = await chat.join("ming")
    me = await ming.id()
    assert (await ming.taps("checkins")).reader == ""
    granny = await seated(ming, "奶奶")
    assert (await ming.taps("checkins")).reader != ""  # his own number: he has no name
    assert (await ming.taps(f"family.be:{granny}")).key == "family.now"

    paid = await ming.taps("checkins")

    assert (paid.key, paid.reader) == ("checkins.paid", "奶奶")
    assert plain(ming.rendered.text).startswith("【奶奶】")
    assert ming.button("家人") == "family"
    assert (await ming.says("/me")).params["balance"] == 5
    assert str(await ming.id()) == granny
    await buttons_of_one(chat, clock, ming, (me, granny))
    assert await chat.broken() == {}
    # She takes her points to an account of her own, and his is only his again.
    typed, own = await code(ming), chat.person("granny")
    shown = await own.says(f"/link {typed}")
    assert shown.key == "linking.preview_new"
    await own.taps(own.button("确认"))
    assert (await own.has()).balance == 7
    assert await ming.id() == me
    assert (await ming.says("家人")).key == "family.alone"
    assert await chat.broken() == {}


async def test_what_is_paid_or_watched_names_its_reader(chat, clock, boss):
    """Redeeming, giving back and watching again say whom they are about, like any answer."""
    ming = await shop.rich(chat, "rich", 12, by=await boss.id())
    await seated(ming, "奶奶")
    fan = await shop.offer(chat)
    [late] = await on_air(chat, row(replay="https://live.example.org/1"))
    clock.ahead(hours=12)
    number = (await ming.says("/me")).params["number"]

    await ming.taps(f"rewards.one:{fan}")
    bought = await ming.taps(ming.button("确认"))
    await ming.taps(ming.button("不要了，退回积分"))
    dropped = await ming.taps(ming.button("确认"))
    watched = await ming.taps(f"joining.replay:{late}")

    keys = ["rewards.bought", "codes.dropped", "joining.replayed"]
    assert [each.key for each in (bought, dropped, watched)] == keys
    assert {each.reader for each in (bought, dropped, watched)} == {number}


async def test_a_child_is_offered_no_place_on_boards(chat):
    """What would be refused stands on no button; an adult's settings have it."""
    ming = await chat.join("ming")
    child = await seated(ming, "小宝", "child")
    await ming.says("设置")
    assert "榜上显示名字" in labels(ming)
    await ming.taps(f"family.be:{child}")

    await ming.says("设置")

    assert "榜上显示名字" not in labels(ming)
    assert (await ming.taps("settings.board:on")).key == "settings.young_unlisted"


def labels(person):
    """Return what stands on the buttons last shown."""
    return [button.label for row in person.rendered.buttons for button in row]


async def buttons_of_one(chat, clock, ming, readers):
    """Let one reader open an item: the other cannot finish it with that button."""
    me, granny = readers
    [book] = await stock(chat, "book", "红楼梦")
    await ming.taps(f"items.open:{book}")
    done = ming.button("我读完了")
    clock.ahead(minutes=6)
    await ming.taps(f"family.be:{me}")
    assert (await ming.taps(done)).key == "family.other_reader"
    await ming.taps(f"family.be:{granny}")
    assert (await ming.taps(done)).key == "items.paid"
    async with chat.database.reading() as db:
        told = await accounts.receivers(db, [me, int(granny)])
        assert {each.account for each in told.values()} == {ming.account}
        assert (told[me].reader, told[int(granny)].reader) == ("", "奶奶")
        assert await accounts.registered_after(db, 0, 10) == [me]


@SQLITE
async def test_a_child_has_two_guardians_and_leaves_with_the_last(chat, clock):
    """A guardian's consent, never abroad, a second one by a code, erased when nobody is left."""
    ming, hua, li = [await chat.join(name) for name in ("ming", "hua", "li")]
    abroad = await chat.join("abroad", "telegram")
    assert (await abroad.taps("seating.add:child")).key == "start.young_abroad"
    child = await seated(ming, "小宝", "child")
    await ming.taps("seating")
    invited = await ming.taps(ming.button("请另一位家长照看 小宝"))
    typed = invited.params["code"]
    assert (await abroad.says(f"/family {typed}")).key == "start.young_abroad"
    assert (await li.says(f"/link {typed}")).key == "linking.wrong_code"
    await hua.says(f"家人 {typed}")
    held = await hua.taps(hua.button("确认"))
    assert held.key == "family.text"
    assert (await li.says(f"/family {typed}")).key == "linking.wrong_code"
    await hua.taps(f"family.be:{child}")
    await hua.taps("checkins")
    assert (await hua.taps("settings.board:on")).key == "settings.young_unlisted"
    await ming.taps(f"family.be:{child}")
    assert (await ming.taps("checkins")).key == "checkins.already"
    assert (await ming.taps("seating.add:adult")).key == "seating.ask_adult"  # for the guardian
    assert await chat.broken() == {}
    await guardians_leave(chat, ming, hua, child)


async def guardians_leave(chat, ming, hua, child):
    """Let one guardian leave with everything, and the other end the seat."""
    await ming.says("/forget")
    assert (await ming.taps(ming.button("暂停参加"))).key == "leaving.held"
    await ming.taps(f"family.be:{(await chat_owner(chat, ming))}")
    await ming.says("/forget")
    await ming.taps(ming.button("注销，全部删掉"))
    assert await number(chat, child) is not None  # hua is still there
    assert await chat.broken() == {}
    await hua.taps(f"family.be:{child}")
    left = await hua.taps(f"seating.leave:{child}")
    assert left.key == "seating.ask_erase"
    assert (await hua.taps(hua.button("确认"))).key == "seating.left"
    assert (await hua.says("家人")).key == "family.alone"
    assert (await hua.taps(f"family.be:{child}")).key == "family.nobody"
    assert await chat.broken() == {}


@SQLITE
async def test_seats_are_few_and_farm_no_limits(chat):
    """Five readers in all, ten seats ever; a name that is no good is asked for again."""
    ming = await chat.join("ming")
    for name in ("爷爷", "奶奶", "爸爸"):
        await seated(ming, name)
    await ming.taps("seating.agree:adult")
    assert (await ming.says("   ")) is not None
    last = await seated(ming, "妈妈")
    assert (await ming.taps("seating.add:adult")).key == "family.full"
    for n in range(6):
        await ming.taps(f"seating.leave:{last}")
        await ming.taps(ming.button("确认"))
        last = await seated(ming, f"客人{n}")
    await ming.taps(f"seating.leave:{last}")
    await ming.taps(ming.button("确认"))
    assert (await ming.taps("seating.add:adult")).key == "family.full"
    two = [await chat.join("own"), ming]
    assert (await two[0].says("/family 23456789")).key == "linking.wrong_code"
    assert (await ming.taps("family.be:999")).key == "family.nobody"
    assert (await ming.taps("seating.gone:1:0:x")).key == "errors.confirm_again"
    assert await chat.broken() == {}


async def chat_owner(chat, person):
    """Return whose account it is."""
    async with chat.database.reading() as db:
        return (await citizens.find(db, person.account)).owner


async def number(chat, reader):
    """Return who holds a reader, None if nobody does."""
    async with chat.database.reading() as db:
        return (await seats.holders(db, int(reader)) or [None])[0]
