"""What a message to a group chat is worded from."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.campaign import Campaign
from bot.messages import Reply
from storage.db import Db
from storage.groups import Group


@dataclass(frozen=True, slots=True)
class Gathering:
    """A message that is about to go to a group chat, and where its words come from."""

    group: Group
    content: Mapping[str, Any]
    now: datetime
    campaign: Campaign
    campaign_id: int
    db: Db
    links: Callable[[str], Sequence[str]]


GroupWord = Callable[[Gathering], Awaitable[Reply | None]]
"""Says what a group is told; None is nothing after all. It names nobody who did not ask for it."""
