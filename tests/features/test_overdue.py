"""代报到期: who can confirm is told; what nobody confirmed in three days is taken back, once."""

import asyncio

import pytest

from storage import accounts, attests
from storage.attests import Scope
from tests import shop
from tests.carded import made, takes, visits
from tests.duties import appoint
from tests.push import Worker


async def states(chat):
    """Count how what was attested stands."""
    async with chat.database.reading() as db:
        found = await attests.count(db, Scope(chat.campaign_id))
    return found.every, found.waiting, found.void


async def test_what_nobody_confirmed_is_taken_back(chat, mei, staff):
    """At the end of the third day after it, by the bell, told to who attested it; once."""
    numbers = await made(chat, mei)
    holders = [await takes(chat, mei, number) for number in numbers]
    for number in numbers:
        await visits(chat, mei, number)
    await staff.taps("vouching.yes:1")
    worker = Worker(chat)
    for moment in ("04T23:59", "05T00:01", "05T00:02", "05T08:00"):
        chat.clock.set(f"2022-05-{moment}:00+08:00")
        await worker.rings()
        gone = 0 if moment.startswith("04") else 2
        assert await states(chat) == (3, 2 - gone, gone), moment
    assert [(await mei.taps(f"papercards.number:{each}")).params["earned"] for each in numbers] == [
        5, 0, 0,
    ]  # fmt: skip
    [told] = [reply for who, reply in worker.platform.sent
              if who == "mei" and reply.key == "overdue.lapsed"]  # fmt: skip
    assert told.params["count"] == 2
    assert (await staff.taps("vouching.yes:2.3")).params["count"] == 0
    assert (await visits(chat, mei, numbers[1])).key == "attesting.paid"  # a new day
    assert len(holders) == 3
    assert await chat.broken() == {}


async def test_several_of_one_reader_and_points_that_were_spent(chat, mei, clock):
    """One after the other as the bell rings; what was spent meanwhile is owed."""
    fan = await shop.offer(chat)
    [number] = await made(chat, mei, 1)
    await takes(chat, mei, number)
    for _ in range(4):
        await visits(chat, mei, number)
        clock.ahead(days=1)
    wang = chat.person("wang")
    now = chat.clock.now()
    async with chat.database.transaction() as db:  # on the phone, though nothing was confirmed
        holder = (await attests.of(db, chat.campaign_id, 1)).citizen
        await accounts.attach(db, wang.account, holder, at=now, used_at=now)
    spent = await shop.buy(chat, wang, fan, once=f"redeem:{fan}:1")
    assert spent is not None
    before = (await wang.has()).balance
    worker = Worker(chat)
    clock.set("2022-05-20T09:00:00+08:00")
    for minute in range(1, 6):
        clock.set(f"2022-05-20T09:0{minute}:00+08:00")
        await worker.rings()
    has = await wang.has()
    assert await states(chat) == (4, 0, 4)
    assert (has.earned, has.balance - has.debt) == (0, before - 20)
    assert has.debt > 0
    assert await chat.broken() == {}


async def test_the_bell_and_a_second_person_meet(chat, mei, staff, clock):
    """Confirmed or void, never both."""
    [number] = await made(chat, mei, 1)
    await takes(chat, mei, number)
    await visits(chat, mei, number)
    clock.set("2022-05-05T00:01:00+08:00")
    worker = Worker(chat)
    _, done = await asyncio.gather(worker.rings(), staff.taps("vouching.yes:1"))
    confirmed = done.params["count"]
    shown = await mei.taps(f"papercards.number:{number}")
    assert shown.params["earned"] == 5 * confirmed
    assert await states(chat) == (1, 0, 1 - confirmed)
    assert await chat.broken() == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_can_confirm_is_told_each_morning(chat, mei, boss, staff):
    """The unit's other organisers; where there is none, staff; nobody once nothing waits."""
    [number] = await made(chat, mei, 1)
    await takes(chat, mei, number)
    await visits(chat, mei, number)
    worker = Worker(chat)
    chat.clock.set("2022-05-02T09:00:00+08:00")
    await worker.rings()
    told = {who for who, reply in worker.platform.sent if reply.key == "overdue.waits"}
    assert told == {"staff", "owner"}
    await appoint(chat, "lan", "zhujiajiao", by=boss)
    chat.clock.set("2022-05-03T09:00:00+08:00")
    before = len(worker.platform.sent)
    await worker.rings()
    late = worker.platform.sent[before:]
    assert {who for who, reply in late if reply.key == "overdue.waits"} == {"lan"}
    await staff.taps("vouching.yes:1")
    chat.clock.set("2022-05-04T09:00:00+08:00")
    before = len(worker.platform.sent)
    await worker.rings()
    assert "overdue.waits" not in {reply.key for _, reply in worker.platform.sent[before:]}
