"""Reminders of livestreams to those who asked: the evening before, shortly before, at the start."""

from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Tick, say
from bot.messages import Reply
from bot.operations import airing
from bot.rules.rhythm import Daily, Minutely
from storage import attendances, livestreams

feature = Feature("reminders")

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TOMORROW = timedelta(hours=3)  # so long before, it is a reminder of tomorrow
SPEED = 20  # people a second a platform lets us tell: a long queue starts earlier


@feature.push("before", switch="live", urgency=0, audience=airing.booked)
async def before(sending: Sending) -> Mapping[int, Reply]:
    """Remind those not in yet; what was moved or called off since has its own news."""
    livestream = await airing.now(sending)
    if livestream is None or livestream.state not in livestreams.ON:
        return {}
    if livestream.starts_at != airing.start(sending.push):
        return {}
    left = livestream.starts_at - sending.now
    key = "reminders.begins" if left <= MINUTE else "reminders.soon"
    reply = say(
        "reminders.tomorrow" if left > TOMORROW else key,
        topic=livestream.topic,
        start=livestream.starts_at,
        minutes=max(1, round(left / MINUTE)),
        buttons=airing.buttons(livestream),
    )
    return await airing.to_those_awaited(sending, livestream, reply)


@feature.bell("minutely", lambda _campaign: Minutely())
async def minutely(tick: Tick) -> None:
    """Push the reminders whose minute has come; what is met too late is stored and expires."""
    late = tick.campaign.pushes.late_minutes_max * MINUTE
    longest = await attendances.longest_queue(tick.db, tick.campaign_id, after=tick.now)
    for minutes in tick.campaign.pushes.live_minutes:
        ahead = minutes * MINUTE
        if ahead >= DAY:
            continue  # the evening's
        head_start = timedelta(seconds=longest / SPEED) if ahead else timedelta()
        due = await livestreams.due_between(
            tick.db,
            tick.campaign_id,
            start=tick.now + ahead - DAY,
            end=tick.now + ahead + head_start + timedelta(microseconds=1),
        )
        for livestream in due:
            once = airing.start_once(livestream, minutes)
            until = livestream.starts_at - ahead + late
            await airing.push(tick, before, livestream, once=once, until=until)


@feature.bell("evening", lambda campaign: Daily(campaign.pushes.live_eve), late_max=DAY / 8)
async def evening(tick: Tick) -> None:
    """Remind of tomorrow's livestreams, if campaign data asks for a reminder the day before."""
    if max(tick.campaign.pushes.live_minutes, default=0) * MINUTE < DAY:
        return
    tomorrow = tick.slot.replace(hour=0, minute=0) + DAY
    due = await livestreams.due_between(
        tick.db, tick.campaign_id, start=tomorrow, end=tomorrow + DAY
    )
    for livestream in due:
        once = f"live:{livestream.id}:{livestream.version}:eve"
        await airing.push(tick, before, livestream, once=once, until=tick.slot + DAY / 6)
