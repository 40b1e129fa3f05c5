"""What units owe staff: plans and details of livestreams, the summary report; and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from bot.campaign import Campaign
from bot.operations import summing
from bot.rules import deadlines
from bot.rules.calendar import ONE_DAY
from storage import programme, proposals
from storage.db import Db

PLANS, DETAILS, LAST_DETAILS, REPORT = "plans", "details", "last_details", "report"


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due on a day, and how many days before it units are reminded.

    Details are due for a planned month: to be in time for its begin, and at last for its end.
    """

    what: str
    day: date
    days: tuple[int, ...]
    month: date | None = None

    def ends(self, campaign: Campaign) -> datetime:
        """Return the moment from which on it is late."""
        return datetime.combine(self.day + ONE_DAY, time(), campaign.zone)


async def dues(db: Db, campaign: Campaign, campaign_id: int) -> list[Due]:
    """Return everything that is ever due."""
    known, days = campaign.campaign.deadlines, campaign.pushes.deadline_days
    found = [
        Due(PLANS, known.live_plans, days),
        Due(REPORT, known.report, campaign.pushes.report_days),
    ]
    planned = await proposals.months(db, campaign_id)
    for month in sorted({month for months in planned.values() for month in months}):
        first, last = deadlines.month_days(month, known.live_details_days)
        found.append(Due(DETAILS, first, days, month))
        found.append(Due(LAST_DETAILS, last, (min(days),), month))
    return found


async def owes(
    db: Db, campaign: Campaign, campaign_id: int, *, what: str, month: date | None
) -> "Owing":
    """Return which units still owe something."""
    if what == PLANS:
        return Owing(settled=await proposals.active(db, campaign_id))
    if what == REPORT:
        return Owing(settled=await summing.settled(db, campaign, campaign_id))
    if month is None:
        return Owing()
    planned = await proposals.months(db, campaign_id)
    there = await programme.starts(db, campaign_id)
    for unit, starts in (await proposals.starts(db, campaign_id)).items():
        there.setdefault(unit, []).extend(starts)
    held = {unit: [campaign.day(start) for start in starts] for unit, starts in there.items()}
    return Owing(
        only={
            unit
            for unit, months in planned.items()
            if month in deadlines.lacking(months, held.get(unit, []))
        }
    )


@dataclass(frozen=True, slots=True)
class Owing:
    """Units that owe something: only some, or all but those that are settled."""

    only: Collection[str] | None = None
    settled: Collection[str] = ()

    def __contains__(self, unit: str) -> bool:
        """Say whether a unit is among them."""
        return unit not in self.settled and (self.only is None or unit in self.only)
