"""The daily check-in nudge: at the hour somebody asked for, and only while the visit is open."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.feature import Feature, Sending, Slice, Tick, button, say
from bot.messages import Reply
from bot.operations import pushing
from bot.rules import streaks
from bot.rules.rhythm import Hourly
from storage import profiles, totals
from storage.db import Db
from storage.pushes import Push

feature = Feature("nudges")

LASTS = timedelta(minutes=30)


async def _asked_for(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    hour = int(push.once.rpartition(":")[2])
    return await profiles.nudged_at(db, hour, after=wanted.after, most=wanted.most)


@feature.push("nudge", switch="", urgency=3, audience=_asked_for)
async def nudge(sending: Sending) -> Mapping[int, Reply]:
    """Remind those who have not checked in on the day of the nudge."""
    day, start = sending.campaign.day(sending.push.made_at), sending.campaign.start
    has = await totals.of_citizens(sending.db, sending.campaign_id, set(sending.citizens))
    return {
        citizen: say(
            "nudges.text",
            streak=streaks.length(reader.totals.visits, start, day),
            buttons=((button("checkins"), button("switches")),),
        )
        for citizen, reader in has.items()
        if not streaks.visited(reader.totals.visits, start, day)
    }


@feature.bell("hourly", lambda _campaign: Hourly(), late_max=LASTS)
async def hourly(tick: Tick) -> None:
    """Nudge those who asked for this hour, on days that score."""
    phase = tick.campaign.phase(tick.today)
    if phase is None or not phase.scores:
        return
    hour = tick.slot.astimezone(tick.campaign.zone).hour
    once = f"nudge:{tick.today}:{hour}"
    await pushing.push(tick, nudge, once=once, expires_at=tick.slot + LASTS)
