"""代报到期: who can confirm is told each morning; what nobody confirmed is taken back."""

import json
from collections.abc import Mapping
from datetime import timedelta

from bot.feature import Feature, Sending, Tick, button, say
from bot.messages import Reply
from bot.operations import attesting, pushing
from bot.rules import rights
from bot.rules.rhythm import Daily, Minutely
from bot.rules.rights import Right
from storage import attests, roles
from storage.attests import Scope

feature = Feature("overdue")

LATE_MAX = timedelta(hours=8)


@feature.push("waits", switch="deadline", urgency=3, audience=pushing.named_ones, duty=True)
async def waits(sending: Sending) -> Mapping[int, Reply]:
    """Tell who may confirm how much waits for them; nobody is told of none."""
    replies = {}
    for citizen in sending.citizens:
        duties = await roles.duties(sending.db, sending.campaign_id, citizen)
        reach = rights.reach(duties, Right.CARDS)
        where = Scope(sending.campaign_id, None if reach.everything else reach.units)
        count = await attests.count_waiting(sending.db, where, but=citizen)
        if reach and count:
            ways = ((button("vouching"), button("roles")),)
            replies[citizen] = say("overdue.waits", count=count, buttons=ways)
    return replies


@feature.bell("morning", lambda campaign: Daily(campaign.pushes.deadline_push), late_max=LATE_MAX)
async def morning(tick: Tick) -> None:
    """Tell once a day who can confirm: the unit's other organisers, or else staff."""
    told: set[int] = set()
    for unit, by in (await attests.attesters(tick.db, tick.campaign_id)).items():
        found = set(await roles.organisers(tick.db, tick.campaign_id, unit))
        alone = by if len(by) == 1 else set()
        staff = set(await roles.staff(tick.db, tick.campaign_id))
        told |= (found - alone) or (staff - alone)
    if told:
        content, until = {"citizens": sorted(told)}, tick.slot + LATE_MAX
        once = f"attests:{tick.today}"
        await pushing.push(tick, waits, once=once, content=content, expires_at=until)


@feature.push("lapsed", switch="", urgency=3, audience=pushing.named_ones, duty=True)
async def lapsed(sending: Sending) -> Mapping[int, Reply]:
    """Tell who attested something that nobody confirmed in time."""
    counts = json.loads(sending.push.content)["counts"]
    ways = ((button("papercards"), button("roles")),)
    return {
        citizen: say("overdue.lapsed", count=counts[str(citizen)], buttons=ways)
        for citizen in sending.citizens
        if str(citizen) in counts
    }


@feature.bell("lapse", lambda _campaign: Minutely(), look=attesting.due)
async def lapse(tick: Tick) -> None:
    """Take back what nobody confirmed within three days, and say so."""
    numbers: list[int] = tick.found
    went = await attesting.lapse(tick, numbers) if numbers else []
    if went:
        counts = {by: sum(one.by == by for one in went) for by in {one.by for one in went}}
        content = {"citizens": sorted(counts), "counts": counts}
        once = f"attests:void:{min(one.id for one in went)}"
        await pushing.push(tick, lapsed, once=once, content=content)
