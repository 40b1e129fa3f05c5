"""Congratulating the chosen in the last phase: certificates are drawn early, and pushed at nine."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.engraving import MANY
from bot.feature import Feature, Sending, Slice, Tick, button, say
from bot.messages import Named, Phrase, Reply
from bot.operations import commending, pushing, winning
from bot.rules.rhythm import Daily
from storage import accounts, certificates, jobs, roles
from storage.db import Db
from storage.jobs import Job, Wish
from storage.pushes import Push

feature = Feature("honours")

LATE_MAX = timedelta(hours=12)


@feature.work(MANY, failed="honours.failed", heavy=True)
def drawn(job: Job) -> Reply:
    """Tell the member of staff in whose name they were drawn."""
    return say("honours.drawn", count=job.result["count"], buttons=((button("roles"),),))


@feature.bell("early", lambda campaign: Daily(campaign.pushes.quiet_until), late_max=LATE_MAX)
async def early(tick: Tick) -> None:
    """Have drawn what is not drawn yet: all on the first day, then those who came in later."""
    if not commending.is_time(tick.campaign, tick.today):
        return
    found = await winning.published(tick.db, tick.campaign_id)
    known = await certificates.known(tick.db, tick.campaign_id)
    new = [
        each
        for each in (found.winners if found else ())
        if (each.list, each.number) not in known and (each.citizen or each.unit)
    ]
    receivers = await accounts.receivers(
        tick.db, await roles.staff(tick.db, tick.campaign_id), duty=True
    )
    if not new or not receivers:
        return
    staff, receiver = min(receivers.items())
    wanted = await commending.orders(tick.db, tick.campaign, tick.campaign_id, winners=new)
    told = {"wanted": wanted, "at": tick.now.isoformat()}
    wish = Wish(tick.campaign_id, staff, *receiver.account, kind=MANY, params=told)
    once = f"{MANY}:{tick.campaign_id}:{tick.today}"
    await jobs.ask(tick.db, wish, once=once, at=tick.system_now)


async def _chosen(db: Db, push: Push, wanted: Slice) -> Sequence[int]:
    """Be the chosen readers, and the organisers of the chosen units."""
    content = json.loads(push.content)
    people = {int(citizen) for citizen in content["citizens"]}
    for unit in content["units"]:
        people.update(await roles.organisers(db, push.campaign, unit))
    return sorted(one for one in people if one > wanted.after)[: wanted.most]


@feature.push("won", switch="", urgency=2, audience=_chosen, duty=True)
async def won(sending: Sending) -> Mapping[int, Reply]:
    """Congratulate, with the certificate; who is on the list no more is told nothing."""
    content = json.loads(sending.push.content)
    replies = {}
    for citizen in sending.citizens:
        mine = await commending.mine(sending.db, sending.campaign_id, citizen)
        fresh = [
            each
            for each in mine
            if each.citizen in content["citizens"] or each.unit in content["units"]
        ]
        if not fresh:
            continue
        first = fresh[0]
        kept = await certificates.of(
            sending.db, sending.campaign_id, first.list, number=first.number
        )
        head = sending.campaign.campaign
        replies[citizen] = Reply(
            "honours.won" if first.unit is None else "honours.won_unit",
            {
                "list": first.name,
                "place": first.place,
                "name": kept.name if kept else "",
                "campaign": Named(head.name, head.name_en),
                "more": Phrase("honours.more", {"count": len(fresh) - 1}) if fresh[1:] else "",
            },
            ((button("certificates"), button("menu")),),
            picture=kept.picture if kept else None,
        )
    return replies


@feature.bell("morning", lambda campaign: Daily(campaign.pushes.phase_push), late_max=LATE_MAX)
async def morning(tick: Tick) -> None:
    """Hand over what was drawn, once."""
    fresh = await certificates.untold(tick.db, tick.campaign_id)
    if not fresh or not commending.is_time(tick.campaign, tick.today):
        return
    content = {
        "citizens": sorted({each.citizen for each in fresh if each.citizen}),
        "units": sorted({each.unit for each in fresh if each.unit}),
    }
    await certificates.hand_over(tick.db, fresh, at=tick.now)
    await pushing.push(tick, won, once=f"won:{tick.today}", content=content)
