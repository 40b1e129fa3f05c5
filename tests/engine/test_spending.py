"""Spending at the till: debit, stock and voucher together, once, whoever comes at once."""

import asyncio
from collections import Counter
from datetime import date

import pytest

from bot import sample
from bot.rules.corrections import Verdict as Corrections
from bot.rules.points import VISIT
from bot.rules.rewards import State, Verdict
from bot.till import Till, Unregistered
from storage import ledger, vouchers
from storage.rewards import moves, supplied
from tests import shop
from tests.engine.test_correcting import audit, lines, reverse
from tests.engine.test_till import DAY, deed
from tests.gates import LONG

CROWD, STOCK, ROUNDS = 200, 5, 20 if LONG else 5


@pytest.fixture
async def ming(chat, boss_id):
    """Somebody who can spend 12 points."""
    return await shop.rich(chat, "ming", 12, by=boss_id)


@pytest.fixture
async def boss_id(chat):
    """Somebody who gives points."""
    return await (await chat.join("boss")).id()


async def test_debit_stock_and_voucher_are_one(chat, ming):
    """A voucher costs its price once; the same message hears the same, earned points stay."""
    fan = await shop.offer(chat)
    act = shop.purchase(chat, ming.account, fan)

    told = [await chat.till.spend(act) for _ in range(3)]
    again = await shop.buy(chat, ming, fan)
    second = await shop.buy(chat, ming, fan, once=f"redeem:{fan}:2")
    third = await shop.buy(chat, ming, fan, once=f"redeem:{fan}:3")

    assert {(t.verdict, t.points, t.balance, t.line) for t in told} == {(Verdict.BOOKED, -5, 7, 2)}
    assert (again.verdict, again.points, again.balance) == (Verdict.ALREADY, 0, 7)
    assert again.line == 2, "the line it was booked by"
    assert (second.verdict, second.balance, second.left) == (Verdict.BOOKED, 2, 3)
    assert third.verdict is Verdict.LIMIT
    held = await shop.held(chat, ming)
    assert [(v.state, v.price, v.line, v.expires_on) for v in held] == [
        (State.OPEN, 5, 3, date(2022, 5, 31)),
        (State.OPEN, 5, 2, date(2022, 5, 31)),
    ]
    assert (await shop.look(chat, fan)).stock == 3
    assert (await ming.has()).earned == 0
    assert await lines(chat, ming) == [
        ("adjustment", 12, None, DAY, None),
        ("redemption", -5, None, DAY, None),
        ("redemption", -5, None, DAY, None),
    ]
    assert await audit(chat) == {}


async def test_a_voucher_goes_back_once_and_never_after_it_was_handed_out(chat, ming):
    """Points and stock come back by a line of their own, and a debt is paid first."""
    fan = await shop.offer(chat)
    hua = await chat.join("hua")
    for n in (1, 2):
        await shop.buy(chat, ming, fan, once=f"redeem:{fan}:{n}")
    newest, oldest = [voucher.id for voucher in await shop.held(chat, ming)]
    async with chat.database.transaction() as db:
        handed = [
            await vouchers.hand_out(db, oldest, place="A", by=n, at=chat.clock.now())
            for n in (1, 2)
        ]

    foreign = await shop.give_back(chat, hua, newest)
    early = await shop.give_back(chat, ming, newest, State.EXPIRED)
    back = [await shop.give_back(chat, ming, newest, cause="t:same") for _ in range(2)]
    again = await shop.give_back(chat, ming, newest)
    used = await shop.give_back(chat, ming, oldest)

    assert handed == [True, False]
    assert [foreign.verdict, early.verdict] == [Verdict.GONE, Verdict.GONE]
    assert {(t.verdict, t.points, t.balance) for t in back} == {(Verdict.BOOKED, 5, 7)}
    assert [again.verdict, used.verdict] == [Verdict.ALREADY, Verdict.USED]
    assert (await shop.look(chat, fan)).stock == 4
    assert await audit(chat) == {}


async def test_nobody_pays_what_they_did_not_see(chat, ming, clock):
    """Changed, sold out, too dear, closed, too early, too late: nothing moves."""
    fan = await shop.offer(chat, stock=1)
    dear = await shop.offer(chat, title="书", price=13)
    later = await shop.offer(chat, title="笔", opens=date(2022, 5, 2))
    over = await shop.offer(chat, title="灯", closes=date(2022, 4, 30))
    await shop.edit(chat, fan, price=4)

    seen = {
        "price": (await shop.buy(chat, ming, fan)).verdict,
        "version": (await shop.buy(chat, ming, fan, price=4)).verdict,
        "dear": (await shop.buy(chat, ming, dear, price=13)).verdict,
        "later": (await shop.buy(chat, ming, later)).verdict,
        "over": (await shop.buy(chat, ming, over)).verdict,
        "unknown": (await shop.buy(chat, ming, 99)).verdict,
    }
    bought = await shop.buy(chat, ming, fan, price=4, version=2)
    late = await shop.buy(chat, ming, fan, price=4, version=2, once=f"redeem:{fan}:2")

    assert seen == {
        "price": Verdict.CHANGED,
        "version": Verdict.CHANGED,
        "dear": Verdict.POOR,
        "later": Verdict.CLOSED,
        "over": Verdict.CLOSED,
        "unknown": Verdict.CLOSED,
    }
    assert (bought.verdict, bought.balance, late.verdict) == (Verdict.BOOKED, 8, Verdict.SOLD_OUT)
    assert await audit(chat) == {}


async def test_a_deed_that_is_taken_back_after_it_was_spent_leaves_a_debt(chat, ming):
    """What was spent is not taken out of anybody's hands; what comes back pays the debt first."""
    fan = await shop.offer(chat, price=16)
    await ming.taps("checkins")
    await shop.buy(chat, ming, fan, price=16)
    (voucher,) = await shop.held(chat, ming)

    asked = await reverse(chat, ming, 2)
    agreed = await reverse(chat, ming, 2, debt=4)
    fixed = await reverse(chat, ming, 3, cause="t:x")
    owing = await ming.has()
    back = await shop.give_back(chat, ming, voucher.id)

    assert [asked.verdict, fixed.verdict] == [Corrections.DEBT, Corrections.FIXED]
    assert (agreed.verdict, owing.balance, owing.debt) == (Corrections.BOOKED, 0, 4)
    assert (back.balance, back.debt, (await ming.has()).earned) == (12, 0, 0)
    assert await audit(chat) == {}


@pytest.fixture
async def crowd(chat):
    """Two hundred people with five points each."""
    people = sample.invent(chat.campaign, people=CROWD, seed=5)
    story = sample.Story(
        chat.database, chat.till, chat.campaign, campaign_id=chat.campaign_id, seed=5
    )
    await story.settle(people, at=chat.clock.now())
    visits = (deed(each.account, "visit", activity=VISIT) for each in people)
    await asyncio.gather(*map(chat.till.award, visits))
    return [each.account for each in people]


@pytest.fixture
async def tills(chat):
    """Two tills, as of two processes."""
    other = Till(chat.database, chat.campaign, chat.campaign_id, clock=chat.clock, worker=1)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(other.run())
        yield chat.till, other
        other.close()
        await running


async def test_two_hundred_want_five_of_two_rewards_at_two_tills(chat, crowd, tills, record):
    """Exactly five of each are sold, every round; nobody waits in a circle."""
    for n in range(ROUNDS):
        pair = [await shop.offer(chat, title=f"{n}{name}", price=1, stock=STOCK) for name in "ab"]
        first = n * CROWD // ROUNDS  # others come first each time, or the same would run out
        wanted = [
            tills[(place + turn) % 2].spend(shop.purchase(chat, account, reward, price=1))
            for place, account in enumerate(crowd[first:] + crowd[:first])
            for turn, reward in enumerate(pair if place % 3 else reversed(pair))
        ]

        told = Counter(spent.verdict for spent in await asyncio.gather(*wanted))

        assert told == {Verdict.BOOKED: 2 * STOCK, Verdict.SOLD_OUT: 2 * (CROWD - STOCK)}
        assert [(await shop.look(chat, reward)).stock for reward in pair] == [0, 0]
    assert await audit(chat) == {}
    record("R4", f"{STOCK} of each sold to {CROWD}, {ROUNDS} of {ROUNDS} rounds")


async def test_one_person_with_points_for_one_taps_twenty_times(chat, ming, tills):
    """One voucher, whichever till is asked and whatever the taps are called."""
    fan = await shop.offer(chat, each_max=9, price=7)
    acts = [
        shop.purchase(chat, ming.account, fan, price=7, once=f"redeem:{fan}:{n}") for n in range(20)
    ]

    told = await asyncio.gather(*(tills[n % 2].spend(act) for n, act in enumerate(acts)))

    verdicts = Counter(spent.verdict for spent in told)
    assert verdicts == {Verdict.BOOKED: 1, Verdict.POOR: 19}
    assert await audit(chat) == {}


async def test_handed_out_or_taken_back_at_the_same_moment(chat, ming):
    """Desk and holder at once: one of them has it, and the books agree."""
    fan = await shop.offer(chat, each_max=9, price=1)
    for n in range(6):
        await shop.buy(chat, ming, fan, price=1, once=f"redeem:{fan}:{n}")

    async def hand_out(number):
        async with chat.database.transaction() as db:
            given = {"place": "A", "by": 1, "at": chat.clock.now()}
            return await vouchers.hand_out(db, number, **given)

    for voucher in await shop.held(chat, ming):
        handed, back = await asyncio.gather(
            hand_out(voucher.id), shop.give_back(chat, ming, voucher.id)
        )
        assert handed == (back.verdict is Verdict.USED)
    assert await audit(chat) == {}


async def test_whoever_leaves_for_good_gives_the_stock_back(chat, ming):
    """The voucher stays as a number, void; the points are nobody's."""
    fan = await shop.offer(chat)
    await shop.buy(chat, ming, fan)
    citizen = await ming.id()
    await ming.says("/forget")
    await ming.taps(ming.button("注销，全部删掉"))

    async with chat.database.reading() as db:
        (voucher,) = await vouchers.held_by(db, chat.campaign_id, citizen)
        noted = [(each.change, each.reason) for each in await moves(db, fan, most=9)]
        assert await supplied(db, chat.campaign_id) == {fan: 5}
    assert (voucher.state, voucher.back) == (State.VOID, None)
    assert noted == [(1, "void"), (-1, "sold"), (5, "delivered")]
    assert (await shop.look(chat, fan)).stock == 5
    assert await audit(chat) == {}


async def test_what_is_told_is_what_was_booked(chat, ming, boss_id):
    """Who, which reward, how many are left, and whether the first one of each was counted."""
    hua, fan = (
        await shop.rich(chat, "hua", 9, by=boss_id),
        await shop.offer(chat, stock=1, each_max=1),
    )
    bought = await shop.buy(chat, ming, fan)
    none_left = await shop.buy(chat, hua, fan)
    back = await shop.give_back(chat, ming, (await shop.held(chat, ming))[0].id)

    told = [(t.verdict, t.citizen, t.points, t.left) for t in (bought, none_left, back)]
    assert told == [
        (Verdict.BOOKED, await ming.id(), -5, 0),
        (Verdict.SOLD_OUT, await hua.id(), 0, 0),
        (Verdict.BOOKED, await ming.id(), 5, 1),
    ]
    assert [t.reward.id for t in (bought, none_left, back)] == [fan] * 3
    assert (await shop.look(chat, fan)).stock == 1


async def test_a_line_of_spending_holds_its_town_its_moment_and_what_is_owed(chat, ming):
    """What is owed counts against what is there; the moment is when the till booked it."""
    await chat.till.award(deed(ming.account, "a"))
    fan = await shop.offer(chat, price=14)
    await shop.buy(chat, ming, fan, price=14)
    await reverse(chat, ming, 2, debt=2)
    poor = await shop.buy(chat, ming, fan, price=14, once="second")
    back = await shop.give_back(chat, ming, (await shop.held(chat, ming))[0].id)

    assert (poor.verdict, poor.points, poor.debt) == (Verdict.POOR, 0, 2)
    assert (back.balance, back.debt) == (12, 0)
    async with chat.database.reading() as db:
        found = await ledger.newest_lines(
            db, chat.campaign_id, await ming.id(), before=None, most=9
        )
    assert [(line.kind, line.net, line.town) for line in reversed(found)] == [
        ("adjustment", 12, "xiayang"),
        ("deed", 14, "xiayang"),
        ("redemption", 0, "xiayang"),
        ("reversal", -2, "xiayang"),
        ("refund", 12, "xiayang"),
    ]
    assert len({line.recorded_at for line in found}) == len(found), "each has a moment of its own"


async def test_what_goes_with_a_purchase_is_done_with_it(chat, ming):
    """In the same transaction, and told what was booked; not when nothing is."""
    told = []

    async def also(_db, spent):
        told.append(spent)

    fan = await shop.offer(chat, stock=1)
    first = await shop.buy(chat, ming, fan, also=also)
    second = await shop.buy(chat, ming, fan, once="second", also=also)

    assert (second.verdict, told) == (Verdict.SOLD_OUT, [first])


async def test_nobody_buys_before_consent_and_town(chat):
    """Neither who agreed and named no town, nor who did not agree."""
    fan, asked = await shop.offer(chat), chat.person("asked")
    await asked.taps("start.agree")
    with pytest.raises(Unregistered):
        await shop.buy(chat, asked, fan)
