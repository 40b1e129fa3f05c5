"""Vouchers that nobody picks up: a reminder before, the points after, each once."""

from bot.rules.rewards import State
from tests import shop
from tests.engine.test_correcting import audit
from tests.push import Worker


async def test_what_nobody_picks_up_comes_back_once(chat, boss, clock):
    """Reminded three days before and on the last day; then points and stock return."""
    holder = await shop.rich(chat, "holder", 12, by=await boss.id())
    gone = await shop.rich(chat, "gone", 12, by=await boss.id())
    fan = await shop.offer(chat, days=10)
    for person, n in ((holder, 1), (holder, 2), (gone, 1)):
        await shop.buy(chat, person, fan, once=f"redeem:{fan}:{n}")
    await gone.says("/forget")
    await gone.taps(gone.button("暂停参加"))
    worker = Worker(chat)
    heard = []
    for moment in ("05-07T10:00", "05-08T10:00", "05-09T10:00", "05-11T10:00", "05-11T23:59"):
        clock.set(f"2022-{moment}:00+08:00")
        await worker.rings()
        heard.append(worker.platform.told("holder"))
    before = await shop.held(chat, holder)
    for moment in ("05-12T00:00", "05-12T00:01", "05-12T08:00", "05-13T10:00"):
        clock.set(f"2022-{moment}:00+08:00")
        await worker.rings()
        await worker.rings()
    told = [key for key in worker.platform.told("holder") if key.startswith("lapsing.")]

    assert [len([k for k in keys if k == "lapsing.soon"]) for keys in heard] == [0, 1, 1, 1, 1]
    assert {voucher.state for voucher in before} == {State.OPEN}
    assert {voucher.state for voucher in await shop.held(chat, holder)} == {State.EXPIRED}
    assert told == ["lapsing.soon", "lapsing.back", "lapsing.back"]
    assert worker.platform.told("gone") == []
    assert [(await each.has()).balance for each in (holder, gone)] == [12, 12]
    assert (await shop.look(chat, fan)).stock == 5
    assert await audit(chat) == {}


async def test_a_voucher_ends_with_the_campaign(chat, boss, clock):
    """However late it was redeemed, the campaign's last day is its last; after it, none is sold."""
    holder = await shop.rich(chat, "holder", 12, by=await boss.id())
    fan = await shop.offer(chat)
    clock.set("2022-10-30T12:00:00+08:00")
    bought = await shop.buy(chat, holder, fan)
    (voucher,) = await shop.held(chat, holder)
    clock.set("2022-11-01T00:00:00+08:00")
    late = await shop.buy(chat, holder, fan, once="late")
    await Worker(chat).rings()

    assert bought.line is not None
    assert voucher.expires_on == chat.campaign.last_day
    assert late.verdict.value == "closed"
    assert (await shop.held(chat, holder))[0].state is State.EXPIRED
    assert (await holder.has()).balance == 12
