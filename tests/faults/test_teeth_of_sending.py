"""The guards of the lease and of the outbox, taken out one by one.

As in `test_teeth`: each promise breaks without its guard, and at the place that is named.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import true, update

from bot.delivery import LEASE
from bot.feature import Feature, say
from bot.leader import Leader
from bot.operations import pushing
from bot.restraint import Restraint
from bot.rules.rhythm import Minutely
from bot.rules.weeks import Week
from storage import bells, freezing, halts, leases, pushes
from storage.pushes import Claimed, DeliveryRow, NewPush, PushRow, Settled
from tests.chat import Chat, Person
from tests.conftest import START
from tests.faults.test_teeth import each_breaks, fresh
from tests.push import Worker

numbers = itertools.count(1)
WEEK = Week(2, date(2022, 4, 25), date(2022, 5, 1))
TERMS = freezing.Terms(date(2022, 4, 23), visit="checkin", items=(), lives=())
probe = Feature("probe")


async def _allowed(_db, _push):
    return True


@probe.push("news", switch="", urgency=4, audience=pushing.named_ones, allowed=_allowed)
async def news(sending):
    """Say the same to all."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


# What is promised.


async def _leading(chat: Chat) -> Worker:
    """Return a worker that leads, whoever led before; what they left in the outbox is gone."""
    over = {"state": pushes.SKIPPED, "leased_until": None}
    left = DeliveryRow.state.in_((pushes.WAITING, pushes.SENDING))
    async with chat.database.transaction() as db:
        await db.execute(update(DeliveryRow).where(left).values(**over))
        await db.execute(update(PushRow).values(state=pushes.ENDED))
    worker = Worker(chat, features=[probe])
    await _takes_over(chat, worker)
    return worker


async def _takes_over(chat: Chat, worker: Worker) -> None:
    async with chat.database.transaction() as db:
        if (before := await leases.holder(db, leases.LEADER)) is not None:
            await leases.give_up(db, leases.LEADER, before)  # as if it had run out
    await worker.leader.renew()
    assert worker.leader.term is not None


async def _pushed(chat: Chat) -> tuple[Person, int]:
    """Push to somebody new; return them and the push."""
    ming = await fresh(chat)
    return ming, await _push(chat, ming, f"n{next(numbers)}")


async def _push(chat: Chat, ming: Person, once: str) -> int:
    content = json.dumps({"citizens": [await ming.id()]})
    key = (chat.campaign_id, news.name, once, content, news.urgency)
    async with chat.database.transaction() as db:
        return await pushes.make(db, NewPush(*key, made_at=START), at=START)


async def _claimed(chat: Chat, worker: Worker) -> tuple[Person, int, Sequence[Claimed]]:
    """Push to somebody new, and let a worker claim that."""
    ming, push = await _pushed(chat)
    await _filled(worker)
    claimed = await _claims(worker)
    assert [one.push.id for one in claimed] == [push]
    return ming, push, claimed


async def _filled(worker: Worker) -> None:
    await worker.delivery._fill(worker.leader.term)  # noqa: SLF001 - filled, and not yet claimed


async def _claims(worker: Worker) -> Sequence[Claimed]:
    return await worker.delivery._turn_over(worker.leader.term)  # noqa: SLF001 - and not yet sent


async def _sends(worker: Worker, claimed: Sequence[Claimed]) -> Sequence[object]:
    return await worker.delivery._work_off(claimed, worker.leader.term)  # noqa: SLF001 - unsettled


async def _states(chat: Chat, push: int) -> dict[str, int]:
    async with chat.database.reading() as db:
        return await pushes.counts(db, push)


async def told_once(chat: Chat) -> None:
    """Two bells that push the same tell nobody twice."""
    worker, ming, once = await _leading(chat), await fresh(chat), f"o{next(numbers)}"
    for _ in range(2):
        await _push(chat, ming, once)
    await worker.delivers()
    assert len(worker.platform.told(ming.account.sender)) == 1


async def claimed_once(chat: Chat) -> None:
    """What is on its way is not claimed again."""
    worker = await _leading(chat)
    await _claimed(chat, worker)
    assert len(await _claims(worker)) == 0


async def never_again_in_doubt(chat: Chat) -> None:
    """What a sender that ended had on its way may have arrived: nobody sends it again."""
    ended = await _leading(chat)
    ming, _, _ = await _claimed(chat, ended)
    chat.clock.ahead(seconds=LEASE.total_seconds() + 1)
    other = Worker(chat, features=[probe])
    await _takes_over(chat, other)
    await other.delivers()
    assert other.platform.told(ming.account.sender) == []


async def a_frozen_sender_sends_nothing(chat: Chat) -> None:
    """By its own clock it knows that its lease ran out, before it asks anybody."""
    frozen = await _leading(chat)
    term = frozen.leader.term
    ming, _, claimed = await _claimed(chat, frozen)
    frozen.monotonic.now += 20
    await frozen.delivery._work_off(claimed, term)  # noqa: SLF001 - awake again
    assert frozen.platform.told(ming.account.sender) == []


async def a_frozen_sender_settles_nothing(chat: Chat) -> None:
    """What another has called uncertain meanwhile stays so, whatever it wakes up to write."""
    frozen = await _leading(chat)
    _, push, claimed = await _claimed(chat, frozen)
    outcomes = await _sends(frozen, claimed)
    chat.clock.ahead(seconds=LEASE.total_seconds() + 1)
    other = Worker(chat, features=[probe])
    await _takes_over(chat, other)
    await other.delivers()
    frozen.delivery._outcomes = outcomes  # noqa: SLF001 - awake again
    await frozen.delivery.step()
    assert await _states(chat, push) == {pushes.UNCERTAIN: 1}


async def one_leader(chat: Chat) -> None:
    """Nobody else leads while a lease runs."""
    leading, other = await _leading(chat), Worker(chat, features=[probe])
    await other.leader.renew()
    assert [who.leader.term is None for who in (leading, other)] == [False, True]


async def a_frozen_leader_claims_nothing(chat: Chat) -> None:
    """Even if its own clock stood still: the term it led in is over."""
    frozen = await _leading(chat)
    await _pushed(chat)
    await _filled(frozen)
    await _takes_over(chat, Worker(chat, features=[probe]))
    assert len(await _claims(frozen)) == 0


async def a_frozen_leader_rings_nothing(chat: Chat) -> None:
    """Nor does it ring a bell that is the other's."""
    rung, tower = [], Feature("tower")

    @tower.bell("minutely", lambda _campaign: Minutely())
    async def ring(tick):
        rung.append(tick.slot)

    frozen = Worker(chat, features=[tower])
    await _takes_over(chat, frozen)
    await _takes_over(chat, Worker(chat, features=[tower]))
    chat.clock.ahead(minutes=1)
    await frozen.scheduler.look()
    assert len(rung) == 0


async def stopped_before_it_is_claimed(chat: Chat) -> None:
    """A stopped push is claimed by nobody."""
    worker = await _leading(chat)
    _, push = await _pushed(chat)
    await _filled(worker)
    await _stop(chat, push)
    assert len(await _claims(worker)) == 0


async def stopped_before_it_is_sent(chat: Chat) -> None:
    """What was claimed when it was stopped is not sent."""
    worker = await _leading(chat)
    ming, push, claimed = await _claimed(chat, worker)
    await _stop(chat, push)
    await _sends(worker, claimed)
    assert worker.platform.told(ming.account.sender) == []


async def a_stop_leaves_nothing_waiting(chat: Chat) -> None:
    """What was not sent is settled."""
    worker = await _leading(chat)
    _, push = await _pushed(chat)
    await _filled(worker)
    await _stop(chat, push)
    await worker.delivers()
    assert await _states(chat, push) == {pushes.SKIPPED: 1}


async def _stop(chat: Chat, push: int) -> None:
    async with chat.database.transaction() as db:
        assert await halts.stop(db, push)


# The guards.


def _the_once_key(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    real = pushes.make

    async def make(db, new, *, at):
        return await real(db, replace(new, once=f"{new.once}:{next(numbers)}"), at=at)

    patch.setattr(pushes, "make", make)


def _the_mark(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    """Claim without writing down that it is on its way."""
    real = pushes.claim

    async def claim(db, *asked, **more):
        found = await real(db, *asked, **more)
        free = {"state": pushes.WAITING, "leased_until": None}
        flying = DeliveryRow.state == pushes.SENDING
        await db.execute(update(DeliveryRow).where(flying).values(**free))
        return found

    patch.setattr(pushes, "claim", claim)


def _the_doubt(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    """Take what was on its way for not sent."""
    patch.setattr(pushes, "UNCERTAIN", pushes.WAITING)


def _the_own_clock(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Leader, "term", property(lambda self: self._term))


def _the_leases_end(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    """Take every lease for one that ran out."""
    patch.setattr(leases, "or_", lambda *_free: true())


def _the_term(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    """Ask of nobody whether they still lead, where it is written."""
    patch.setattr(leases, "holds", lambda _name, _term: true())
    patch.setattr(bells, "_ring", bells._ring.__wrapped__)  # noqa: SLF001 - built once


def _the_term_of_a_claim(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    """Write what became of a delivery, whoever has it now."""
    real = pushes.settle

    async def settle(db, settled: Sequence[Settled], *, term: int, at) -> None:
        mine = {"state": pushes.SENDING, "term": term, "leased_until": at + timedelta(seconds=1)}
        for one in settled:
            which = (DeliveryRow.push == one.push, DeliveryRow.citizen == one.citizen)
            await db.execute(update(DeliveryRow).where(*which).values(**mine))
        await real(db, settled, term=term, at=at)

    patch.setattr(pushes, "settle", settle)


def _the_state_of_a_push(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pushes, "STOPPED", "unheard")


def _the_question_before_a_batch(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Restraint, "_guarded", lambda _self, _push: False)


def _the_clearing(_chat: Chat, patch: pytest.MonkeyPatch) -> None:
    async def clear(_self: Restraint) -> bool:
        return False

    patch.setattr(Restraint, "clear", clear)


GUARDS = (
    (_the_once_key, told_once, "assert 2 == 1"),
    (_the_mark, claimed_once, "assert 1 == 0"),
    (_the_doubt, never_again_in_doubt, "['menu.title'] == []"),
    (_the_leases_end, one_leader, "At index 1 diff: False != True"),
    (_the_own_clock, a_frozen_sender_sends_nothing, "['menu.title'] == []"),
    (_the_term_of_a_claim, a_frozen_sender_settles_nothing, "{'sent': 1} == {'uncertain': 1}"),
    (_the_term, a_frozen_leader_claims_nothing, "assert 1 == 0"),
    (_the_term, a_frozen_leader_rings_nothing, "assert 1 == 0"),
    (_the_state_of_a_push, stopped_before_it_is_claimed, "assert 1 == 0"),
    (_the_question_before_a_batch, stopped_before_it_is_sent, "['menu.title'] == []"),
    (_the_clearing, a_stop_leaves_nothing_waiting, "{'waiting': 1} == {'skipped': 1}"),
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_each_promise_breaks_without_its_guard(chat, monkeypatch, record):
    """What is sent once, who leads, and what a stop holds back."""
    await each_breaks(chat, monkeypatch, GUARDS)
    record("R9", f"sending: {len(GUARDS)} of {len(GUARDS)}")
