"""What organisers attest: booked as any deed, and taken back if nobody else says it was so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.booking import Award, Booking, Terms
from bot.campaign import Campaign
from bot.correcting import Corrected, Reversal
from bot.feature import Kind, Tick, Turn, named
from bot.messages import Named, Phrase, Refusal
from bot.operations import auditing, pushing
from bot.rules import papercards as rules
from bot.rules import rights
from bot.rules.corrections import LAPSED, Verdict
from bot.rules.points import Outcome
from bot.rules.rights import Right
from storage import accounts, attests, items, papercards, roles
from storage.attests import Attest, NewAttest, State
from storage.db import Db
from storage.papercards import PaperCard
from storage.twins import Who

CONFIRM_WITHIN = timedelta(days=3)
"""How long a second person has, after the day on which something was attested."""
AT_ONCE = 200
ANY_DEBT = 1 << 30
"""Points that were spent meanwhile are owed, as after a tick that was denied."""


def until(day: date) -> date:
    """Return the last day on which something of a day can be confirmed."""
    return day + CONFIRM_WITHIN


async def called(db: Db, campaign: Campaign, attest: Attest) -> Phrase | Named:
    """Name what was attested: the activity, and the title of an item."""
    activity = named(campaign.activity(attest.activity))
    if not attest.subject.isdecimal():
        return activity
    title = (await items.titles(db, [int(attest.subject)])).get(int(attest.subject), "")
    return Phrase("log.with_title", {"activity": activity, "title": title})


@dataclass(frozen=True, slots=True)
class What:
    """What is attested: a deed of an activity, its once key, and what it is about."""

    activity: str
    once: str
    subject: str
    called: Named | Phrase


async def attest(
    turn: Turn, card: PaperCard, whose: Who, *, what: What, told: Kind
) -> tuple[Award, int | None]:
    """Book what an organiser attests; return also the number of what waits to be confirmed.

    Raises:
        Refusal: the right or the card was taken away a moment ago.

    """
    made: list[int] = []

    async def note(db: Db, award: Award) -> None:
        await _still(replace(turn, opened=db), card, award.citizen)
        paid = award.outcome is Outcome.PAID
        new = NewAttest(
            *(turn.campaign_id, award.citizen, card.id, card.unit, what.activity, what.subject),
            *(turn.today, award.points, turn.acted_at, turn.person.citizen),
        )
        number = await attests.add(db, new, State.WAITING if paid else State.UNPAID)
        details = {"attest": number, "activity": what.activity, "about": what.subject}
        await auditing.add(db, auditing.line(turn, "attested", whose.number, **details))
        if not paid:
            return
        made.append(number)
        if await accounts.has_way(db, award.citizen):
            content = {"citizens": [award.citizen], "attest": number}
            seen = replace(turn, opened=db)
            await pushing.push(seen, told, once=f"attest:{number}", content=content)

    deed = turn.deed(what.activity, once=what.once, subject=what.subject, also=note)
    award = await turn.till.award(replace(deed, who=whose.citizen))
    return award, made[-1] if made else None


async def _still(turn: Turn, card: PaperCard, citizen: int) -> None:
    held = await roles.duties(turn.db, turn.campaign_id, turn.person.citizen)
    if not rights.reach(held, Right.CARDS):
        raise Refusal("errors.not_allowed")
    now = await papercards.of(turn.db, turn.campaign_id, card.id)
    if now is None or now.voided_at is not None or now.citizen != citizen:
        raise Refusal("papercards.void", number=rules.grouped(card.number))


async def take_back(turn: Turn, attest: Attest, subject: str) -> int:
    """Take back what was attested, as somebody says that it was not so; return the points.

    Raises:
        Refusal: it does not wait for anybody any more.

    """
    async with turn.looking() as db:
        line = await attests.line(db, attest.id)
    by = turn.person.citizen

    async def note(db: Db, corrected: Corrected | None) -> None:
        if not await attests.decide(db, attest.id, State.DENIED, by=by, at=turn.now):
            raise Refusal("vouching.done_already")
        number = corrected.line if corrected else None
        made = auditing.line(turn, "attest_denied", subject, attest=attest.id, line=number)
        await auditing.add(db, made)

    if line is None:
        async with turn.noting() as db:
            await note(db, None)
        return 0
    back = Reversal(
        attest.citizen, line, f"{LAPSED}{attest.id}", turn.now, debt=ANY_DEBT, also=note
    )
    corrected = await turn.till.correct(back)
    if corrected.verdict is not Verdict.BOOKED:
        raise Refusal("vouching.done_already")
    return -corrected.points


async def due(tick: Tick) -> list[int]:
    """Return some of what nobody confirmed in time."""
    before = tick.today - CONFIRM_WITHIN
    return await attests.due(tick.db, tick.campaign_id, before, most=AT_ONCE)


async def lapse(tick: Tick, numbers: Sequence[int]) -> list[Attest]:
    """Take it back in the bell's transaction, as the till would, and return what went.

    Who is held by somebody else, and who has several, gets the rest when it rings again. What is
    confirmed at the same moment stays: both wait for its row.
    """
    found = await attests.hold(tick.db, numbers)
    booking = Booking(Terms(tick.campaign, tick.campaign_id, frozenset(), tick.system_now))
    lines = {one.id: await attests.line(tick.db, one.id) for one in found}
    acts = [
        (one, None if (line := lines[one.id]) is None else _back(tick, one, line)) for one in found
    ]
    await booking.read(tick.db, [act for _, act in acts if act is not None])
    went = []
    for one, act in acts:
        if act is not None:
            if booking.held(act) or booking.crowded(act):
                continue
            corrected = booking.decide(act)
            if corrected is None or corrected.verdict is not Verdict.BOOKED:
                continue
        await attests.decide(tick.db, one.id, State.VOID, by=None, at=tick.now)
        went.append(one)
    await booking.write(tick.db)
    return went


def _back(tick: Tick, attest: Attest, line: int) -> Reversal:
    return Reversal(attest.citizen, line, f"{LAPSED}{attest.id}", tick.now, debt=ANY_DEBT)
