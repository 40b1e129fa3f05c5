"""解除关联: staff undo a link within seven days; both get back what was theirs."""

import json
from collections.abc import Mapping

from bot import merging, parting
from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Param, Phrase, Refusal, Reply
from bot.operations import auditing, linking, pushing, unlinking
from bot.rules import cards
from bot.rules import linking as rules
from bot.rules.rights import Right
from storage import accounts, citizens, links, papercards, profiles, seats, twins
from storage.links import Link

feature = Feature("unlinking")


@feature.on(
    command="unlink",
    words=["解除关联"],
    tap="unlinking",
    right=Right.ADJUST,
    takes=True,
)
async def unlink(turn: Turn) -> Reply:
    """Show the newest link of somebody, and what undoing it would do."""
    if not turn.argument.strip():
        return say("unlinking.how", buttons=((button("roles"), button("menu")),))
    made = await _meant(turn, turn.argument)
    params = await _facts(turn, made)
    confirm = button(turn.confirming(f"unlinking.now:{made.id}"), Phrase("buttons.confirm"))
    buttons = ((confirm, button("roles", Phrase("buttons.cancel"))),)
    if made.absorbed is None:
        return Reply("unlinking.ask_account", params, buttons)
    back, left = await parting.foresee(turn.db, linking.terms(turn), made, absorbed=made.absorbed)
    return Reply("unlinking.ask", {**params, "points": back, "left": left}, buttons)


@feature.on(tap="unlinking.now", work=Work.WRITES, right=Right.ADJUST)
async def undo(turn: Turn) -> Reply:
    """Undo it, and tell both."""
    made = await links.of(turn.db, int(turn.confirmed("unlinking.now")))
    if made is None:
        raise Refusal("unlinking.gone")
    again = await seats.gave(turn.db, made.people, ended_at=made.linked_at)
    await merging.hold(turn.db, *made.people, *again)
    await _may(turn, made)
    params = await _facts(turn, made)
    back = ((button("roles"), button("menu")),)
    number = str(params["number"])
    rows = await links.came(turn.db, made.id)
    await auditing.note(turn, "unlinked", number, link=made.id, accounts=len(rows))
    reply = Reply("unlinking.done_account", params, back)
    both = await unlinking.undo(turn.db, linking.terms(turn), made, by=turn.person.citizen)
    if both is not None:
        left, points = (has.balance - has.debt for has in both)
        reply = Reply("unlinking.done", {**params, "points": points, "left": left}, back)
    await _are_somebody(turn, made)
    content = {"citizens": made.people, "link": made.id}
    await pushing.push(turn, told, once=f"unlinked:{made.id}", content=content)
    return reply


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell both that they are two again."""
    listed = len(json.loads(sending.push.content)["citizens"])
    key = "unlinking.told" if listed > 1 else "unlinking.told_account"
    return dict.fromkeys(sending.citizens, say(key, buttons=((button("me"), button("log")),)))


async def _meant(turn: Turn, typed: str) -> Link:
    number = cards.read(typed)
    if number is None:
        raise Refusal("errors.wrong_number", number=typed[: cards.LENGTH * 2])
    found = await profiles.numbered(turn.db, [number])
    if not found:
        raise Refusal("errors.unknown_number", number=number)
    made = await links.latest(turn.db, found[0].citizen)
    if made is None:
        raise Refusal("unlinking.none", number=number)
    await _may(turn, made)
    return made


async def _may(turn: Turn, made: Link) -> None:
    """Let pass what can be undone.

    Raises:
        Refusal: it is too old, the own one, or its person is not there any more.

    """
    if turn.person.citizen in {made.citizen, made.absorbed}:
        raise Refusal("amending.own")
    if made.campaign != turn.campaign_id or turn.now - made.linked_at > rules.UNDO_WITHIN:
        raise Refusal("unlinking.too_late", days=rules.UNDO_WITHIN.days)
    newer = await links.latest(turn.db, made.citizen)
    if newer is None or newer.id != made.id or await twins.who(turn.db, made.citizen) is None:
        raise Refusal("unlinking.newer")
    if await seats.crowded(turn.db, made.people, ended_at=made.linked_at):
        raise Refusal("unlinking.family_full", most=seats.READERS_MAX)


async def _are_somebody(turn: Turn, made: Link) -> None:
    """Let pass two who can each be reached; who paused as one person has paused as both.

    Raises:
        Refusal: one of them would have no account, guardian or paper card any more, as those left
            meanwhile, and nobody could ever speak for them.

    """
    stays = await twins.who(turn.db, made.citizen)
    for one in made.people:
        if stays is not None and stays.consented_at is None:
            await citizens.withdraw(turn.db, one, at=turn.now)
        card = await papercards.held(turn.db, turn.campaign_id, one)
        if card is None and not await accounts.has_way(turn.db, one):
            number = await citizens.number(turn.db, one)
            raise Refusal("unlinking.nobody", number=number)


async def _facts(turn: Turn, made: Link) -> dict[str, Param]:
    return {
        "number": await citizens.number(turn.db, made.citizen),
        "other": await citizens.number(turn.db, made.absorbed or made.citizen),
        "at": made.linked_at,
        "void": made.void,
    }
