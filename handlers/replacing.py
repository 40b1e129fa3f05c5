"""Taking somebody from a published list, for a reason; the first of the reserve comes in."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Turn, Work, button, say
from bot.messages import Named, Param, Phrase, Refusal, Reply
from bot.operations import choosing, pushing, scoring
from bot.rules import orders, taps
from bot.rules.corrections import REASON_MAX
from bot.rules.orders import Wrong
from bot.rules.rights import Right
from storage import behind, dialogs, places
from storage.places import CHOSEN, RESERVE, Act, Place
from storage.selections import PUBLISHED, Award, Selection

feature = Feature("replacing")

ASKED_FOR = timedelta(minutes=30)


@feature.on(tap="replacing", work=Work.WRITES, right=Right.SELECTION)
async def ask(turn: Turn) -> Reply:
    """Ask why somebody leaves a list; they will read it."""
    found, award, place = await _place(turn, turn.argument)
    target = f"replacing.why:{_ref(found, award, place=place)}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)
    return say(
        "replacing.ask",
        whom=await _whom(turn, found, award, place=place),
        name=scoring.called(award),
        rank=place.rank,
        longest=REASON_MAX,
        buttons=((button("selections", Phrase("buttons.cancel")),),),
    )


@feature.on(tap="replacing.why", work=Work.WRITES, right=Right.SELECTION)
async def why(turn: Turn) -> Reply:
    """Show who would leave and who would come in."""
    which, _, words = turn.argument.partition(":")
    found, award, place = await _place(turn, which)
    reason = orders.reason(words)
    if isinstance(reason, Wrong):
        raise Refusal("excluding.wrong_reason", longest=REASON_MAX)
    me = turn.person.citizen
    await dialogs.answered(turn.db, me)
    await places.note(turn.db, found.id, place, act=Act(me, reason, turn.now))
    nexts = await places.listed(turn.db, found.id, award.id, standings=[RESERVE], limit=1)
    comes: Param = Phrase("replacing.nobody")
    if nexts:
        comes = await _whom(turn, found, award, place=nexts[0])
    act = f"{_ref(found, award, place=place)}.{nexts[0].number if nexts else 0}"
    confirm = button(turn.confirming(f"replacing.do:{act}"), Phrase("buttons.confirm"))
    cancel = button("selections", Phrase("buttons.cancel"))
    return say(
        "replacing.preview",
        name=scoring.called(award),
        whom=await _whom(turn, found, award, place=place),
        rank=place.rank,
        reason=reason,
        comes=comes,
        buttons=((confirm, cancel),),
    )


@feature.on(tap="replacing.do", work=Work.WRITES, right=Right.SELECTION)
async def replace(turn: Turn) -> Reply:
    """Take somebody from the list, let the next one come in as it was seen, and tell both."""
    which, _, seen = turn.confirmed("replacing.do").rpartition(".")
    found, award, place = await _place(turn, which)
    me = turn.person.citizen
    if not await places.leave(turn.db, found.id, place, by=me, at=turn.now):
        raise Refusal("sealing.changed")
    comes = await places.move_up(turn.db, found.id, place, by=me, at=turn.now)
    if (comes.number if comes else 0) != taps.number(seen):
        raise Refusal("sealing.changed")  # somebody else took the reserve that was shown
    mark = f":{award.id}:{place.number}"
    await choosing.moved(*(turn, found), act="selection_replaced", what="replaced", place=mark)
    numbers = [each.number for each in (place, comes) if each is not None]
    who = await behind.of(turn.db, found, who=award.who, numbers=numbers)
    for each, what in ((place, "left"), (comes, "came")):
        if each is not None and who[each.number].citizen is not None:
            content: Mapping[str, object] = {
                "citizens": [who[each.number].citizen],
                "name": [award.name, award.name_en],
                "what": what,
                "reason": (place.reason or "") if what == "left" else "",
            }
            once = f"selection:{found.id}:{what}:{award.id}:{each.number}"
            await pushing.push(turn, told, once=once, content=content)
    new: Param = Phrase("replacing.nobody")
    if comes is not None:
        new = scoring.whom(turn, comes.number, who[comes.number])
    return say(
        "replacing.done",
        name=scoring.called(award),
        whom=scoring.whom(turn, place.number, who[place.number]),
        comes=new,
        buttons=choosing.back(),
    )


@feature.push("told", switch="", urgency=2, audience=pushing.named_ones)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell who left a list why, and who came in that they did."""
    content = json.loads(sending.push.content)
    contact = sending.campaign.contact
    reply = say(
        f"replacing.told_{content['what']}",
        name=Named(*content["name"]),
        reason=content["reason"],
        person=Named(contact.person, contact.person_en),
        phone=contact.phone,
        buttons=((button("results", Phrase("results.name")),),),
    )
    return dict.fromkeys(sending.citizens, reply)


async def _place(turn: Turn, argument: str) -> tuple[Selection, Award, Place]:
    """Return a place on a published list.

    Raises:
        Refusal: nobody stands there any more, or the selection is not in that state.

    """
    which, _, number = argument.partition(".")
    found = await choosing.at_hand(turn, PUBLISHED, lock=True)
    award = choosing.awarded(found, which)
    candidate = taps.number(number, most=taps.COUNT_MAX)
    held = await places.of(turn.db, found.id, candidate, lists=[award.id])
    if award.id not in held or held[award.id].standing != CHOSEN:
        raise Refusal("replacing.gone")
    return found, award, held[award.id]


def _ref(found: Selection, award: Award, *, place: Place) -> str:
    """Return how a button names a place."""
    return f"{[each.id for each in found.awards].index(award.id)}.{place.number}"


async def _whom(turn: Turn, found: Selection, award: Award, *, place: Place) -> Param:
    who = await behind.of(turn.db, found, who=award.who, numbers=[place.number])
    return scoring.whom(turn, place.number, who[place.number])
