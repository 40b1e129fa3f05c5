"""Publishing a confirmed selection, and making it final once nobody can object any more."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.feature import Feature, Sending, Slice, Turn, Work, button, say
from bot.messages import Named, Phrase, Refusal, Reply
from bot.operations import choosing, pushing, scoring
from bot.rules import calendar
from bot.rules.rights import Right
from storage import candidates, disputes, places, selections
from storage.db import Db
from storage.places import CHOSEN, RESERVE
from storage.pushes import Push
from storage.selections import CONFIRMED, PUBLISHED

feature = Feature("publishing")

TOLD_WITHIN = timedelta(days=2)


@feature.on(tap="publishing", right=Right.SELECTION)
async def ask(turn: Turn) -> Reply:
    """Say what publishing does, and ask."""
    found = await choosing.at_hand(turn, CONFIRMED)
    if (early := choosing.scores_until(turn)) is not None:
        raise early
    publish = f"publishing.do:{choosing.stamp(found)}"
    confirm = button(turn.confirming(publish), Phrase("buttons.confirm"))
    cancel = button("selections", Phrase("buttons.cancel"))
    return say(
        "publishing.ask",
        people=await candidates.count_people(turn.db, found.id),
        last=_until(turn) - calendar.ONE_DAY,
        digest=found.digest or "",
        buttons=((confirm, cancel),),
    )


@feature.on(tap="publishing.do", work=Work.WRITES, right=Right.SELECTION)
async def publish(turn: Turn) -> Reply:
    """Publish, and tell every candidate and staff."""
    found = await choosing.same(turn, turn.confirmed("publishing.do"), CONFIRMED)
    if (early := choosing.scores_until(turn)) is not None:
        raise early
    me, until = turn.person.citizen, _until(turn)
    await selections.publish(turn.db, found.id, by=me, at=turn.now, until=until)
    await choosing.moved(turn, found, act="selection_published", what="published")
    content = {"selection": found.id}
    expires = turn.now + TOLD_WITHIN
    once = f"selection:{found.id}:out"
    await pushing.push(turn, told, once=once, content=content, expires_at=expires)
    last = until - calendar.ONE_DAY
    return say("publishing.done", last=last, digest=found.digest or "", buttons=choosing.back())


def _until(turn: Turn) -> date:
    """Return the day from which nobody can object to what is published today."""
    return turn.today + timedelta(days=turn.campaign.selection.objection_days)


@feature.on(tap="publishing.finish", right=Right.SELECTION)
async def ask_finish(turn: Turn) -> Reply:
    """Ask whether it is final, once objections are over and answered."""
    found = await choosing.at_hand(turn, PUBLISHED)
    await _is_over(turn, found.id, found.objections_until)
    finish = f"publishing.finished:{choosing.stamp(found)}"
    confirm = button(turn.confirming(finish), Phrase("buttons.confirm"))
    cancel = button("selections", Phrase("buttons.cancel"))
    return say("publishing.ask_finish", buttons=((confirm, cancel),))


@feature.on(tap="publishing.finished", work=Work.WRITES, right=Right.SELECTION)
async def finish(turn: Turn) -> Reply:
    """Make it final."""
    found = await choosing.same(turn, turn.confirmed("publishing.finished"), PUBLISHED)
    await _is_over(turn, found.id, found.objections_until)
    await selections.finish(turn.db, found.id, by=turn.person.citizen, at=turn.now)
    await choosing.moved(turn, found, act="selection_finished", what="final")
    return say("publishing.final", buttons=choosing.back())


async def _is_over(turn: Turn, selection: int, until: date | None) -> None:
    if until is None or turn.today < until:
        raise Refusal("publishing.window", last=(until or turn.today) - calendar.ONE_DAY)
    waiting = await disputes.count_open(
        turn.db, turn.campaign_id, about=f"{disputes.OF_SELECTION}{selection}"
    )
    if waiting:
        raise Refusal("publishing.unanswered", count=waiting)


@feature.push("moved", switch="", urgency=choosing.MOVED_URGENCY, audience=pushing.staff, duty=True)
async def moved(sending: Sending) -> Mapping[int, Reply]:
    """Tell staff how far the selection is, but for whoever did it."""
    content = json.loads(sending.push.content)
    said = {"by": content["by"], "digest": content["digest"]}
    what = Phrase(f"publishing.now_{content['what']}", said)
    reply = Reply("publishing.moved", {"what": what}, choosing.back())
    return {each: reply for each in sending.citizens if each != content["citizen"]}


async def _candidates(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    selection = json.loads(push.content)["selection"]
    return await candidates.people(db, selection, after=wanted.after, most=wanted.most)


@feature.push("told", switch="news", urgency=4, audience=_candidates)
async def told(sending: Sending) -> Mapping[int, Reply]:
    """Tell the candidates that it is published: their place, or where to read their sheet."""
    found = await selections.of(sending.db, json.loads(sending.push.content)["selection"])
    if found is None or not found.is_out or found.objections_until is None:
        return {}
    lists = {each.id: each for each in found.awards if each.who == "reader"}
    numbers = await candidates.numbers(sending.db, found.id, sending.citizens)
    on = await places.of_many(sending.db, found.id, [*numbers.values()], lists=[*lists])
    last = found.objections_until - calendar.ONE_DAY
    ways = ((button("results", Phrase("results.name")),),)
    replies = {}
    for citizen, number in numbers.items():
        stands = [each for each in on.get(number, []) if each.standing in {CHOSEN, RESERVE}]
        if stands:
            award = lists[stands[0].list]
            name: Named = scoring.called(award)
            key, place = f"publishing.told_{stands[0].standing}", stands[0].rank
            replies[citizen] = Reply(key, {"name": name, "rank": place, "last": last}, ways)
        else:
            replies[citizen] = say("publishing.told", last=last, buttons=ways)
    return replies
