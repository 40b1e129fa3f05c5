"""Broadcasts going out: what receivers and authors are told, and the minute's look at them all."""

import json
from collections.abc import Mapping, Sequence

from bot.feature import Feature, Looking, Sending, Slice, Tick, button, say
from bot.messages import Phrase, Reply
from bot.operations import broadcasting, pushing, sending
from bot.rules import taps
from bot.rules.rhythm import Minutely
from storage import audiences, broadcasts
from storage.broadcasts import Broadcast
from storage.db import Db
from storage.pushes import Push

feature = Feature("broadcasts")


async def _about(db: Db, push: Push) -> Broadcast | None:
    return await broadcasts.of(db, push.campaign, int(json.loads(push.content)["broadcast"]))


async def allowed(db: Db, push: Push) -> bool:
    """Say whether the author may still send it, before each batch."""
    found = await _about(db, push)
    return found is not None and await broadcasting.may(db, push.campaign, found)


async def _receivers(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be those the broadcast is for, as they were on the day it started."""
    found = await _about(db, push)
    seen = None if found is None else broadcasting.seen(found, push)
    if seen is None:
        return []
    return await audiences.people(db, seen, after=wanted.after, most=wanted.most)


async def _words(sending: Sending) -> Mapping[int, Reply]:
    found = await _about(sending.db, sending.push)
    if found is None:
        return {}
    reply = await broadcasting.message(
        sending.db, found, sending.campaign, campaign_id=sending.campaign_id
    )
    return dict.fromkeys(sending.citizens, reply)


for _kind in (broadcasting.UNIT, broadcasting.NEWS):
    feature.push(
        _kind, switch=_kind, urgency=broadcasting.URGENCY, audience=_receivers, allowed=allowed
    )(_words)


@feature.push(
    broadcasting.TOLD,
    switch="",
    urgency=broadcasting.NOTICE_URGENCY,
    audience=pushing.named_ones,
    duty=True,
)
async def told(about: Sending) -> Mapping[int, Reply]:
    """Tell an author what became of a broadcast without them."""
    content = json.loads(about.push.content)
    found = await _about(about.db, about.push)
    what = Phrase(f"broadcasts.told_{content['what']}", {"reason": content.get("reason", "")})
    target = "broadcasts.open" if found and found.push else "composing.open"
    opens = button(f"{target}:{content['broadcast']}", Phrase("broadcasts.look"))
    reply = say("broadcasts.told", title=content["title"], what=what, buttons=((opens,),))
    return dict.fromkeys(about.citizens, reply)


async def _others(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the staff, without whoever asks."""
    found = await _about(db, push)
    author = 0 if found is None else found.author
    return [one for one in await pushing.staff(db, push, wanted) if one != author]


@feature.push(
    broadcasting.WAITS,
    switch="",
    urgency=broadcasting.NOTICE_URGENCY,
    audience=_others,
    duty=True,
)
async def waits(about: Sending) -> Mapping[int, Reply]:
    """Tell staff that a broadcast waits for a second person, unless somebody has decided."""
    found = await _about(about.db, about.push)
    if found is None or found.state != broadcasts.WAITING:
        return {}
    opens = button(f"broadcasts.review:{found.id}", Phrase("broadcasts.look"))
    title = json.loads(about.push.content)["title"]
    return dict.fromkeys(about.citizens, say("broadcasts.waits", title=title, buttons=((opens,),)))


@feature.push(
    broadcasting.HALTED,
    switch="",
    urgency=broadcasting.NOTICE_URGENCY,
    audience=pushing.staff,
    duty=True,
)
async def halted(about: Sending) -> Mapping[int, Reply]:
    """Tell staff that a broadcast stopped because its author may not send it any more."""
    content = json.loads(about.push.content)
    opens = button(f"broadcasts.open:{content['broadcast']}", Phrase("broadcasts.look"))
    reply = say("broadcasts.halted", title=content["title"], buttons=((opens,),))
    return dict.fromkeys(about.citizens, reply)


@feature.follow("sending")
async def progress(looking: Looking) -> tuple[Reply, bool] | None:
    """Say how far a broadcast is, until it has ended."""
    found = await broadcasts.of(looking.db, looking.campaign_id, taps.number(looking.about))
    if found is None:
        return None
    reply = await sending.standing(looking.db, found, now=looking.now, campaign=looking.campaign)
    return reply, found.result is not None


@feature.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick: Tick) -> None:
    """Start what is due, and settle what has ended or was stopped."""
    for waiting in await broadcasts.in_state(tick.db, tick.campaign_id, (broadcasts.SCHEDULED,)):
        if waiting.starts_at is None or waiting.starts_at <= tick.now:
            await sending.begin(tick, waiting.id)
    for going in await broadcasts.unsettled(tick.db, tick.campaign_id):
        await sending.settle(tick, going)
