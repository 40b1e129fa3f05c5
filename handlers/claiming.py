"""书友卡: whoever has a phone by now takes over what their paper card has, by scanning it."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bot.feature import EVERYONE, Feature, Sending, Turn, Work, button, say
from bot.messages import Refusal, Reply
from bot.operations import attesting, carding, linking, pushing
from bot.rules import papercards as rules
from bot.rules import taps
from storage import attests, citizens, papercards
from storage.attests import Attest, Scope, State

feature = Feature("claiming")


@feature.on(
    words=["书友卡", "mycard"], tap="claiming", work=Work.WRITES, right=EVERYONE, takes=True
)
async def claim(turn: Turn) -> Reply:
    """Take what a scanner read, where a channel has no links; alone, say how it goes."""
    if turn.argument.strip():
        return await carding.scanned(turn, turn.argument)
    return say("claiming.how", buttons=((button("menu"),),))


@feature.on(tap="claiming.join", work=Work.WRITES, right=EVERYONE)
async def join(turn: Turn) -> Reply:
    """Make the card's person and the speaker one, as it was seen; what waits is confirmed."""
    number = taps.number(turn.confirmed("claiming.join"))
    card = await papercards.of(turn.db, turn.campaign_id, number)
    if card is None:
        raise Refusal("claiming.gone")
    if turn.known is not None and turn.known.citizen == card.citizen:
        return await carding.offered(turn, card)  # it is theirs already: tapped twice
    two, told = await linking.make(turn, await carding.its_own(turn, card), by_card=True)
    now = await papercards.of(turn.db, turn.campaign_id, number)
    if now is None or now.voided_at is not None:
        raise Refusal("claiming.void")  # a moment ago
    await attests.own(turn.db, two.stays.citizen, at=turn.now)
    if card.used_by is not None:
        content = {"citizens": [card.used_by], "card": card.number}
        await pushing.push(turn, claimed, once=f"card:{card.id}:claimed", content=content)
    params = {**linking.stays(turn, two), "card": rules.grouped(card.number)}
    ways = ((button("me"), button("log")),)
    if told is None:
        return Reply("claiming.done_new", params, ways, menu=True)
    return Reply("claiming.done", {**params, **linking.done(turn, told)}, ways, menu=True)


@feature.push("claimed", switch="", urgency=3, audience=pushing.named_ones, duty=True)
async def claimed(sending: Sending) -> Mapping[int, Reply]:
    """Tell the organiser who first used a card that it is on a phone now; it may be a wrong one."""
    number = rules.grouped(json.loads(sending.push.content)["card"])
    ways = ((button("papercards"), button("roles")),)
    return dict.fromkeys(sending.citizens, say("claiming.claimed", card=number, buttons=ways))


@feature.on(tap="claiming.yes", work=Work.WRITES)
async def yes(turn: Turn) -> Reply:
    """Confirm what was noted for oneself."""
    one = await _mine(turn, turn.argument)
    scope = Scope(turn.campaign_id)
    me = turn.person.citizen
    if not await attests.confirm(turn.db, scope, [one.id], by=me, at=turn.now):
        raise Refusal("vouching.done_already")
    return say("claiming.confirmed", buttons=((button("log"), button("menu")),))


@feature.on(tap="claiming.no", work=Work.PAYS)
async def no(turn: Turn) -> Reply:
    """Say that it was not so: what it paid is taken back."""
    async with turn.looking() as db:
        who = await citizens.find(db, turn.account)
        if who is None or not who.registered:
            raise Refusal("vouching.gone")
        turn = replace(turn, known=who)
        one = await _mine(replace(turn, opened=db), turn.argument)
    points = await attesting.take_back(turn, one, who.number)
    return say("claiming.denied", points=points, buttons=((button("log"), button("menu")),))


async def _mine(turn: Turn, argument: str) -> Attest:
    found = await attests.of(turn.db, turn.campaign_id, taps.number(argument))
    if found is None or found.citizen != turn.person.citizen:
        raise Refusal("vouching.gone")
    if found.state != State.WAITING:
        raise Refusal("vouching.done_already")
    return found
