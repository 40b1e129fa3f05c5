"""Undoing a link: by staff, within seven days, the newest first, never one's own."""

import pytest

from storage import accounts
from tests import shop
from tests.duties import appoint, owner
from tests.features.test_family import seated
from tests.features.test_guardians import hears, holders, left, lets_go, parted
from tests.features.test_linking import code, joined

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@SQLITE
async def test_only_what_can_be_undone_exactly_is_undone(chat, clock):
    """Links in a row are undone from the last; old ones stay; staff leave their own alone."""
    boss = await owner(chat)
    staff = await appoint(chat, "staff", "staff", by=boss)
    ming, hua, li = [await chat.join(name) for name in ("ming", "hua", "li")]
    for person in (hua, li):
        await person.taps("checkins")
        clock.ahead(days=1)
    _, first = await joined(hua, li)  # li becomes hua
    _, second = await joined(ming, hua)  # and hua, with both, ming
    assert (await li.has()).balance == 10
    assert await ming.id() == await hua.id() == await li.id()
    assert await chat.broken() == {}

    assert (await ming.says("/unlink 23456789")).key == "errors.not_allowed"
    assert (await staff.says("/unlink")).key == "unlinking.how"
    assert (await staff.says("/unlink abc")).key == "errors.wrong_number"
    assert (await staff.says("/unlink 23456789")).key == "errors.wrong_number"
    # li's number is ming's by now, and the newer link is undone first.
    asked = await staff.says(f"/unlink {first.params['goes']}")
    assert asked.key == "unlinking.ask", asked
    assert asked.params["other"] == second.params["goes"]
    await staff.taps(staff.button("确认"))
    assert await chat.broken() == {}
    assert (await li.has()).balance == 10  # hua is back, with what came from li
    assert (await ming.has()).balance == 0
    asked = await staff.says(f"/unlink {first.params['goes']}")
    assert asked.params["other"] == first.params["goes"]
    clock.ahead(minutes=1)
    await staff.taps(staff.button("确认"))
    assert [(await each.has()).balance for each in (ming, hua, li)] == [0, 5, 5]
    assert await chat.broken() == {}
    assert (await staff.says(f"/unlink {first.params['goes']}")).key == "unlinking.none"


@SQLITE
async def test_staff_undo_nothing_of_their_own_and_nothing_old(chat, clock):
    """The own link is for a colleague; after seven days it stays; the audit tells of it."""
    boss = await owner(chat)
    staff = await appoint(chat, "staff", "staff", by=boss)
    ming, hua = await chat.join("ming"), await chat.join("hua")
    new = await chat.join("new")
    typed = await code(new)
    await staff.says(f"/link {typed}")
    await staff.taps(staff.button("确认"))
    own = (await staff.says("/me")).params["number"]
    assert (await staff.says(f"/unlink {own}")).key == "amending.own"
    await boss.says(f"/unlink {own}")
    confirm = boss.button("确认")
    clock.ahead(minutes=5)
    assert (await boss.taps(confirm)).key == "unlinking.done"
    assert (await boss.taps(confirm)).key == "unlinking.gone"
    await joined(ming, hua)
    clock.ahead(days=7, minutes=1)
    assert (await boss.says(f"/unlink {(await ming.says('/me')).params['number']}")).key == (
        "unlinking.too_late"
    )
    acts = (await boss.says("/audit")).params["lines"].phrases
    assert acts[0].params["act"].key == "audit.unlinked"
    assert await chat.broken() == {}


async def test_vouchers_go_along_and_come_back(chat, clock):
    """They keep their limit and can be cancelled; one that was returned since stays returned."""
    boss = await owner(chat)
    ming = await chat.join("ming")
    clock.ahead(minutes=1)
    hua = await shop.rich(chat, "hua", 20, by=await boss.id())
    fan = await shop.offer(chat)
    for n in (1, 2):
        await shop.buy(chat, hua, fan, once=f"redeem:{fan}:{n}")
    held = [each.id for each in await shop.held(chat, hua)]
    _, told = await joined(ming, hua)

    assert told.params["balance"] == 10
    assert [each.id for each in await shop.held(chat, ming)] == held
    assert (await shop.buy(chat, ming, fan, once=f"redeem:{fan}:3")).verdict == "limit"
    back = await shop.give_back(chat, ming, held[0])
    assert back.balance == 15
    assert await chat.broken() == {}

    number = told.params["goes"]
    await boss.says(f"/unlink {number}")
    assert (await boss.taps(boss.button("确认"))).key == "unlinking.done"
    assert [each.id for each in await shop.held(chat, hua)] == [held[1]]
    assert [each.id for each in await shop.held(chat, ming)] == [held[0]]
    # 20 - 5 went back to her; the one that was returned cost and brought him 5.
    assert [(await each.has()).balance for each in (ming, hua)] == [0, 15]
    assert await chat.broken() == {}
    assert (await shop.give_back(chat, hua, held[1])).balance == 20
    assert await chat.broken() == {}


@SQLITE
async def test_an_account_that_was_left_is_not_taken_from_whoever_comes_after(chat):
    """SQLite gives the number of a row that is gone to the next one, here to a stranger's."""
    boss, ming = await owner(chat), await chat.join("ming")
    phone = chat.person("phone")
    _, told = await joined(ming, phone, key="linking.done_new")
    await left(chat, ming, phone.account)
    stranger = await chat.join("stranger")
    whose = await stranger.id()

    await parted(boss, told.params["number"])

    assert await stranger.id() == whose
    assert await chat.broken() == {}


@SQLITE
async def test_who_paused_as_one_has_paused_as_both(chat, clock):
    """Nothing is sent to either after the consent was taken back, until they come back."""
    boss, ming = await owner(chat), await chat.join("ming")
    clock.ahead(minutes=1)
    hua = await chat.join("hua")
    ids = [await ming.id(), await hua.id()]
    _, told = await joined(ming, hua)
    await hua.says("/forget")
    await hua.taps(hua.button("暂停参加"))

    await parted(boss, told.params["goes"])

    async with chat.database.reading() as db:
        assert await accounts.receivers(db, ids) == {}
    assert await chat.broken() == {}
    assert (await ming.taps("checkins")).key == "start.welcome"
    assert (await hua.taps("start.agree")).key == "start.welcome_back"
    assert (await hua.taps("checkins")).key == "checkins.paid"
    assert await chat.broken() == {}


@SQLITE
async def test_nobody_is_left_whom_no_one_can_speak_for(chat, clock):
    """A seat that was given up or went with its guardian, a phone that was left: they stay one."""
    boss, kid = await owner(chat), chat.person("kid", "wecom")
    await kid.taps("start.guardian")
    await kid.taps("start.town:xiayang")
    clock.ahead(days=1)
    ming = await chat.join("ming")
    me, child = await ming.id(), await seated(ming, "小宝", "child")
    granny, phone = await seated(ming, "奶奶"), chat.person("phone")
    await ming.taps(f"family.be:{child}")
    _, young = await joined(ming, kid)
    clock.ahead(minutes=1)
    await ming.taps(f"family.be:{granny}")
    _, old = await joined(ming, phone, key="linking.done_new")
    assert str(await phone.id()) == granny
    assert await ming.id() == me
    assert await lets_go(ming, await kid.id()) == "seating.ask_leave"
    await ming.says("/forget")
    await ming.taps(ming.button("注销，全部删掉"))

    for told, who in ((young, "goes"), (old, "number")):
        await boss.says(f"/unlink {told.params[who]}")
        refused = await boss.taps(boss.button("确认"))
        assert (refused.key, refused.params["number"]) == ("unlinking.nobody", told.params[who])

    assert await holders(chat, granny) == []
    assert await hears(chat, granny) == phone.account
    assert await chat.broken() == {}
