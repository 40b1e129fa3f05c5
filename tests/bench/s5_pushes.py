"""S5: a push to a hundred thousand people; S6: a push under Telegram's limits, beside replies."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.channels.telegram import Api, Call, Telegram
from bot.delivery import Delivery
from bot.feature import Feature, Sending, Slice, say
from bot.i18n import Texts
from bot.leader import Leader, Watch
from bot.messages import Receipt, Reply
from bot.rules.pace import REPLIES_SHARE, Pace
from storage import accounts, halts, pushes
from storage.citizens import Receiver
from storage.db import Db, Unavailable
from storage.pushes import NewPush, Push
from tests.bench.figures import Figure, resident_mb
from tests.bench.town import Town, towns
from tests.bench.wire import TOKEN, FakeApi

PEOPLE = 100_000
SENT = 20_000
RATE = 28
LIMITED_SECONDS = 20
REPLIES_PER_SECOND = 4
A_SECOND_MAX = 30

Tell = Callable[[str], None]
probe = Feature("bench")


async def _everybody(db: Db, _push: Push, wanted: Slice) -> Sequence[int]:
    return await accounts.registered_after(db, wanted.after, wanted.most)


@probe.push("news", switch="news", urgency=4, audience=_everybody)
async def news(sending: Sending) -> Mapping[int, Reply]:
    """Say the same to all."""
    return dict.fromkeys(sending.citizens, say("menu.title"))


@dataclass
class Bench:
    """A worker that sends over the raw emulated Bot API."""

    town: Town
    api: FakeApi
    telegram: Telegram
    delivery: Delivery
    leader: Leader

    @classmethod
    @asynccontextmanager
    async def open(cls, town: Town, rate: float) -> AsyncIterator["Bench"]:
        """Lead, and be ready to deliver at a rate; 0 is as fast as can be."""
        texts = Texts(town.campaign.zone)
        leader = Leader(town.database, time.monotonic, alone=town.database.is_sqlite)
        watch = Watch(town.campaign, town.campaign_id, town.database, town.clock, leader, b"bench")
        async with FakeApi.serving() as api, Api(TOKEN, api.url) as calls:
            telegram = Telegram(
                calls, handle=_nobody, commands=lambda _language: [], unavailable=Unavailable
            )

            async def send(receiver: Receiver, reply: Reply) -> Receipt:
                rendered = texts.render(reply, receiver.language)
                return await telegram.send(int(receiver.account.sender), rendered)

            pace = Pace(rate, time.monotonic)
            delivery = Delivery([probe], watch, pace=pace, send=send, monotonic=time.monotonic)
            await leader.renew()
            yield cls(town, api, telegram, delivery, leader)
            await leader.resign()

    async def push(self, once: str) -> None:
        """Store a push to everybody."""
        town, at = self.town, self.town.clock.now()
        new = NewPush(town.campaign_id, news.name, once, "{}", news.urgency, made_at=at)
        async with town.database.transaction() as db:
            await pushes.make(db, new, at=at)

    async def fill(self) -> float:
        """Fill it with receivers and return the rows a second."""
        since = time.perf_counter()
        while await self.delivery._fill(await self._term()):  # noqa: SLF001 - one half of a step
            pass
        return PEOPLE / (time.perf_counter() - since)

    async def deliver(self, *, until: Callable[[], bool]) -> None:
        """Deliver until something is true."""
        while not until():
            await self._term()
            if not await self.delivery.step():
                raise AssertionError("nothing is left to deliver")

    async def _term(self) -> int:
        if self.leader.term is None:
            await self.leader.renew()
        if self.leader.term is None:
            raise AssertionError("nobody else can lead")
        return self.leader.term


async def _nobody(_incoming: object) -> None:
    return None


async def run(tell: Tell) -> list[Figure]:
    """Measure both on both databases."""
    figures: list[Figure] = []
    tell("S5: preparing the databases")
    async with towns(PEOPLE, each=1) as opened:
        for kind, (town,) in opened.items():
            tell(f"S5 {kind}: queueing {PEOPLE:,} and sending {SENT:,}")
            figures += await _unlimited(town)
            tell(f"S6 {kind}: {LIMITED_SECONDS} s at {RATE}/s")
            figures.append(await _limited(town))
    return figures


async def _unlimited(town: Town) -> list[Figure]:
    async with Bench.open(town, rate=0) as bench:
        await bench.push("fast")
        rows = await bench.fill()
        half, rates = SENT // 2, []
        for round_end in (half, SENT):
            before, since = bench.api.calls["sendmessage"], time.perf_counter()
            await bench.deliver(until=partial(_sent, bench.api, round_end))
            done = bench.api.calls["sendmessage"] - before
            rates.append(done / (time.perf_counter() - since))
        _once_each(bench.api.sent)
        async with town.database.transaction() as db:
            await halts.stop(db, 1)
    memory = resident_mb()
    return [
        Figure("S5 queue", town.kind, "rows", (rows,), (0.0, 0.0)),
        Figure("S5 send", town.kind, f"sends, {memory:.0f} MB", tuple(rates), (0.0, 0.0)),
    ]


async def _limited(town: Town) -> Figure:
    async with Bench.open(town, rate=RATE) as bench:
        await bench.push("slow")
        await bench.fill()
        seconds: Counter[int] = Counter()
        bench.api.listener = lambda _chat: seconds.update([int(time.monotonic())])
        since = time.monotonic()
        waits: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            replying = tasks.create_task(_replies(bench, waits))
            await bench.deliver(until=lambda: time.monotonic() - since > LIMITED_SECONDS)
            replying.cancel()
        took = time.monotonic() - since
        if max(seconds.values()) > A_SECOND_MAX + RATE / 2:
            raise AssertionError(f"too many in one second: {max(seconds.values())}")
        rate = (sum(seconds.values()) - len(waits)) / took
    allowed = f"of {RATE - REPLIES_SHARE:.0f}/s allowed"
    return Figure("S6", town.kind, allowed, (rate,), tuple(waits), lone_gate=1000)


async def _replies(bench: Bench, waits: list[float]) -> None:
    """Answer somebody now and then, and note how long it takes."""
    for number in range(10_000):
        since = time.monotonic()
        await bench.telegram.api.deliver(
            Call("sendMessage", {"chat_id": 10_000_000 + number, "text": "+5"})
        )
        waits.append((time.monotonic() - since) * 1000)
        await asyncio.sleep(1 / REPLIES_PER_SECOND)


def _sent(api: FakeApi, count: int) -> bool:
    return api.calls["sendmessage"] >= count


def _once_each(sent: Mapping[int, int]) -> None:
    twice = [chat for chat, count in sent.items() if count > 1]
    if twice:
        raise AssertionError(f"told twice: {twice[:5]}")
