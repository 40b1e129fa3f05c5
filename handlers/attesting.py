"""代报: an organiser notes for somebody with a paper card that they came, or finished an item."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bot.feature import Feature, Sending, Turn, Work, button, named, rows, say
from bot.messages import Lines, Param, Phrase, Refusal, Reply, normal
from bot.operations import attesting, carding, finishing, listing, pushing
from bot.operations.attesting import What
from bot.rules import papercards, taps
from bot.rules.points import VISIT, Outcome, item_once
from bot.rules.rights import Right
from bot.till import Unregistered
from storage import attests, dialogs, items
from storage.attests import State
from storage.papercards import PaperCard
from storage.twins import Who

feature = Feature("attesting")

WORDS_MAX, QUERY_MAX = 5, 40
SAY = {
    Outcome.PAID: "attesting.paid",
    Outcome.CAPPED: "attesting.capped",
    Outcome.TOMORROW: "attesting.tomorrow",
    Outcome.UNSCORED: "attesting.unscored",
    Outcome.ALREADY: "attesting.already",
}


@feature.on(tap="attesting.visit", work=Work.PAYS, right=Right.CARDS)
async def visit(turn: Turn) -> Reply:
    """Check somebody in who is here with their card."""
    async with turn.looking() as db:
        card, whose = await _meant(replace(turn, opened=db), turn.argument)
    activity = named(turn.campaign.activity(VISIT))
    what = What(VISIT, f"{VISIT}:{turn.today}", "", activity)
    return await _award(turn, card, whose, what=what)


@feature.on(tap="attesting.find", work=Work.WRITES, right=Right.CARDS)
async def find(turn: Turn) -> Reply:
    """Ask which item somebody finished."""
    card, _ = await _meant(turn, turn.argument)
    until = turn.system_now + carding.ASKED_FOR
    await dialogs.ask(turn.db, turn.person.citizen, f"attesting.found:{card.id}", until=until)
    number = papercards.grouped(card.number)
    return say("attesting.ask_item", number=number, buttons=carding.BACK)


@feature.on(tap="attesting.found", work=Work.WRITES, right=Right.CARDS)
async def found(turn: Turn) -> Reply:
    """Offer the items that words mean."""
    which, _, typed = turn.argument.partition(":")
    card, _ = await _meant(turn, which)
    words = normal(typed)[:QUERY_MAX].split()[:WORDS_MAX]
    if not words:
        return await find(replace(turn, argument=which))
    seen = await items.search(turn.db, words, offset=0, limit=listing.PAGE_SIZE)
    offered = [each for each in seen if finishing.is_offered(turn.campaign, each)]
    if not offered:
        return say("attesting.nothing", words=" ".join(words), buttons=carding.BACK)
    picks = [
        button(f"attesting.item:{card.id}:{each.id}", listing.label(each.title)) for each in offered
    ]
    await listing.remember(turn, [each.target for each in picks])
    lines = [
        Phrase("attesting.entry", {"n": n, "title": each.title, "author": each.author})
        for n, each in enumerate(offered, start=1)
    ]
    params: dict[str, Param] = {"number": papercards.grouped(card.number)}
    params["entries"] = Lines(tuple(lines))
    return Reply("attesting.which", params, (*rows(picks), *carding.BACK))


@feature.on(tap="attesting.item", work=Work.PAYS, right=Right.CARDS)
async def item(turn: Turn) -> Reply:
    """Note that somebody finished an item."""
    which, _, number = turn.argument.partition(":")
    async with turn.looking() as db:
        card, whose = await _meant(replace(turn, opened=db), which)
        meant = await items.get(db, taps.number(number))
    if meant is None or meant.retired or not finishing.is_offered(turn.campaign, meant):
        raise Refusal("items.unknown")
    activity = turn.campaign.activity(meant.kind)
    once = item_once(activity.repeat, meant.id, turn.today)
    title: dict[str, Param] = {"activity": named(activity), "title": meant.title}
    what = What(activity.id, once, str(meant.id), Phrase("log.with_title", title))
    return await _award(turn, card, whose, what=what)


async def _meant(turn: Turn, argument: str) -> tuple[PaperCard, Who]:
    card, whose = await carding.in_use(turn, argument)
    if whose.citizen == turn.person.citizen:
        raise Refusal("attesting.yourself")
    return card, whose


async def _award(turn: Turn, card: PaperCard, whose: Who, *, what: What) -> Reply:
    try:
        award, made = await attesting.attest(turn, card, whose, what=what, told=told)
    except Unregistered:
        raise Refusal("papercards.unused_yet") from None
    async with turn.noting() as db:
        await carding.wait(replace(turn, opened=db))  # the next one
    params: dict[str, Param] = {
        "number": papercards.grouped(card.number),
        "what": what.called,
        "points": award.points,
        "today": award.today,
        "cap": award.cap,
        "until": attesting.until(turn.today),
        "phase": turn.phase(turn.today),
    }
    more = button(f"papercards.number:{card.number}", Phrase("attesting.more"))
    undo = (button(f"vouching.ask:{made}", Phrase("attesting.undo")),) if made else ()
    return Reply(SAY[award.outcome], params, ((more, *undo), *carding.BACK))


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell whoever has a phone by now what was noted for them, to be confirmed or denied."""
    number = json.loads(sending.push.content)["attest"]
    attest = await attests.of(sending.db, sending.campaign_id, number)
    if attest is None or attest.state != State.WAITING:
        return {}
    reply = say(
        "attesting.told",
        day=attest.day,
        what=await attesting.called(sending.db, sending.campaign, attest),
        points=attest.points,
        until=attesting.until(attest.day),
        buttons=(
            (button(f"claiming.yes:{number}", Phrase("claiming.yes")),),
            (button(f"claiming.no:{number}", Phrase("vetoes.not_me")),),
        ),
    )
    return {citizen: reply for citizen in sending.citizens if citizen == attest.citizen}
