"""Today at a glance: what each activity paid, of what it can pay."""

from collections.abc import Mapping

from bot.campaign import Campaign
from bot.feature import named
from bot.messages import Lines, Phrase


def glance(campaign: Campaign, paid: Mapping[str, int]) -> Lines:
    """Return one line for each activity: its name, and points against the day's cap."""
    return Lines(
        tuple(
            Phrase(
                "glance.full" if paid.get(activity.id, 0) >= activity.cap else "glance.open",
                {
                    "activity": named(activity),
                    "today": paid.get(activity.id, 0),
                    "cap": activity.cap,
                },
            )
            for activity in campaign.activities
        )
    )
