"""Pushing in tests: a leader, a delivery worker on a recording platform, and bells, no waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.bundles import Together
from bot.delivery import Delivery
from bot.feature import Feature
from bot.herald import Herald
from bot.leader import Leader, Watch
from bot.messages import Fate, Receipt, Reply
from bot.progress import EDIT_SECONDS, Progress
from bot.rules.pace import Pace
from bot.scheduler import Scheduler
from handlers import FEATURES
from storage.citizens import Receiver
from storage.groups import Group
from tests.chat import SECRET, Chat

Answer = Callable[[Receiver, Reply], Awaitable[Receipt]]


@dataclass
class Platform:
    """Notes what it is to send, and answers with what it was told to, else that it was sent."""

    sent: list[tuple[str, Reply]] = field(default_factory=list)
    shown: list[tuple[str, Reply, str]] = field(default_factory=list)
    in_groups: list[tuple[str, Reply]] = field(default_factory=list)
    """What was said in group chats, apart."""
    group_answers: list[Receipt] = field(default_factory=list)
    answers: list[Receipt | Exception] = field(default_factory=list)

    async def send(self, receiver: Receiver, reply: Reply) -> Receipt:
        """Send nothing, but say that it was."""
        self.sent.append((receiver.account.sender, reply))
        return self._answer()

    async def tell(self, group: Group, reply: Reply) -> Receipt:
        """Say nothing in a group chat, but say that it was said."""
        self.in_groups.append((group.chat, reply))
        return self.group_answers.pop(0) if self.group_answers else Receipt(Fate.SENT, ref="1")

    def _answer(self) -> Receipt:
        answer = self.answers.pop(0) if self.answers else Receipt(Fate.SENT, ref="1")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def edits(self, channel: str) -> bool:
        """Say that every channel can edit but the one that cannot."""
        return channel != "deaf"

    async def show(
        self, receiver: Receiver, reply: Reply, *, live: str = "", ref: str = ""
    ) -> Receipt:
        """Note a message that is edited in place, under its name, and what it took the place of."""
        self.shown.append((receiver.account.sender, reply, ref))
        answer = self.answers.pop(0) if self.answers else Receipt(Fate.SENT, ref=live)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def told(self, sender: str) -> list[str]:
        """Return the keys of what somebody was told."""
        return [reply.key for who, reply in self.sent if who == sender]


class Monotonic:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


class Worker:
    """One process's leader, scheduler and delivery, driven step by step."""

    def __init__(
        self,
        chat: Chat,
        platform: Platform | None = None,
        features: Sequence[Feature] = FEATURES,
        *,
        together: Together | None = None,
    ) -> None:
        self.platform = platform or Platform()
        self.monotonic = Monotonic()
        self.leader = Leader(chat.database, self.monotonic)
        self.watch = Watch(
            chat.campaign, chat.campaign_id, chat.database, chat.clock, self.leader, SECRET
        )
        self.scheduler = Scheduler(features, self.watch)
        self.delivery = Delivery(
            features,
            self.watch,
            pace=Pace(0, self.monotonic),
            send=self.platform.send,
            monotonic=self.monotonic,
            together=together,
        )
        self.progress = Progress(features, self.watch, post=self.platform, monotonic=self.monotonic)

        self.herald = Herald(
            features,
            self.watch,
            pace=Pace(0, self.monotonic),
            send=self.platform.tell,
            links=lambda start, channel: (f"https://{channel}.example.org/{start}",),
            monotonic=self.monotonic,
        )

    async def rings(self) -> None:
        """Lead, ring what is due, and deliver everything that is due, also to groups."""
        await self.leader.renew()
        await self.scheduler.look()
        await self.delivers()
        async with asyncio.timeout(60):
            while await self.herald.step():
                self.monotonic.now += 0.001

    async def delivers(self) -> None:
        """Deliver until nothing is due."""
        self.monotonic.now += 1  # so that it looks for new pushes
        async with asyncio.timeout(60):
            while await self.delivery.step():
                self.monotonic.now += 0.001

    async def follows(self) -> None:
        """Bring what is edited in place up to date, as if the last time were long ago."""
        self.monotonic.now += EDIT_SECONDS
        await self.leader.renew()
        await self.progress.step()


def keys(platform: Platform) -> Iterator[str]:
    """Return the keys of everything that was sent."""
    return (reply.key for _, reply in platform.sent)
