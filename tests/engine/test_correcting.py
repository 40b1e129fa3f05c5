"""Corrections at the till: adjustments, makeups and reversals, alone, at once, again."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from bot.correcting import Adjustment, Makeup, Reversal
from bot.messages import Refusal
from bot.rules.corrections import Verdict
from bot.till import Unregistered
from storage import ledger
from storage.db import Conflict
from storage.standings import participants
from storage.totals import Totals
from tests.classes import on_air, row
from tests.engine.test_till import AT, DAY, deed

BOOKED, ALREADY = Verdict.BOOKED, Verdict.ALREADY


async def adjust(chat, person, points, **more):
    """Move somebody's balance."""
    given = {"once": "c:1", "cause": "t:1", "day": DAY, "acted_at": AT} | more
    return await chat.till.correct(Adjustment(await person.id(), points, **given))


async def reverse(chat, person, line, *, cause="t:r", **more):
    """Take a line back."""
    return await chat.till.correct(Reversal(await person.id(), line, cause, AT, **more))


async def make_up(chat, person, points=5, activity="checkin", once=f"checkin:{DAY}", **more):
    """Enter a deed."""
    given = {"cause": f"t:{once}", "day": DAY, "acted_at": AT} | more
    return await chat.till.correct(Makeup(await person.id(), activity, points, once, **given))


async def audit(chat):
    """Return the invariants that are broken; here the till alone is asked, without reasons."""
    return {name: who for name, who in (await chat.broken()).items() if name != "reasons"}


async def taking_part(chat):
    """Count the participants."""
    async with chat.database.reading() as db:
        return await participants(db, chat.campaign_id)


async def lines(chat, person):
    """Read somebody's lines: kind, points, what they reverse, the day and the activity."""
    async with chat.database.reading() as db:
        found = await ledger.newest_lines(
            db, chat.campaign_id, await person.id(), before=None, most=99
        )
    return [(x.kind, x.points, x.reverses, x.day, x.activity) for x in reversed(found)]


async def test_an_adjustment_moves_the_balance_alone(chat):
    """Earned points, rank and participation stay; the cap is not touched."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    await ming.taps("checkins")

    told = [await adjust(chat, person, 7) for person in (ming, hua)]

    assert [(t.verdict, t.points, t.balance, t.earned) for t in told] == [
        (BOOKED, 7, 12, 5),
        (BOOKED, 7, 7, 0),
    ]
    assert await taking_part(chat) == 1
    assert await lines(chat, hua) == [("adjustment", 7, None, DAY, None)]
    assert (await hua.taps("checkins")).params["balance"] == 12
    assert await audit(chat) == {}


async def test_a_debt_must_be_agreed_to_and_the_next_awards_pay_it(chat):
    """Nothing is written until the debt is confirmed; earned points never fall by it."""
    ming = await chat.join("ming")
    await ming.taps("checkins")

    asked = await adjust(chat, ming, -9)
    before = await ming.has()
    agreed = await adjust(chat, ming, -9, debt=4)
    await chat.till.award(deed(ming.account, "a"))
    await chat.till.award(deed(ming.account, "b"))
    await chat.till.award(deed(ming.account, "c"))

    assert (asked.verdict, asked.debt, before.lines) == (Verdict.DEBT, 4, 1)
    assert (agreed.verdict, agreed.balance, agreed.debt, agreed.earned) == (BOOKED, 0, 4, 5)
    assert (await ming.has()).balance == 2
    assert (await ming.has()).earned == 11
    assert await audit(chat) == {}


async def test_the_same_message_hears_the_same_and_another_that_it_is_done(chat):
    """Retried ten times, an adjustment is booked once."""
    ming = await chat.join("ming")
    first = await adjust(chat, ming, 7)
    await ming.taps("checkins")

    again = [await adjust(chat, ming, 7) for _ in range(9)]
    other = await adjust(chat, ming, 7, cause="t:2")

    assert {(t.verdict, t.points, t.balance, t.line) for t in (first, *again)} == {
        (BOOKED, 7, 7, 1)
    }
    assert (other.verdict, other.points, other.balance, other.line) == (ALREADY, 0, 12, 1)
    assert (await ming.has()).lines == 2


async def test_a_reversed_check_in_takes_everything_back_but_the_cap(chat):
    """Earned, balance, the day and the streak go back; the day cannot be scored again."""
    ming = await chat.join("ming")
    await ming.taps("checkins")

    told = await reverse(chat, ming, 1)
    again = await ming.taps("checkins")

    assert (told.verdict, told.points, told.balance, told.earned, told.line) == (
        *(BOOKED, -5, 0, 0, 2),
    )
    assert (again.key, again.params["today"]) == ("checkins.already", 5)
    has = await ming.has()
    assert has == Totals(lines=2)
    assert (await lines(chat, ming))[1] == ("reversal", -5, 1, DAY, "checkin")
    assert await audit(chat) == {}


async def test_a_reversal_does_not_free_the_cap(chat):
    """Five videos, one reversed: a sixth is still over the cap."""
    ming = await chat.join("ming")
    for number in range(5):
        await chat.till.award(deed(ming.account, f"v:{number}"))

    await reverse(chat, ming, 3)
    award = await chat.till.award(deed(ming.account, "v:5"))

    assert (award.outcome.value, award.today, award.earned) == ("capped", 10, 8)
    assert (await ming.has()).finished == 5  # six were finished, and one of them taken back
    assert await audit(chat) == {}


async def test_whoever_has_no_line_left_is_no_participant(chat):
    """The town goes with the only line, and comes with the next one."""
    ming, hua = await chat.join("ming", town="baihe"), await chat.join("hua")
    for person in (ming, hua):
        await chat.till.award(deed(person.account, "a"))
    before = await taking_part(chat)

    await reverse(chat, ming, 1)
    without = (await taking_part(chat), await ming.has())
    await adjust(chat, ming, 100)
    await chat.till.award(deed(ming.account, "b"))

    assert (before, without[0], without[1].town, without[1].haste) == (2, 1, None, 0)
    assert (await taking_part(chat), (await ming.has()).town) == (2, "baihe")
    assert await audit(chat) == {}


async def test_the_first_line_that_stands_gives_the_town(chat, clock):
    """The first line reversed, the second one's town counts; all reversed, none."""
    ming = await chat.join("ming", town="baihe")
    await chat.till.award(deed(ming.account, "a"))
    await ming.says("/start town_xiayang")
    await ming.taps(ming.button("确认"))
    await chat.till.award(deed(ming.account, "b"))
    towns = [(await ming.has()).town]

    for line in (1, 2):
        await reverse(chat, ming, line, cause=f"t:{line}")
        towns.append((await ming.has()).town)

    assert towns == ["baihe", "xiayang", None]
    assert await audit(chat) == {}


async def test_who_got_there_first_is_told_by_the_lines_that_stand(chat, clock):
    """With the last line reversed, the moment of the one before it counts again."""
    ming = await chat.join("ming")
    await chat.till.award(deed(ming.account, "a"))
    haste = [(await ming.has()).haste]
    clock.ahead(seconds=9)
    await chat.till.award(deed(ming.account, "b"))
    haste.append((await ming.has()).haste)

    await reverse(chat, ming, 2)

    assert haste[0] > haste[1]
    assert (await ming.has()).haste == haste[0]


async def test_a_line_is_reversed_once(chat):
    """The same message again, another one, and twenty at once: one reversal."""
    ming = await chat.join("ming")
    await chat.till.award(deed(ming.account, "a"))

    told = await asyncio.gather(*(reverse(chat, ming, 1, cause=f"t:{n % 20}") for n in range(40)))

    booked = [t for t in told if t.verdict is BOOKED]
    assert (len(booked), {t.line for t in booked}) == (2, {2})
    assert {t.verdict for t in told} == {BOOKED, ALREADY}
    assert (await ming.has()).lines == 2
    assert await audit(chat) == {}


async def test_what_is_no_line_or_a_reversal_is_not_reversed(chat):
    """No such line, a reversal, somebody else's number: refused, nothing is written."""
    ming, hua = await chat.join("ming"), await chat.join("hua")
    await ming.taps("checkins")
    await reverse(chat, ming, 1)

    told = [await reverse(chat, p, n) for p, n in ((ming, 9), (ming, 2), (hua, 1), (ming, -1))]

    assert [t.verdict.value for t in told] == ["missing", "fixed", "missing", "missing"]
    assert (await ming.has()).lines == 2


async def test_an_adjustment_can_be_reversed(chat):
    """The balance goes back, and a debt comes as it must: agreed to."""
    ming = await chat.join("ming")
    await adjust(chat, ming, -3, debt=3)
    back = await reverse(chat, ming, 1)
    await adjust(chat, ming, 6, once="c:2", cause="t:2")
    await adjust(chat, ming, -4, once="c:3", cause="t:3")

    asked = await reverse(chat, ming, 3, cause="t:4")
    agreed = await reverse(chat, ming, 3, cause="t:4", debt=4)

    assert (back.points, back.balance, back.debt) == (3, 0, 0)
    assert (asked.verdict, asked.debt) == (Verdict.DEBT, 4)
    assert (agreed.verdict, agreed.balance, agreed.debt) == (BOOKED, 0, 4)
    assert await audit(chat) == {}


async def test_a_makeup_counts_like_the_deed_it_stands_for(chat, clock):
    """A lost check-in of yesterday: points, the day, the streak, participation, the cap."""
    ming = await chat.join("ming")
    clock.ahead(days=1)
    await ming.taps("checkins")

    told = await make_up(chat, ming)
    again = await make_up(chat, ming, cause="t:2")
    late = await chat.till.award(deed(ming.account, f"checkin:{DAY}", activity="checkin"))

    assert (told.verdict, told.points, told.balance, told.earned) == (BOOKED, 5, 10, 10)
    assert (again.verdict, late.outcome.value) == (ALREADY, "already")
    assert ((await ming.has()).visit_days, late.streak) == (2, 1)
    assert (await ming.taps("checkins")).params["streak"] == 2
    assert (await lines(chat, ming))[1] == ("makeup", 5, None, DAY, "checkin")
    assert await audit(chat) == {}


async def test_a_makeup_makes_a_participant_and_its_reversal_unmakes_one(chat):
    """It is a scored line like any other."""
    ming = await chat.join("ming")
    await make_up(chat, ming, 2, "video", once="item:7")
    there = (await taking_part(chat), await ming.has())

    await reverse(chat, ming, 1)

    assert (there[0], there[1].finished, there[1].town) == (1, 1, "xiayang")
    assert (await taking_part(chat), await ming.has()) == (0, Totals(lines=2))
    assert await audit(chat) == {}


async def test_makeups_and_deeds_share_the_cap(chat):
    """A day of videos holds ten points, whoever enters them; it is said which rule stops it."""
    ming = await chat.join("ming")
    for number in range(4):
        await make_up(chat, ming, 2, "video", once=f"m:{number}")
    dear = await make_up(chat, ming, 3, "video", once="m:8")

    last = await chat.till.award(deed(ming.account, "a"))
    over = await chat.till.award(deed(ming.account, "b"))
    full = await make_up(chat, ming, 2, "video", once="m:9")
    rests = await make_up(chat, ming, 2, "video", once="m:9", day=date(2022, 10, 8))

    assert (last.points, last.today, over.outcome.value) == (2, 10, "capped")
    verdicts = [dear.verdict, full.verdict, rests.verdict]
    assert verdicts == [Verdict.DEAR, Verdict.FULL, Verdict.RESTS]
    assert await audit(chat) == {}


async def test_what_was_reversed_wrongly_is_made_up_for_once(chat):
    """The once key and the cap of a reversed check-in stay used, but for its makeup."""
    ming = await chat.join("ming")
    await ming.taps("checkins")
    await reverse(chat, ming, 1)

    blunt = await make_up(chat, ming)
    told = [await make_up(chat, ming, once="again:2", cause=f"t:{n}") for n in range(2)]
    me = await ming.says("我的")

    assert blunt.verdict is ALREADY
    assert [t.verdict for t in told] == [BOOKED, ALREADY]
    assert ((await ming.has()).earned, (await ming.has()).visit_days) == (5, 1)
    assert me is not None
    assert "5/5" in ming.rendered.text
    await reverse(chat, ming, 3, cause="t:3")
    assert (await ming.has()).visit_days == 0
    assert await audit(chat) == {}


async def test_nobody_who_takes_no_part_is_made_up_for(chat):
    """No deed without consent and town; no correction of a citizen who does not exist."""
    ming = chat.person("ming")
    await ming.taps("start.agree")

    with pytest.raises(Unregistered):
        await make_up(chat, ming)
    with pytest.raises(Unregistered):
        await chat.till.correct(Adjustment(999, 5, "c", "t", DAY, AT))


async def test_corrections_and_deeds_of_one_batch_are_all_booked(chat):
    """A crowd's check-ins and staff's corrections arrive together; each sees the one before."""
    people = [await chat.join(f"p{number}") for number in range(12)]

    told = await asyncio.gather(
        *(chat.till.award(deed(p.account, "a")) for p in people),
        *(adjust(chat, p, 10) for p in people),
        *(chat.till.award(deed(p.account, "b")) for p in people),
        *(adjust(chat, p, -3, once="c:2", cause="t:2") for p in people),
    )

    assert len(told) == 48
    assert {((await p.has()).balance, (await p.has()).earned) for p in people} == {(11, 4)}
    assert await audit(chat) == {}


async def test_also_rides_with_a_correction_and_can_refuse_it(chat):
    """What must be true together with it is written with it, once, or stops it alone."""
    ming, hua = await chat.join("ming"), await chat.join("hua")

    async def note(db, corrected):
        row = {"name": f"line-{corrected.line}", "value": str(corrected.points)}
        await db.execute(text("INSERT INTO facts (name, value) VALUES (:name, :value)"), row)

    async def refuse(_db, _corrected):
        raise Refusal("errors.not_allowed")

    results = await asyncio.gather(
        *(adjust(chat, ming, 7, also=note) for _ in range(3)),
        adjust(chat, hua, 9, also=refuse),
        return_exceptions=True,
    )

    assert [type(result).__name__ for result in results] == [*["Corrected"] * 3, "Refusal"]
    assert ((await ming.has()).balance, (await hua.has()).balance) == (7, 0)
    async with chat.database.reading() as db:
        assert await db.scalar(text("SELECT value FROM facts WHERE name = 'line-1'")) == "7"


async def test_a_correction_booked_past_the_lock_is_never_booked_over(chat):
    """If somebody wrote behind the till's back, the schema stops it; no total moves."""
    ming = await chat.join("ming")
    await chat.till.award(deed(ming.account, "a"))
    async with chat.database.transaction() as db:
        line = ledger.NewLine(
            await ming.id(), 2, "adjustment", points=2, net=4, day=DAY, activity=None, slot=None,
            rate=None, cap=None, once="ghost", cause="ghost", town=None, acted_at=AT,
            recorded_at=AT + timedelta(seconds=1),
        )  # fmt: skip
        await ledger.book(db, chat.campaign_id, [line])

    with pytest.raises(Conflict):
        await adjust(chat, ming, 5)
    with pytest.raises(Conflict):
        await reverse(chat, ming, 1)
    assert (await ming.has()).balance == 2


async def test_a_livestream_counts_once_whoever_enters_it(chat, clock):
    """Reversed, it is none; made up for, one again, also beside a deed that was over the cap."""
    ming = await chat.join("ming")
    [one] = await on_air(chat, row("一", "2022-05-01 19:00"))
    clock.set("2022-05-01T19:10:00+08:00")
    await ming.taps(f"joining.join:{one}")
    lives = [(await ming.has()).lives]

    await reverse(chat, ming, 1)
    lives.append((await ming.has()).lives)
    for once in ("again:2", "m:1"):
        await make_up(chat, ming, 5, "live", once=once, subject=f"live:{one}")
        lives.append((await ming.has()).lives)
    await reverse(chat, ming, 3, cause="t:3")
    lives.append((await ming.has()).lives)

    assert lives == [1, 0, 1, 1, 1]
    assert await audit(chat) == {}
