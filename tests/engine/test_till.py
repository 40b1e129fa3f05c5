import asyncio
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import text

from bot.booking import Booking, Deed
from bot.correcting import Adjustment
from bot.messages import Refusal
from bot.rules.points import Outcome
from bot.till import CONFLICT_TRIES_MAX, Unregistered
from storage import ledger
from storage.citizens import Account
from storage.db import Conflict, Unavailable
from tests.statements import listening

DAY = date(2022, 5, 1)
AT = datetime.fromisoformat("2022-05-01T09:00:00+08:00")


def deed(who, once, *, activity="video", cause=None, also=None, day=DAY):
    """Describe a deed of this account on the first of May."""
    return Deed(who, activity, once, day=day, acted_at=AT, cause=cause or f"test:{once}", also=also)


async def count(chat, table):
    """Count the rows of a table."""
    async with chat.database.reading() as db:
        return await db.scalar(text(f"SELECT count(*) FROM {table}"))


async def test_videos_pay_up_to_the_cap_and_not_past_it(chat):
    """Five videos make 10 of 10; the sixth is recorded, pays nothing, stays open."""
    ming = await chat.join("ming")

    awards = [await chat.till.award(deed(ming.account, f"item:{n}")) for n in range(6)]
    tomorrow = await chat.till.award(
        deed(ming.account, "item:5", cause="test:again", day=date(2022, 5, 2))
    )

    assert [award.outcome for award in awards] == [Outcome.PAID] * 5 + [Outcome.CAPPED]
    assert [award.today for award in awards] == [2, 4, 6, 8, 10, 10]
    assert (tomorrow.outcome, tomorrow.today) == (Outcome.PAID, 2)
    assert await count(chat, "deeds") == 7
    assert await count(chat, "ledger") == 6


async def test_twenty_different_items_at_once_pay_exactly_the_cap(chat):
    """However many arrive together, the cap holds to the point."""
    ming = await chat.join("ming")

    await asyncio.gather(*(chat.till.award(deed(ming.account, f"i:{n}")) for n in range(20)))

    assert (await ming.has()).earned == 10
    assert (await ming.has()).lines == 5


async def test_one_batch_reckons_as_one_after_another_would(chat):
    """The cap moves from one to the next, a copy hears the same, and all take one transaction."""
    ming = await chat.join("ming")
    acts = [deed(ming.account, f"v:{n}") for n in range(7)]
    copies = [acts[0], replace(acts[1], cause="somebody's second tap"), acts[6]]

    with listening(chat.database) as sent:
        told = await asyncio.gather(*(chat.till.award(act) for act in [*acts, *copies]))

    paid = [(Outcome.PAID, 2, 2 * n, 10) for n in range(1, 6)]
    capped = [(Outcome.CAPPED, 0, 10, 10)] * 2
    heard = [(t.outcome, t.points, t.today, t.cap) for t in told]
    assert heard[:7] == [*paid, *capped]
    assert (heard[7], heard[9]) == (heard[0], heard[6])
    assert heard[8][:2] == (Outcome.ALREADY, 0)
    assert len([each for each in sent if each.sql.startswith("INSERT INTO ledger")]) == 1


async def test_activities_have_caps_of_their_own(chat):
    """Full on video, free on books."""
    ming = await chat.join("ming")
    for number in range(6):
        await chat.till.award(deed(ming.account, f"v:{number}"))

    award = await chat.till.award(deed(ming.account, "b:1", activity="book"))

    assert (award.outcome, award.today) == (Outcome.PAID, 2)


async def test_a_retry_replays_the_award_and_another_tap_does_not(chat):
    """The same cause reads the same again; another cause is told that it is done."""
    ming = await chat.join("ming")
    first = await chat.till.award(deed(ming.account, "a", cause="telegram:1"))
    await chat.till.award(deed(ming.account, "b", cause="telegram:2"))

    retry = await chat.till.award(deed(ming.account, "a", cause="telegram:1"))
    other = await chat.till.award(deed(ming.account, "a", cause="telegram:3"))

    assert (first.outcome, first.points, first.today) == (Outcome.PAID, 2, 2)
    assert (retry.outcome, retry.points, retry.today) == (Outcome.PAID, 2, 2)
    assert (other.outcome, other.points, other.today) == (Outcome.ALREADY, 0, 4)


async def test_a_capped_retry_replays_too(chat):
    """A deed over the cap is recorded once, however often it is delivered."""
    ming = await chat.join("ming")
    for number in range(5):
        await chat.till.award(deed(ming.account, f"v:{number}"))

    outcomes = [
        (await chat.till.award(deed(ming.account, "v:9", cause="x:9"))).outcome for _ in range(3)
    ]

    assert outcomes == [Outcome.CAPPED] * 3
    assert await count(chat, "deeds") == 6


async def test_also_is_written_with_the_award_and_once(chat):
    """What must be true together with the award is written in its transaction, not by a retry."""
    ming = await chat.join("ming")

    async def note(db, award):
        row = {"name": f"award-{award.citizen}", "value": str(award.points)}
        await db.execute(text("INSERT INTO facts (name, value) VALUES (:name, :value)"), row)

    for _ in range(3):
        await chat.till.award(deed(ming.account, "a", cause="x:1", also=note))

    async with chat.database.reading() as db:
        kept = await db.scalar(text("SELECT value FROM facts WHERE name LIKE 'award-%'"))
    assert kept == "2"


async def test_also_that_refuses_takes_its_own_award_back_and_no_other(chat):
    """One deed that fails fails alone; its neighbours in the batch are paid."""
    people = [await chat.join(f"p{number}") for number in range(5)]

    async def refuse(_db, _award):
        raise Refusal("errors.not_allowed")

    results = await asyncio.gather(
        *(
            chat.till.award(deed(p.account, "a", also=refuse if n == 2 else None))
            for n, p in enumerate(people)
        ),
        return_exceptions=True,
    )

    assert [isinstance(result, Refusal) for result in results] == [False, False, True, False, False]
    assert [(await person.has()).earned for person in people] == [2, 2, 0, 2, 2]
    assert await count(chat, "deeds") == 4


async def test_awaiting_the_till_inside_a_transaction_raises_at_once(chat):
    """It would wait for itself."""
    ming = await chat.join("ming")

    async with chat.database.transaction():
        with pytest.raises(RuntimeError, match="also"):
            await chat.till.award(deed(ming.account, "a"))


async def test_nobody_is_paid_before_consent_and_town(chat):
    """Strangers and people without a town are not booked."""
    ming = chat.person("ming")
    await ming.taps("start.agree")

    for who in (Account("web", "nobody"), ming.account):
        with pytest.raises(Unregistered):
            await chat.till.award(deed(who, "a"))
    assert await count(chat, "deeds") == 0


async def test_a_citizen_is_paid_by_id_as_well(chat):
    """Buttons that carry their reader pay that reader."""
    ming = await chat.join("ming")
    citizen = await ming.id()

    by_id, by_account = await asyncio.gather(
        chat.till.award(deed(citizen, "a")), chat.till.award(deed(ming.account, "b"))
    )

    assert {by_id.citizen, by_account.citizen} == {citizen}
    assert (await ming.has()).earned == 4


async def test_the_next_awards_pay_a_debt_first(chat):
    """With a debt, points earned count as earned and pay the debt before they can be spent."""
    ming = await chat.join("ming")
    await chat.till.award(deed(ming.account, "a"))
    await chat.till.correct(Adjustment(await ming.id(), -5, "r", "t", DAY, AT, debt=3))

    await chat.till.award(deed(ming.account, "b"))
    award = await chat.till.award(deed(ming.account, "c"))

    assert (award.balance, award.earned) == (1, 6)
    assert (await ming.has()).debt == 0


async def test_a_line_counts_for_the_town_of_its_moment(chat, clock):
    """A move shifts later points only; the participant counts for the first town."""
    ming = await chat.join("ming", town="xiayang")
    await ming.taps("checkins")
    await ming.says("/start town_baihe")
    await ming.taps(ming.button("确认"))
    clock.ahead(days=1)
    await ming.taps("checkins")

    async with chat.database.reading() as db:
        towns = list(await db.scalars(text("SELECT town FROM ledger ORDER BY line")))
    assert towns == ["xiayang", "baihe"]
    assert (await ming.has()).town == "xiayang"


async def test_a_closed_till_refuses_and_books_what_had_arrived(chat):
    """Stopping loses nothing that was accepted."""
    ming = await chat.join("ming")

    async with asyncio.TaskGroup() as tasks:
        last = tasks.create_task(chat.till.award(deed(ming.account, "a")))
        await asyncio.sleep(0)
        chat.till.close()
    with pytest.raises(Unavailable):
        await chat.till.award(deed(ming.account, "b"))

    assert last.result().outcome is Outcome.PAID


async def hold(chat, person, *, held, free):
    """Hold a citizen's row in a transaction of another task until told to let go."""
    async with chat.database.transaction() as db:
        lock = text("SELECT id FROM citizens WHERE id = :id FOR NO KEY UPDATE")
        await db.execute(lock, {"id": await person.id()})
        held.set()
        await free.wait()


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_held_citizen_waits_and_their_neighbours_do_not(chat):
    """While another transaction holds one citizen, others are paid; then that one is."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    held, free = asyncio.Event(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold(chat, ming, held=held, free=free))
        await held.wait()
        slow = tasks.create_task(chat.till.award(deed(ming.account, "a")))
        await asyncio.sleep(0)
        quick = await chat.till.award(deed(hua.account, "a"))
        was_waiting = not slow.done()
        free.set()

    assert quick.outcome is Outcome.PAID
    assert was_waiting
    assert slow.result().outcome is Outcome.PAID


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_citizen_held_for_seconds_is_unavailable(chat, monkeypatch):
    """The platform is told to try again, rather than kept waiting for ever."""
    monkeypatch.setattr("bot.till.LOCKED_SECONDS_MAX", 0.1)
    ming = await chat.join("ming")
    held, free = asyncio.Event(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold(chat, ming, held=held, free=free))
        await held.wait()
        with pytest.raises(Unavailable):
            await chat.till.award(deed(ming.account, "a"))
        free.set()

    assert (await ming.has()).earned == 0


async def test_a_line_booked_past_the_lock_is_never_paid_over(chat):
    """If somebody booked behind the till's back, the schema stops it; no total moves."""
    ming = await chat.join("ming")
    await chat.till.award(deed(ming.account, "a"))
    async with chat.database.transaction() as db:
        line = ledger.NewLine(
            await ming.id(), 2, "deed", points=2, net=4, day=DAY, activity="video", slot=1, rate=2,
            cap=10, once="ghost", cause="ghost", town="xiayang", acted_at=AT, recorded_at=AT,
        )  # fmt: skip
        await ledger.book(db, chat.campaign_id, [line])

    with pytest.raises(Conflict):
        await chat.till.award(deed(ming.account, "b"))
    assert (await ming.has()).earned == 2


@pytest.mark.parametrize("conflicts", [1, CONFLICT_TRIES_MAX, CONFLICT_TRIES_MAX + 1])
async def test_a_conflict_is_looked_at_again(chat, monkeypatch, conflicts):
    """As often as somebody wrote past the lock, up to a number of times; then it is said."""
    ming, write, tried = await chat.join("ming"), Booking.write, []

    async def crossed(booking, db):
        tried.append(1)
        if len(tried) <= conflicts:
            raise Conflict("INSERT", {}, Exception("somebody was faster"))
        await write(booking, db)

    monkeypatch.setattr(Booking, "write", crossed)
    if conflicts <= CONFLICT_TRIES_MAX:
        assert (await chat.till.award(deed(ming.account, "a"))).points == 2
    else:
        with pytest.raises(Conflict):
            await chat.till.award(deed(ming.account, "a"))
    assert len(tried) == 1 + min(conflicts, CONFLICT_TRIES_MAX)
    assert (await ming.has()).earned == (2 if conflicts <= CONFLICT_TRIES_MAX else 0)
