"""Handing out for a code: by who is in charge of the place, once; guessing gets nobody anywhere."""

import asyncio

import pytest

from bot.rules import vouchers
from storage import rewards
from tests import shop
from tests.chat import SECRET
from tests.corrections import told
from tests.duties import appoint
from tests.engine.test_correcting import audit


@pytest.fixture
async def holder(chat, boss):
    """Somebody who redeemed a fan."""
    holder = await shop.rich(chat, "holder", 12, by=await boss.id())
    await shop.buy(chat, holder, await shop.offer(chat))
    return holder


async def code_of(chat, holder):
    """Return the code of somebody's newest voucher."""
    return vouchers.grouped(vouchers.code(SECRET, (await shop.held(chat, holder))[0].seed))


def wrong(n):
    """Return a well-formed code that nobody has."""
    return vouchers.code(b"guess", str(n))


async def test_a_desk_hands_out_once_and_another_reads_where_and_when(
    chat, holder, boss, mei, staff
):
    """The organiser at her place and staff anywhere; both at once: one wins, and it is audited."""
    code = await code_of(chat, holder)
    asked = await mei.says("核销")
    seen = await mei.says(f"https://x.example/v/{code.replace('-', '')}")
    at_once = [mei.taps(mei.button("确认"))]
    again = await staff.says(f"核销 {code.lower()}")
    at_once.append(staff.taps(staff.button("确认：社区学院前台")))
    answers = await asyncio.gather(*at_once)
    later = await boss.says(f"/verify {code}")
    (voucher,) = await shop.held(chat, holder)

    assert (asked.key, seen.key, again.key) == ("verifying.ask", *["verifying.ready"] * 2)
    assert sorted(each.key for each in answers) == ["verifying.handed", "verifying.used"]
    assert {each.params["place"] for each in answers} == {voucher.place}
    assert {each.params["at"] for each in answers} == {chat.clock.now()}
    assert (later.key, later.params["place"]) == ("verifying.used", voucher.place)
    assert voucher.by in {await mei.id(), await staff.id()}
    assert [key for key in await told(chat, "holder") if "verif" in key] == ["verifying.told"]
    await boss.says("/audit")
    assert boss.rendered.text.count("核销奖品（竹扇）") == 1
    assert await audit(chat) == {}


async def test_a_scanned_code_leads_a_desk_to_handing_out(chat, holder, boss, mei):
    """By the page's link: staff tap twice; its holder and a stranger learn nothing new."""
    code = (await code_of(chat, holder)).replace("-", "")
    for person in (holder, chat.person("nobody")):
        shown = await person.says(f"/start voucher_{code}")
        assert (shown.key, shown.params["code"]) == ("start.voucher", vouchers.grouped(code))
    assert (await holder.taps(f"verifying:{code}")).key == "errors.not_allowed"
    assert (await mei.says("/start voucher_x")).key == "start.no_voucher"
    await mei.says(f"/start voucher_{code}")
    assert (await mei.taps(mei.button("核销"))).key == "verifying.ready"
    assert (await mei.taps(mei.button("确认"))).key == "verifying.handed"
    assert (await boss.taps(f"verifying:{code}")).key == "verifying.used"


async def test_unknown_used_elsewhere_and_foreign_sound_the_same(chat, holder, boss, mei, clock):
    """Five tries in fifteen minutes, by whatever messages; a right one then is not looked at."""
    far = await appoint(chat, "far", "baihe", by=boss)
    code = await code_of(chat, holder)
    foreign = await far.says(f"/verify {code}")
    await mei.says(f"/verify {code}")
    await mei.taps(mei.button("确认"))
    heard = [foreign, await far.says(f"/verify {code}"), await far.says(f"/verify {wrong(1)}")]
    typo = await far.says("/verify " + code[:-1] + ("2" if code[-1] != "2" else "3"))
    guesses = await asyncio.gather(*(far.says(f"/verify {wrong(n)}") for n in range(2, 9)))
    still = await far.says(f"/verify {code}")
    clock.ahead(minutes=15)
    free = await far.says(f"/verify {wrong(9)}")
    right = [await mei.says(f"/verify {code}") for _ in range(7)]

    assert {each.key for each in heard} == {"verifying.wrong"}
    assert [each.params["left"] for each in heard] == [4, 3, 2]
    assert {frozenset(each.params) for each in heard} == {frozenset({"left", "minutes"})}
    assert typo.key == "verifying.no_code"
    assert sorted(each.key for each in guesses) == [
        *["verifying.locked"] * 5,
        *["verifying.wrong"] * 2,
    ]
    assert (still.key, still.params["minutes"]) == ("verifying.locked", 15)
    assert (free.key, free.params["left"]) == ("verifying.wrong", 4)
    assert {each.key for each in right} == {"verifying.used"}
    await boss.says("/audit")
    assert "输错太多次兑换码" in boss.rendered.text


async def test_what_ended_is_not_handed_out(chat, holder, mei, clock):
    """Cancelled, too old, or the duty or place is gone since the preview."""
    code = await code_of(chat, holder)
    fan = (await shop.held(chat, holder))[0]
    await mei.says(f"/verify {code}")
    confirm = mei.button("确认")
    async with chat.database.transaction() as db:
        await rewards.edit(db, fan.reward, shop.fan(chat, places=(shop.PLACES[0],)))
    moved = await mei.taps(confirm)
    async with chat.database.transaction() as db:
        await rewards.edit(db, fan.reward, shop.fan(chat))
    clock.set("2022-06-01T00:00:00+08:00")
    old = await mei.says(f"/verify {code}")
    clock.set("2022-05-02T00:00:00+08:00")
    await mei.says(f"/verify {code}")
    confirm = mei.button("确认")
    await shop.give_back(chat, holder, fan.id)
    late = await mei.taps(confirm)

    assert moved.key == "verifying.wrong"
    assert (old.key, late.key) == ("verifying.ended", "verifying.ended")
    assert await audit(chat) == {}


async def test_only_who_is_in_charge_may(chat, holder, ming, mei):
    """No citizen, nobody in a group chat, nobody by another's button."""
    code = await code_of(chat, holder)
    citizen = await ming.says(f"/verify {code}")
    await mei.says(f"/verify {code}")
    stolen = await ming.taps(mei.button("确认"))
    mei.enters()

    assert {citizen.key, stolen.key} == {"errors.not_allowed"}
    assert (await mei.says(f"/verify {code}")).key == "errors.in_private"
