"""代签: the organiser ticks in a roll call, in private, who has no phone at hand."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.booking import Award
from bot.feature import Feature, Sending, Turn, Work, button, rows, say
from bot.messages import Param, Phrase, Refusal, Reply
from bot.operations import amending, auditing, pushing, rolling
from bot.rules import cards, rights, taps
from bot.rules.points import VISIT, Outcome
from bot.rules.rights import Right
from bot.till import Unregistered
from storage import dialogs, profiles, roles, rolls, units
from storage.db import Db
from storage.profiles import Shown
from storage.rolls import Presence, Roll

feature = Feature("ticking")

ASKED_FOR = timedelta(minutes=30)
NOT_ME = Phrase("vetoes.not_me")


@feature.on(tap="ticking", work=Work.WRITES, right=Right.ROLL)
async def ask(turn: Turn) -> Reply:
    """Ask for the card number of who is here and has no phone."""
    roll = await _mine(turn, turn.argument)
    await _wait(turn, roll)
    return say("ticking.ask", buttons=((button("rolls"), button("menu")),))


@feature.on(tap="ticking.number", work=Work.WRITES, right=Right.ROLL)
async def number(turn: Turn) -> Reply:
    """Show who has that number, before they are ticked."""
    which, _, typed = turn.argument.partition(":")
    roll = await _mine(turn, which)
    card = cards.read(typed)
    if card is None:
        raise Refusal("errors.wrong_number", number=typed[: cards.LENGTH * 2])
    if card == turn.person.number:
        raise Refusal("ticking.yourself")
    found = await profiles.numbered(turn.db, [card])
    whom = await rolling.of_unit(turn.db, roll, found[0] if found else None, card=card)
    before = await rolls.presence(turn.db, roll.id, whom.citizen)
    if before is not None:
        raise Refusal("ticking.denied" if before.denied_at else "ticking.noted", number=card)
    act = f"ticking.do:{roll.id}:{whom.citizen}"
    confirm = button(turn.confirming(act), Phrase("buttons.confirm"))
    cancel = button("rolls", Phrase("buttons.cancel"))
    unit = await units.of(turn.db, turn.campaign_id, roll.unit)
    params: dict[str, Param] = {
        **amending.face(turn, whom),
        "unit": unit.named if unit else roll.unit,
        "day": roll.day,
    }
    return Reply("ticking.preview", params, ((confirm, cancel),))


@feature.on(tap="ticking.do", work=Work.PAYS, right=Right.ROLL)
async def tick(turn: Turn) -> Reply:
    """Check somebody in for the day, and tell them, with a way to say that it was not them."""
    which, _, citizen = turn.confirmed("ticking.do").partition(":")
    async with turn.looking() as db:
        roll = await _mine(replace(turn, opened=db), which)
        found = await profiles.shown(db, taps.number(citizen))
        whom = await rolling.of_unit(db, roll, found, card="")

    async def note(db: Db, award: Award) -> None:
        await _note(replace(turn, opened=db), roll, whom, booked=award.outcome is Outcome.PAID)

    once = f"{VISIT}:{turn.today}"
    deed = turn.deed(VISIT, once=once, subject=roll.subject, also=note)
    try:
        award = await turn.till.award(replace(deed, who=whom.citizen))
    except Unregistered:
        raise Refusal("ticking.nobody", number=whom.number) from None
    if award.outcome is Outcome.ALREADY:
        async with turn.noting() as db:
            await note(db, award)
    async with turn.noting() as db:
        await _wait(replace(turn, opened=db), roll)  # the next one
        counted = await rolls.count(db, roll.id)
    what: dict[str, Param] = {
        "name": whom.number,
        "points": award.points,
        "today": award.today,
        "cap": award.cap,
    }
    params: dict[str, Param] = {
        "number": whom.number,
        "what": Phrase(rolling.SAY[award.outcome], what),
        "count": counted.own,
        "ticked": counted.ticked,
    }
    return Reply("ticking.done", params, rows([button("rolls"), button("menu")], wide=2))


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell somebody that an organiser ticked them, with the way to say that it was not them."""
    roll = await rolls.of(sending.db, sending.campaign_id, json.loads(sending.push.content)["roll"])
    if roll is None:
        return {}
    unit = await units.of(sending.db, sending.campaign_id, roll.unit)
    replies: dict[int, Reply] = {}
    for citizen in sending.citizens:
        presence = await rolls.presence(sending.db, roll.id, citizen)
        if presence is None or presence.denied_at is not None:
            continue
        replies[citizen] = say(
            "ticking.told_paid" if presence.booked else "ticking.told",
            day=roll.day,
            unit=unit.named if unit else roll.unit,
            until=roll.day + rolling.VETO_WITHIN,
            buttons=((button(f"vetoes:{roll.id}@{citizen}", NOT_ME), button("log")),),
        )
    return replies


async def _note(turn: Turn, roll: Roll, whom: Shown, *, booked: bool) -> None:
    """Note a tick, unless another organiser was faster; in the transaction that pays for it.

    Raises:
        Refusal: the right was taken away a moment ago.

    """
    me = turn.person.citizen
    held = await roles.duties(turn.db, turn.campaign_id, me)
    if not rights.reach(held, Right.ROLL).covers(roll.unit):
        raise Refusal("errors.not_allowed")
    presence = Presence(roll.id, whom.citizen, turn.now, ticked_by=me, booked=booked)
    if await rolls.note(turn.db, presence):
        await auditing.note(turn, "roll_ticked", whom.number, roll=roll.id, booked=booked)
        content = {"citizens": [whom.citizen], "roll": roll.id}
        await pushing.push(turn, told, once=f"roll:{roll.id}:{whom.citizen}", content=content)


async def _mine(turn: Turn, number: str) -> Roll:
    roll = await rolling.going_on(turn, number)
    turn.require(Right.ROLL, roll.unit)
    return roll


async def _wait(turn: Turn, roll: Roll) -> None:
    until = turn.system_now + ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"ticking.number:{roll.id}", until=until)
