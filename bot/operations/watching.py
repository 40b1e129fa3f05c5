"""Looking over a night's deeds for days that look odd; and naming what was found."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.campaign import Campaign
from bot.feature import Tick
from bot.messages import Phrase
from bot.rules import signals as rules
from bot.rules.signals import Done
from storage import deployment, signals
from storage.signals import Deed, NewSignal, Opened

UP_TO = "signals_up_to"
"""The number of the last deed that was looked at: each is looked at once, and none before."""
DEEDS_MAX = 500_000  # a city's day; a database that grew unwatched is not read from its start
Key = tuple[int, date]


async def found(tick: Tick) -> tuple[int, list[NewSignal]]:
    """Look at the deeds since the last time; return the last one's number, and what is odd."""
    db, campaign, campaign_id = tick.db, tick.campaign, tick.campaign_id
    up_to = await signals.last_deed(db)
    after = max(int(await deployment.fact(db, UP_TO) or 0), up_to - DEEDS_MAX)
    odd: list[NewSignal] = []
    days: dict[Key, list[Done]] = {}
    parts = signals.deeds_between(db, campaign_id, after=after, up_to=up_to)
    async for part in parts:
        keys = {(deed.citizen, item) for deed in part if (item := deed.item) is not None}
        opened = await signals.openings(db, campaign_id, keys)
        for deed in part:
            done = _done(campaign, deed, opened)
            days.setdefault((deed.citizen, deed.day), []).append(done)
        last = part[-1].citizen  # whose deeds may go on in the next part
        for key in [key for key in days if key[0] != last]:
            odd += _judged(key, days.pop(key))
    for key, day in days.items():
        odd += _judged(key, day)
    return up_to, odd


def _judged(key: Key, day: Sequence[Done]) -> list[NewSignal]:
    citizen, on = key
    return [NewSignal(citizen, on, s.kind, s.count, s.value) for s in rules.judge(day)]


def _done(campaign: Campaign, deed: Deed, opened: Mapping[tuple[int, int], Opened]) -> Done:
    its = opened.get((deed.citizen, deed.item)) if deed.item is not None else None
    if its is None:
        return Done(deed.acted_at)
    if its.closed_by != deed.cause or its.closed_at is None:  # it was opened again since
        return Done(deed.acted_at, its.minutes)
    activity = campaign.activity(deed.activity)
    least = timedelta(minutes=min(its.minutes, activity.minutes_min)).total_seconds()
    waited = (its.closed_at - its.opened_at).total_seconds()
    return Done(deed.acted_at, its.minutes, waited, least)


def told(kind: str, count: int, value: int) -> Phrase:
    """Tell what is odd."""
    return Phrase(f"signals.is_{kind}", {"count": count, "value": value, "hours": value // 60})
