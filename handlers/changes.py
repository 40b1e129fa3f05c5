"""News of livestreams to those who booked: a new time, a cancellation, a replay."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.feature import Feature, Sending, Slice, Tick, say
from bot.messages import Reply
from bot.operations import airing
from bot.rules.rhythm import Minutely
from storage import attendances, livestreams, pushes
from storage.db import Db
from storage.pushes import Push

feature = Feature("changes")

NEWS_FOR = timedelta(days=2)


async def _missed(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    about = airing.number(push)
    return await attendances.missed(db, about, after=wanted.after, most=wanted.most)


@feature.push("moved", switch="live", urgency=0, audience=airing.booked)
async def moved(sending: Sending) -> Mapping[int, Reply]:
    """Tell those not in yet when it takes place now, or that it does not."""
    livestream = await airing.now(sending)
    if livestream is None:
        return {}
    is_off = livestream.state == livestreams.CANCELLED
    reply = say(
        "changes.cancelled" if is_off else "changes.moved",
        topic=livestream.topic,
        start=livestream.starts_at,
        buttons=airing.buttons(livestream),
    )
    return await airing.to_those_awaited(sending, livestream, reply)


@feature.push("replay", switch="live", urgency=3, audience=_missed)
async def replay(sending: Sending) -> Mapping[int, Reply]:
    """Offer the recording to those who booked and missed it."""
    livestream = await airing.now(sending)
    if livestream is None or not livestream.replay:
        return {}
    buttons = airing.buttons(livestream)
    reply = say("changes.replay", topic=livestream.topic, buttons=buttons)
    return dict.fromkeys(sending.citizens, reply)


@feature.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick: Tick) -> None:
    """Push what has changed, each change once: the version of a livestream tells them apart."""
    since = tick.now - NEWS_FOR
    for livestream in await livestreams.moved_since(tick.db, tick.campaign_id, since):
        once = f"live:{livestream.id}:{livestream.version}:{livestream.state}"
        await airing.push(tick, moved, livestream, once=once, until=livestream.ends_at)
    await _offer_replays(tick)


async def _offer_replays(tick: Tick) -> None:
    """Push each recording once, whenever in the days after its class its address is added."""
    since = tick.now - timedelta(days=tick.campaign.pushes.replay_days)
    found = await livestreams.replayed_since(tick.db, tick.campaign_id, since, now=tick.now)
    onces = {airing.replay_once(livestream.id): livestream for livestream in found}
    for once in onces.keys() - await pushes.made(tick.db, tick.campaign_id, onces.keys()):
        until = tick.now + NEWS_FOR
        await airing.push(tick, replay, onces[once], once=once, until=until)
