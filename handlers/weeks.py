"""周榜: the newest frozen week, and the weeks before it; frozen and told on Mondays."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.feature import Feature, Sending, Slice, Tick, Turn
from bot.messages import Reply
from bot.operations import pushing, weekly
from bot.operations.weekly import Ranked, Where
from bot.rules.rhythm import Weekly
from storage import weeks as stored
from storage.db import Db
from storage.pushes import Push

feature = Feature("weeks")

MONDAY = 0
LATE_MAX = timedelta(hours=10)


@feature.on(command="week", words=["周榜", "本周"], tap="weeks")
async def weeks(turn: Turn) -> Reply:
    """Show the own week: points, place, the town's place, the streak, the best."""
    return await weekly.answer(turn, turn.argument)


def _first(push: Push) -> date:
    return date.fromisoformat(json.loads(push.content)["first"])


async def _placed(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    first = _first(push)
    return await stored.placed(db, push.campaign, first, after=wanted.after, most=wanted.most)


@feature.push("weekly", switch="weekly", urgency=4, audience=_placed)
async def tell(sending: Sending) -> Mapping[int, Reply]:
    """Tell everybody who earned something how the week went for them."""
    first = _first(sending.push)
    every = await stored.every(sending.db, sending.campaign_id)
    where = Where(sending.campaign, sending.campaign_id, sending.secret)
    frozen = next(week for week in every if week.first == first)
    most = sending.campaign.pushes.weekly_top
    return await weekly.content(sending.db, where, frozen, citizens=sending.citizens, most=most)


async def look(tick: Tick) -> Ranked | None:
    """Rank the week that ended, before any writer has to wait."""
    return await weekly.rank_due(tick.db, tick.campaign, tick.campaign_id, day=tick.today)


@feature.bell("freeze", lambda campaign: Weekly(MONDAY, campaign.pushes.weekly_freeze), look=look)
async def freeze(tick: Tick) -> None:
    """Freeze every week that is complete; what comes later enters none of them."""
    here = (tick.db, tick.campaign, tick.campaign_id)
    await weekly.freeze_due(*here, day=tick.today, at=tick.now, ranked=tick.found)


@feature.bell(
    "monday", lambda campaign: Weekly(MONDAY, campaign.pushes.weekly_push), late_max=LATE_MAX
)
async def monday(tick: Tick) -> None:
    """Tell the week that ended yesterday; an older one that was missed is only frozen."""
    every = await stored.every(tick.db, tick.campaign_id)
    if not every or tick.today - every[-1].last > timedelta(days=7):
        return
    first = every[-1].first.isoformat()
    until = tick.slot + timedelta(hours=24)
    await pushing.push(
        tick, tell, once=f"weekly:{first}", content={"first": first}, expires_at=until
    )
