"""When an item can be finished: what the chat and its link page both go by."""

from datetime import datetime, timedelta

from bot.campaign import Activity, Campaign
from bot.messages import Named
from storage.items import Item
from storage.shelves import Opening


def is_offered(campaign: Campaign, item: Item) -> bool:
    """Say whether a campaign has a section for an item."""
    return any(activity.id == item.kind and activity.done for activity in campaign.activities)


def wait(item: Item, activity: Activity) -> timedelta:
    """Return how long must pass between opening an item and finishing it."""
    return timedelta(minutes=min(item.minutes, activity.minutes_min))


def left(item: Item, activity: Activity, opening: Opening, *, now: datetime) -> timedelta:
    """Return how long is left until an opened item can be finished; nothing or less: it can."""
    return opening.opened_at + wait(item, activity) - now


def done_label(activity: Activity) -> Named:
    """Return the words of the button that finishes an item."""
    return Named(activity.done or "", activity.done_en or "")
