"""The WeCom channel on the emulated WeCom, with an echo in place of the bot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.wecom import (
    PER_MINUTE,
    Api,
    Board,
    Callback,
    Corp,
    Envelope,
    Limits,
    Offers,
    Robots,
    Shelf,
    Voice,
    Waits,
    WeCom,
    Words,
    menu_of,
)
from bot.messages import Incoming, Pressable, Rendered, Tap
from bot.rules.quota import Budget, Quota
from bot.web import hooks
from tests.served import listening, served, url_of
from tests.watched import PATIENCE_SECONDS
from tests.wecom_api import WeComApi
from tests.wecom_members import AES_KEY, AGENT, CORP, SECRET, TOKEN

WORDS = Words("请选择：", "回复数字：", "已选择")
START = datetime(2022, 5, 1, 1, 10, tzinfo=UTC)


Handle = Callable[[Incoming], Awaitable[Rendered | None]]


class Away(Exception):  # noqa: N818 - stands for storage.db.Unavailable
    """The database is away."""


class Kept:
    """The database, as far as the channel uses it."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.lists: dict[str, Mapping[int, str]] = {}

    def shelf(self) -> Shelf:
        """Keep the token."""

        async def load() -> str | None:
            return self.token

        async def keep(text: str) -> None:
            self.token = text

        return Shelf(load, keep, Away)

    def board(self) -> Board:
        """Keep lists."""

        async def keep(lists: Mapping[str, Mapping[int, str]]) -> None:
            self.lists |= lists

        async def find(member: str) -> Mapping[int, str]:
            return self.lists.get(member, {})

        return Board(keep, find, Away)


class Echo:
    """Answers with what was said, and as many buttons as its first number says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.faults: list[Exception] = []

    async def __call__(self, incoming: Incoming) -> Rendered | None:
        """Handle one message."""
        said = incoming.said
        words = said.target if isinstance(said, Tap) else str(getattr(said, "text", said))
        self.heard.append((incoming.sender, words))
        if words in self.gates:
            await self.gates[words].wait()
        if self.faults:
            raise self.faults.pop(0)
        head, _, rest = words.partition(" ")
        if not head.isdecimal():
            return None if words == "silence" else Rendered(words)
        buttons = tuple((Pressable(f"button {n}", f"pressed{n}"),) for n in range(1, int(head) + 1))
        return Rendered(f"<b>{rest}</b>", buttons)

    def hold(self, words: str) -> asyncio.Event:
        """Let these words wait until the returned event is set."""
        self.gates[words] = asyncio.Event()
        return self.gates[words]


class Clock:
    """Seconds that pass when told; the system's moment goes with them."""

    def __init__(self) -> None:
        self.now = START

    def ahead(self, seconds: float) -> None:
        """Move ahead."""
        self.now += timedelta(seconds=seconds)

    def __call__(self) -> float:
        """Return the moment in seconds."""
        return self.now.timestamp()


class Bench:
    """One emulated WeCom, one echo, one channel at its callback."""

    def __init__(
        self, api: WeComApi, clock: Clock, *, accounts: int, handle: Handle | None, **waits: Any
    ) -> None:
        self.api = api
        self.clock = clock
        self.echo = Echo()
        self.handle: Handle = handle or self.echo
        self.kept = Kept()
        self.pauses: list[float] = []
        self.accounts = accounts
        self.looking = asyncio.Event()
        self.waits = Waits(self.pause, **waits)
        self.channel = self.another()
        self.robots = Robots(self.channel.api, Quota(clock, minute=PER_MINUTE))
        self.callback = Callback(self.channel, Envelope(TOKEN, AES_KEY, CORP), clock)

    def another(self, **waits: Any) -> WeCom:
        """Return one more channel on the same database, as another process has it."""
        client = Api(
            Corp(CORP, AGENT, SECRET, self.api.url),
            self.kept.shelf(),
            clock=self.clock,
            pause=self.pause,
            monotonic=self.clock,
        )
        voice = Voice(self.handle, lambda _language: WORDS, self.menu, Away)
        limits = Limits(Quota(self.clock), Budget(self.accounts), lambda: self.clock.now)
        return WeCom(
            client,
            voice,
            limits=limits,
            offers=Offers(self.kept.board(), self.pause),
            waits=Waits(self.pause, **waits) if waits else self.waits,
        )

    @staticmethod
    def menu() -> dict[str, Any]:
        """Make the app's menu."""
        return menu_of(("读书", "我的"), [("签到", "checkins"), ("书房", "shelf"), ("我的", "me")])

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, accounts: int = 0, handle: Handle | None = None, **waits: Any
    ) -> AsyncIterator["Bench"]:
        """Serve the callback, and run the channel."""
        clock = Clock()
        async with WeComApi(seconds=clock) as api, asyncio.TaskGroup() as tasks:
            bench = cls(api, clock, accounts=accounts, handle=handle, **waits)
            api.posting.clock = clock
            taken = listening()
            api.posting.url = f"{url_of(taken)}/wecom/callback"
            running = tasks.create_task(bench.callback.run())
            app = hooks.wecom(bench.callback, seconds=bench.waits.close)
            async with served(hooks.before(nowhere, {hooks.WECOM_PATH: app}), taken):
                await bench.until(lambda: bench.channel.state != "starting")
                yield bench
                await bench.callback.close()
            running.cancel()

    async def until(self, told: Callable[[], object]) -> None:
        """Wait until something is true of the channel, which wakes nobody when it changes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told():  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.001)

    async def pause(self, seconds: float) -> None:
        """Note a wait; the looks after the app and the lists come when the test says so."""
        if seconds in {Waits().check, Waits().soon}:
            await self.looking.wait()
            self.looking.clear()
        elif seconds < Waits().again / 2:  # the lists' own pace
            await asyncio.sleep(0.001)
        else:
            self.pauses.append(seconds)
            await asyncio.sleep(0)


def text(bench: Bench, content: str, number: int = 7, person: str = "ZhangSan") -> bytes:
    """Write a text message."""
    fields: dict[str, object] = {"FromUserName": person, "MsgType": "text"}
    fields["CreateTime"] = 1_651_366_800
    return bench.api.posting.letter(fields | {"Content": content, "MsgId": number})


async def nowhere(_scope: Any, _receive: Any, send: Any) -> None:
    """Answer everything else 404."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
