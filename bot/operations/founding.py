"""What a database must know of a campaign before anything else: its id and its units."""

from dataclasses import replace

from bot.campaign import Campaign
from storage import deployment, units
from storage.db import Db
from storage.units import Unit


async def found(db: Db, campaign: Campaign) -> int:
    """Make a campaign known, with the units of its file, and return its short id.

    A unit that is known keeps what staff may have imported: its target, its reporter, whether it
    must join.
    """
    campaign_id = await deployment.campaign(db, campaign.campaign.id)
    known = {unit.code: unit for unit in await units.listed(db, campaign_id)}
    new = [Unit(u.id, u.kind, u.name, u.name_en, target=u.target) for u in campaign.units]
    listed = [
        replace(known.get(u.code, u), kind=u.kind, name=u.name, name_en=u.name_en) for u in new
    ]
    await units.put(db, campaign_id, [unit for unit in listed if unit != known.get(unit.code)])
    return campaign_id
