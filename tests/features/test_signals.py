"""Odd days: found at night in the deeds since the night before, looked at by staff."""

import pytest

from storage import deployment, signals
from tests.corrections import disputes
from tests.engine.test_correcting import audit
from tests.push import Worker
from tests.stocked import stock


@pytest.fixture
async def worker(chat):
    """A process that has rung before."""
    worker = Worker(chat)
    await worker.rings()
    return worker


async def finishes(chat, clock, person, *, spare, count=6):
    """Watch films, each finished so many seconds after that is possible, at odd distances."""
    for place, item in enumerate(
        await stock(chat, "video", *(f"{person.account.sender}{n}" for n in range(count)))
    ):
        clock.ahead(seconds=7 * place)
        await person.taps(f"items.open:{item}")
        clock.ahead(seconds=60 + spare)
        await person.taps(f"items.done:{item}")


async def night(clock, worker):
    """Let the bell ring."""
    clock.set("2022-05-02T04:16:00+08:00")
    await worker.rings()


async def listed(chat):
    """Read what nobody has looked at."""
    async with chat.database.reading() as db:
        return await signals.unseen(db, chat.campaign_id, offset=0, limit=50)


async def test_always_at_the_least_time_is_odd(chat, clock, worker, staff, ming):
    """Flagged with numbers; points stay, nothing is said to the citizen."""
    await finishes(chat, clock, ming, spare=1)
    hua = await chat.join("hua")
    await finishes(chat, clock, hua, spare=40)

    await night(clock, worker)
    found = await listed(chat)

    assert [(s.citizen, s.kind, s.count, s.value) for s in found] == [
        (await ming.id(), "minimum", 6, 1)
    ]
    assert worker.platform.told("ming") == []
    assert (await ming.has()).earned == 15
    assert await audit(chat) == {}


async def test_regular_to_the_second_is_odd(chat, clock, worker, ming):
    """A deed every ninety seconds, six times."""
    for item in await stock(chat, "video", *(f"片{n}" for n in range(6))):
        await ming.taps(f"items.open:{item}")
        clock.ahead(seconds=90)
        await ming.taps(f"items.done:{item}")

    await night(clock, worker)

    # The check-in is the first of the row.
    assert [(s.kind, s.count, s.value) for s in await listed(chat)] == [("clockwork", 7, 90)]


async def test_each_deed_is_looked_at_once(chat, clock, worker, ming):
    """The next night begins where this one ended, and finds nothing twice."""
    await finishes(chat, clock, ming, spare=1)
    await night(clock, worker)
    [found] = await listed(chat)
    async with chat.database.transaction() as db:
        last = await signals.last_deed(db)
        assert await deployment.fact(db, "signals_up_to") == str(last)
        assert await signals.look(db, found.id, by=1, at=clock.now())
    clock.ahead(days=1)
    await worker.rings()

    assert await listed(chat) == []


async def test_staff_look_at_it(chat, clock, worker, staff, ming):
    """Listed, opened with the day to the second, noted as fine, once."""
    await finishes(chat, clock, ming, spare=0)
    await night(clock, worker)

    await staff.says("异议")
    await staff.taps(staff.button("异常提示（1）"))
    page = await staff.says("1")
    text = staff.rendered.text
    fine = staff.button("看过了，没有问题")
    looked, again = await staff.taps(fine), await staff.taps(fine)
    await staff.says("审计")

    assert page.key == "signals.page"
    assert "6 次完成全都卡在最短时间" in text
    assert "09:01:00 5月1日" in text
    assert (looked.key, again.key) == ("signals.looked", "amending.decided")
    assert "看过异常提示" in staff.rendered.text
    assert (await staff.taps("signals")).key == "signals.none"


async def test_it_stands_in_the_evidence_of_a_dispute(chat, clock, worker, staff, ming):
    """Staff who decide see it."""
    await finishes(chat, clock, ming, spare=0)
    await night(clock, worker)
    await disputes(ming)
    await ming.says("不对")

    await staff.says("异议")
    await staff.says("1")

    assert "异常提示：6 次完成" in staff.rendered.text


async def test_erased_citizens_have_no_signals(chat, clock, worker, staff, ming):
    """And an old button says that it is gone."""
    await finishes(chat, clock, ming, spare=0)
    await night(clock, worker)
    [found] = await listed(chat)
    await ming.says("注销")
    await ming.taps(ming.button("注销，全部删掉"))

    assert await listed(chat) == []
    assert (await staff.taps(f"signals.one:{found.id}")).key == "amending.gone"
    assert (await ming.taps("signals")) is None
