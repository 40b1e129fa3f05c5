"""Campaign news: on the first morning of each phase, what it brings."""

from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Tick, button, named, say
from bot.messages import Reply
from bot.operations import pushing
from bot.rules.rhythm import Daily

feature = Feature("news")

LATE_MAX = timedelta(hours=10)


@feature.push("phase", switch="news", urgency=4, audience=pushing.everybody)
async def phase(sending: Sending) -> Mapping[int, Reply]:
    """Say which phase begins, until when it lasts, and whether visits score."""
    day = sending.campaign.day(sending.push.made_at)
    found = next(period for period in sending.campaign.phases if period.start <= day <= period.end)
    key = "news.scores" if found.scores else "news.rests"
    reply = say(key, phase=named(found), last=found.end, buttons=((button("menu"),),))
    return dict.fromkeys(sending.citizens, reply)


@feature.bell("morning", lambda campaign: Daily(campaign.pushes.phase_push), late_max=LATE_MAX)
async def morning(tick: Tick) -> None:
    """Tell everybody on the first day of a phase."""
    for period in tick.campaign.phases:
        if period.start == tick.today:
            until = tick.slot + timedelta(hours=24)
            await pushing.push(tick, phase, once=f"phase:{period.id}", expires_at=until)
