"""Badges of the campaign's file, as somebody has them."""

from dataclasses import dataclass

from bot.campaign import Campaign
from bot.campaign_badges import Badge
from bot.feature import Turn, named
from bot.messages import Param, Phrase
from bot.rules import badges
from bot.rules.badges import Had
from storage import deeds, totals

DAYS = "days"


@dataclass(frozen=True, slots=True)
class Standing:
    """A badge, and how often its owner-to-be did what it is given for, at most what it takes."""

    badge: Badge
    reached: int

    @property
    def has(self) -> bool:
        """Say whether it is earned."""
        return self.reached >= self.badge.count


async def mine(turn: Turn) -> list[Standing]:
    """Return every badge of the campaign with how far this person is."""
    campaign, citizen = turn.campaign, turn.person.citizen
    if not campaign.badges:
        return []
    has = await totals.of(turn.db, turn.campaign_id, citizen)
    had = Had(has.visit_days, has.lives, await deeds.done(turn.db, turn.campaign_id, citizen))
    return [
        Standing(each, min(each.count, badges.reached(had, each.of, each.activity)))
        for each in campaign.badges
    ]


def line(campaign: Campaign, *, before: int, days: int) -> Param:
    """Say which badge more check-in days brought, the highest of several; known without asking."""
    new = [each for each in campaign.badges if each.of == DAYS and before < each.count <= days]
    if not new:
        return ""
    return Phrase("badges.earned", {"name": named(max(new, key=lambda each: each.count))})
