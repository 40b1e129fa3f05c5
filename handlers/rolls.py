"""点名: a roll call in a group chat. Members tap themselves in, which is the day's check-in."""

from dataclasses import replace

from bot.booking import Award
from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Param, Phrase, Refusal, Reply
from bot.operations import auditing, rolling
from bot.rules.points import VISIT, Outcome
from bot.rules.rights import Right
from storage import citizens, rolls, units
from storage.db import Db
from storage.rolls import NewRoll, Presence, Roll

feature = Feature("rolls")

LISTED_MAX = 6


@feature.on(
    command="roll", words=["点名"], tap="rolls", work=Work.WRITES, right=Right.ROLL, takes=True
)
async def call(turn: Turn) -> Reply:
    """Call the roll in the group, or go on with today's; in private, list today's own ones."""
    if turn.incoming.private:
        return await _today(turn)
    if turn.argument:
        raise Refusal("errors.in_private")  # a card number is nobody else's business
    group = await rolling.here(turn)
    turn.require(Right.ROLL, group.unit)
    turn.deed(VISIT, once="")  # refuses what is before or after the campaign
    me = turn.person.citizen
    new = NewRoll(turn.campaign_id, group.id, group.unit, turn.today, me, turn.now)
    roll = await rolls.call(turn.db, new)
    await auditing.note(turn, "roll_called", group.unit, roll=roll.id)
    return await rolling.shown(turn, roll, replaces=False)


@feature.on(tap="rolls.in", work=Work.PAYS)
async def come(turn: Turn) -> Reply:
    """Check whoever taps in, once a day, and note that they were there."""
    async with turn.looking() as db:
        seen = replace(turn, opened=db)
        roll = await rolling.going_on(seen, turn.argument)
        await rolling.stand_in(seen, roll)
        who = await citizens.find(db, turn.account)
        guest = who is not None and not await units.belongs_to(db, who.citizen, [roll.unit])

    async def note(db: Db, award: Award) -> None:
        await rolls.note(db, Presence(roll.id, award.citizen, turn.now, guest=guest))

    deed = turn.deed(VISIT, once=f"{VISIT}:{turn.today}", subject=roll.subject, also=note)
    award = await turn.till.award(deed)
    if award.outcome is Outcome.ALREADY:  # paid before: by an own check-in, a tick, another roll
        async with turn.noting() as db:
            await note(db, award)
    async with turn.looking() as db:
        return await rolling.shown(
            replace(turn, opened=db), roll, last=await _said(db, award, guest=guest)
        )


async def _said(db: Db, award: Award, *, guest: bool) -> Phrase:
    name = await rolls.name(db, award.citizen)
    params: dict[str, Param] = {
        "name": name or Phrase("rolls.a_guest" if guest else "rolls.a_reader"),
        "points": award.points,
        "today": award.today,
        "cap": award.cap,
    }
    return Phrase(rolling.SAY[award.outcome], params)


@feature.on(tap="rolls.look")
async def look(turn: Turn) -> Reply:
    """Bring the message up to date: people may have been ticked meanwhile."""
    roll = await rolling.going_on(turn, turn.argument)
    await rolling.stand_in(turn, roll)
    return await rolling.shown(turn, roll)


@feature.on(tap="rolls.close", work=Work.WRITES, right=Right.ROLL)
async def close(turn: Turn) -> Reply:
    """Close the roll; its buttons go. Calling it again the same day opens it again."""
    roll = await rolling.going_on(turn, turn.argument)
    await rolling.stand_in(turn, roll)
    turn.require(Right.ROLL, roll.unit)
    await rolls.close(turn.db, roll.id, at=turn.now)
    await auditing.note(turn, "roll_closed", roll.unit, roll=roll.id)
    return await rolling.shown(turn, replace(roll, closed_at=turn.now))


async def _today(turn: Turn) -> Reply:
    reach = turn.reach(Right.ROLL)
    codes = None if reach.everything else reach.units
    found = await rolls.on(turn.db, turn.campaign_id, turn.today, units=codes, limit=LISTED_MAX)
    offered = [
        button(f"ticking:{each.id}", await _named(turn, each))
        for each in found
        if each.closed_at is None
    ]
    ways = (button("roles"), button("menu"))
    return say("rolls.today" if offered else "rolls.none", buttons=(*rows(offered), ways))


async def _named(turn: Turn, roll: Roll) -> Phrase:
    unit = await units.of(turn.db, turn.campaign_id, roll.unit)
    counted = await rolls.count(turn.db, roll.id)
    named: Param = unit.named if unit else roll.unit
    return Phrase("rolls.tick_in", {"unit": named, "count": counted.own})
