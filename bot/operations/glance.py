"""Today at a glance: what each activity paid, of what it can pay; and what a deed will pay."""

from collections.abc import Mapping
from datetime import date

from bot.campaign import Campaign
from bot.feature import Turn, named
from bot.messages import Lines, Param, Phrase


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


def promise(
    turn: Turn, key: str, *, day: date, rests: str = "glance.rests", **params: Param
) -> Phrase:
    """Say what something pays on a day; in a phase that pays nothing, say that instead."""
    phase = turn.campaign.phase(day)
    if phase is not None and phase.scores:
        return Phrase(key, params)
    return Phrase(rests, {"phase": turn.phase(day)})
