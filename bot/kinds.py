"""What a feature says of its pushes, and of messages that are edited in place."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.campaign import Campaign
from bot.messages import Reply
from storage.db import Db
from storage.pushes import Push


@dataclass(frozen=True, slots=True)
class Sending:
    """A push whose content is wanted for some of its receivers, just before it goes out."""

    push: Push
    citizens: Sequence[int]
    now: datetime
    campaign: Campaign
    campaign_id: int
    secret: bytes
    db: Db


@dataclass(frozen=True, slots=True)
class Looking:
    """A message that is edited in place, about to be worded anew; `about` says which it is."""

    about: str
    now: datetime
    campaign: Campaign
    campaign_id: int
    db: Db


Word = Callable[[Looking], Awaitable[tuple[Reply, bool] | None]]
"""Says how things stand, and whether that was the last of it; None if there is nothing to say."""


Compose = Callable[[Sending], Awaitable[Mapping[int, Reply]]]
"""Says what each receiver is told; who is left out is told nothing."""


class Slice(NamedTuple):
    """Which receivers are wanted: those whose ids follow a number, so many at most."""

    after: int
    most: int


Allowed = Callable[[Db, Push], Awaitable[bool]]
"""Says whether whoever is behind a push may still send it."""

Audience = Callable[[Db, Push, Slice], Awaitable[Sequence[int]]]
"""Returns the ids of a slice of a push's receivers, in their order."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of push: to whom, what, behind which switch, how urgent (0 is the most)."""

    name: str
    switch: str
    urgency: int
    audience: Audience
    compose: Compose
    duty: bool = False
    """It goes to people in charge, who need not take part themselves."""
    allowed: Allowed | None = None
    """Asked before each batch; a push that is not allowed any more is stopped."""
