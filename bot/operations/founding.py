"""What a database must know of a campaign before anything else, and which of several runs."""

from dataclasses import replace
from datetime import datetime

from bot.campaign import Campaign
from storage import (
    deployment,
    dialogs,
    enrolments,
    erasure,
    group_messages,
    halts,
    jobs,
    offers,
    units,
)
from storage.db import Db
from storage.deployment import About
from storage.units import Unit


async def found(db: Db, campaign: Campaign) -> int:
    """Make a campaign known, with the units of its file, and return its short id.

    A unit that is known keeps what staff may have imported: its target, its reporter, whether it
    must join.
    """
    head = campaign.campaign
    campaign_id = await deployment.campaign(db, head.id)
    about = About(head.name, head.name_en, campaign.start, campaign.last_day)
    await deployment.describe(db, campaign_id, about)
    known = {unit.code: unit for unit in await units.listed(db, campaign_id)}
    new = [Unit(u.id, u.kind, u.name, u.name_en, target=u.target) for u in campaign.units]
    listed = [
        replace(known.get(u.code, u), kind=u.kind, name=u.name, name_en=u.name_en) for u in new
    ]
    await units.put(db, campaign_id, [unit for unit in listed if unit != known.get(unit.code)])
    return campaign_id


async def begin(db: Db, campaign_id: int, *, at: datetime) -> None:
    """Let a campaign be the one that runs; `at` is system time.

    Of several who begin at once, the others wait here for the first and find it done.

    If another one ran before, who took part in it is put aside and asked anew; what it still had
    to say, and what it last asked, is let go; its points, lines, ranks and rows stay as they are.
    Begun again, an earlier campaign has its people back.
    """
    before = await deployment.running(db, lock=True)
    if before is not None and before != campaign_id:
        await enrolments.put_aside(db, before)
        await enrolments.bring_back(db, campaign_id)
        await dialogs.close_all(db)
        await offers.forget_all(db)
        await halts.end_others(db, campaign_id, at=at)
        await group_messages.drop_others(db, campaign_id, at=at)
        await jobs.fail_others(db, campaign_id, at=at)
        await erasure.forget_for_good(db, but=campaign_id)
    await deployment.put(db, deployment.RUNNING, str(campaign_id))
