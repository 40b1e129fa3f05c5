"""不是我: whoever was ticked in a roll call without being there takes it back, once."""

from dataclasses import replace

from bot.correcting import Corrected, Reversal
from bot.feature import Feature, Turn, Work, button, say
from bot.messages import Param, Phrase, Refusal, Reply
from bot.operations import auditing, rolling
from bot.rules import taps
from bot.rules.corrections import DENIED, Verdict
from bot.rules.points import VISIT
from bot.till import Unregistered
from storage import citizens, ledger, rolls
from storage.citizens import Person
from storage.db import Db
from storage.ledger import Line
from storage.rolls import Presence, Roll

feature = Feature("vetoes")


@feature.on(tap="vetoes")
async def ask(turn: Turn) -> Reply:
    """Ask before anything is taken back."""
    number = turn.carried(turn.argument, turn.person.citizen)
    roll, presence = await _ticked(turn, turn.person, number)
    confirm = button(turn.confirming(f"vetoes.do:{roll.id}"), Phrase("buttons.confirm"))
    cancel = button("menu", Phrase("buttons.cancel"))
    line = await _line(turn, roll, presence)
    return say(
        "vetoes.ask",
        day=roll.day,
        what=Phrase("vetoes.takes_back", {"points": line.points}) if line else "",
        buttons=((confirm, cancel),),
    )


@feature.on(tap="vetoes.do", work=Work.PAYS)
async def deny(turn: Turn) -> Reply:
    """Take back what the tick booked, and the tick; once, and audited."""
    number = turn.confirmed("vetoes.do")
    async with turn.looking() as db:
        who = await citizens.find(db, turn.account)
        if who is None or not who.registered:
            raise Unregistered
        turn = replace(turn, known=who)
        seen = replace(turn, opened=db)
        roll, presence = await _ticked(seen, who, number)
        line = await _line(seen, roll, presence)
        card = await citizens.number(db, presence.ticked_by or 0)

    async def note(db: Db, corrected: Corrected | None) -> None:
        if not await rolls.deny(db, roll.id, who.citizen, at=turn.now):
            raise Refusal("vetoes.done_already")
        details = {"roll": roll.id, "by": card, "line": corrected.line if corrected else None}
        line_made = auditing.line(turn, "roll_denied", who.number, **details)
        await auditing.add(db, line_made)

    if line is None:
        async with turn.noting() as db:
            await note(db, None)
        return _said(turn, roll, back="")
    back = Reversal(who.citizen, line.line, f"{DENIED}{roll.id}", turn.now, also=note)
    corrected = await turn.till.correct(back)
    if corrected.verdict is Verdict.DEBT:  # the points were spent; who denies them owes them
        corrected = await turn.till.correct(replace(back, debt=corrected.debt))
    if corrected.verdict is not Verdict.BOOKED:
        raise Refusal("vetoes.done_already")
    params: dict[str, Param] = {"points": -corrected.points, "balance": corrected.balance}
    return _said(turn, roll, back=Phrase("vetoes.taken_back", params))


def _said(turn: Turn, roll: Roll, *, back: Param) -> Reply:
    here = Phrase("vetoes.still_here") if roll.day == turn.today and back else ""
    ways = ((button("log"), button("menu")),)
    return say("vetoes.done", day=roll.day, back=back, here=here, buttons=ways)


async def _ticked(turn: Turn, who: Person, number: str) -> tuple[Roll, Presence]:
    """Return a roll call in which somebody was ticked, and how.

    Raises:
        Refusal: they were not, said so before, or it is too long ago.

    """
    roll = await rolls.of(turn.db, turn.campaign_id, taps.number(number))
    presence = await rolls.presence(turn.db, roll.id, who.citizen) if roll else None
    if roll is None or presence is None or presence.ticked_by is None:
        raise Refusal("vetoes.gone")
    if presence.denied_at is not None:
        raise Refusal("vetoes.done_already")
    if turn.today - roll.day > rolling.VETO_WITHIN:
        raise Refusal("vetoes.late", days=rolling.VETO_WITHIN.days)
    return roll, presence


async def _line(turn: Turn, roll: Roll, presence: Presence) -> Line | None:
    """Return the line the tick booked, unless there is none or it is taken back already."""
    if not presence.booked:
        return None
    once = f"{VISIT}:{roll.day}"
    booked = await ledger.booked_as(turn.db, turn.campaign_id, presence.citizen, onces=[once])
    line = booked.get(once)
    return line if line is not None and line.reversed_by is None else None
