"""Deliveries that say the same on one channel: a channel that can sends them all in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Receipt, Reply, dump
from storage.citizens import Receiver
from storage.pushes import Claimed


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed delivery that is to go out."""

    claimed: Claimed
    receiver: Receiver
    reply: Reply


class Together(Protocol):
    """Sends one thing to many at once; `bot.post` does."""

    @property
    def most(self) -> int:
        """Return how many deliveries are worth claiming at once."""

    def joins(self, channel: str) -> bool:
        """Say whether a channel sends to many at once, and keeps its own pace."""

    async def send_all(self, receivers: Sequence[Receiver], reply: Reply) -> Sequence[Receipt]:
        """Send to receivers of one channel and one language; never raises for a platform."""


def bundled(ready: Sequence[Ready], joins: Callable[[str], bool]) -> list[list[Ready]]:
    """Put together what says the same over a channel that sends to many; the rest stays alone."""
    bundles: dict[tuple[object, ...], list[Ready]] = {}
    for one in ready:
        account, push = one.receiver.account, one.claimed.push.id
        alone: tuple[object, ...] = (push, one.claimed.citizen)
        same = (push, account.channel, one.receiver.language)
        key = (*same, dump(one.reply)) if joins(account.channel) else alone
        bundles.setdefault(key, []).append(one)
    return list(bundles.values())
