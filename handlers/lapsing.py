"""Vouchers that end: a reminder days before, and the points back for what nobody picked up."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

from bot.feature import Feature, Sending, Slice, Tick, button
from bot.messages import Lines, Param, Phrase, Reply
from bot.operations import expiring, pushing
from bot.rules.calendar import ONE_DAY
from bot.rules.rewards import WARN_DAYS
from bot.rules.rhythm import Daily, Minutely
from storage import rewards, vouchers
from storage.db import Db
from storage.pushes import Push
from storage.vouchers import Voucher

feature = Feature("lapsing")

WARN_AT = time(10)
LATE_MAX = timedelta(hours=11)


async def _holders(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the audience of a day on which vouchers end."""
    return await vouchers.holders(
        db, push.campaign, _day(push), after=wanted.after, most=wanted.most
    )


def _day(push: Push) -> date:
    return date.fromisoformat(json.loads(push.content)["day"])


@feature.push("soon", switch="", urgency=2, audience=_holders)
async def soon(sending: Sending) -> Mapping[int, Reply]:
    """Remind of vouchers that end soon, if they are still to be picked up."""
    day = _day(sending.push)
    ready = await vouchers.ending(sending.db, sending.campaign_id, day, citizens=sending.citizens)
    return await _each(sending, "lapsing.soon", ready, day=day)


@feature.push("back", switch="", urgency=2, audience=pushing.named_ones)
async def back(sending: Sending) -> Mapping[int, Reply]:
    """Tell whose vouchers ended that the points are back."""
    numbers = json.loads(sending.push.content)["vouchers"]
    ended = (await vouchers.of(sending.db, numbers)).values()
    mine = [each for each in ended if each.citizen in sending.citizens]
    return await _each(sending, "lapsing.back", mine)


async def _each(
    sending: Sending, key: str, found: Sequence[Voucher], **params: Param
) -> dict[int, Reply]:
    """Say something to everybody who has one of these vouchers, naming all of theirs."""
    titles = await rewards.titles(sending.db, {each.reward for each in found})
    told = {}
    for citizen in {each.citizen for each in found}:
        own = [each for each in found if each.citizen == citizen]
        named = Counter(titles.get(each.reward, "") for each in own)
        lines = tuple(
            Phrase("lapsing.named", {"title": title, "count": n}) for title, n in named.items()
        )
        points = sum(each.price for each in own)
        buttons = ((button("codes"), button("rewards")),)
        told[citizen] = Reply(key, {"titles": Lines(lines), "points": points, **params}, buttons)
    return told


@feature.bell("warn", lambda _campaign: Daily(WARN_AT), late_max=LATE_MAX)
async def warn(tick: Tick) -> None:
    """Remind of what ends within days: once for each day on which something ends."""
    for days in range(WARN_DAYS + 1):
        day = tick.today + days * ONE_DAY
        content = {"day": day.isoformat()}
        some = await vouchers.holders(tick.db, tick.campaign_id, day, after=0, most=1)
        if some:
            await pushing.push(tick, soon, once=f"vouchers:end:{day}", content=content)


@feature.bell("expire", lambda _campaign: Minutely(), look=expiring.due)
async def expire(tick: Tick) -> None:
    """Give back what nobody picked up by its last day, and tell."""
    due: list[Voucher] = tick.found
    went = await expiring.give_back(tick, due) if due else []
    if went:
        content = {
            "citizens": sorted({each.citizen for each in went}),
            "vouchers": [each.id for each in went],
        }
        once = f"vouchers:back:{min(each.id for each in went)}"
        await pushing.push(tick, back, once=once, content=content)
