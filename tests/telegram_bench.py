"""The Telegram channel on the emulated Bot API, with an echo in place of the bot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.channels.telegram import Api, Polling, Telegram, Waits, Webhook
from bot.messages import Incoming, Pressable, Rendered, Tap
from bot.web import hooks
from tests.served import listening, served, url_of
from tests.telegram_api import TOKEN, TelegramApi
from tests.watched import PATIENCE_SECONDS

SECRET = "webhook-Secret_of-the-tests"
MENU = ((Pressable("签到", "checkins"), Pressable("菜单", "menu")),)
COMMANDS = {"zh_CN": [("checkin", "签到")], "en": [("checkin", "Check in")]}


class Away(Exception):  # noqa: N818 - stands for storage.db.Unavailable
    """The database is away."""


class Echo:
    """Answers with what was said, notes it, and can be held or made to fail for a while."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.answered: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.faults: list[Exception] = []

    async def __call__(self, incoming: Incoming) -> Rendered:
        """Handle one message."""
        said = incoming.said
        words = said.target if isinstance(said, Tap) else str(getattr(said, "text", said))
        self.heard.append((incoming.sender, words))
        if self.faults:
            raise self.faults.pop(0)
        if words in self.gates:
            await self.gates[words].wait()
        self.answered.append(words)
        return Rendered(f"<b>{words}</b>", MENU, replaces=words == "menu")

    def hold(self, words: str) -> asyncio.Event:
        """Let these words wait until the returned event is set."""
        self.gates[words] = asyncio.Event()
        return self.gates[words]


class Bench:
    """One API, one echo, and channels that are started and stopped."""

    def __init__(self, api: TelegramApi, tasks: asyncio.TaskGroup) -> None:
        self.api = api
        self.echo = Echo()
        self.pauses: list[float] = []
        self.looking = asyncio.Event()
        self.channels: list[Polling | Webhook] = []
        self._tasks = tasks

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Bench"]:
        """Serve the API, and close every channel in the end."""
        async with TelegramApi() as api, asyncio.TaskGroup() as tasks:
            bench = cls(api, tasks)
            yield bench
            for channel in bench.channels:
                await channel.close()

    async def pause(self, seconds: float) -> None:
        """Note a back-off without waiting it."""
        self.pauses.append(seconds)
        self.api.changed()
        await asyncio.sleep(0)

    def start(
        self,
        token: str = TOKEN,
        *,
        poll: int = 30,
        closing: float = 5.0,
        leads: Callable[[], bool] = lambda: True,
    ) -> tuple[Telegram, asyncio.Task[None]]:
        """Run a channel; return it and its task."""
        waits = Waits(self.pause, poll=poll, breath=0.02, closing=closing)
        channel = self.channel(token, waits)
        polling = Polling(channel, leads)
        self.channels.append(polling)
        return channel, self._tasks.create_task(polling.run())

    @asynccontextmanager
    async def hooked(self, *, answer: float = 20.0) -> AsyncIterator[tuple[Telegram, str]]:
        """Run a channel with a webhook over HTTP; return it and the webhook's address."""
        channel = self.channel(TOKEN, Waits(self.rest, closing=5.0))
        taken = listening()
        address = f"{url_of(taken)}/telegram/webhook"
        webhook = Webhook(channel, address, SECRET)
        running = self._tasks.create_task(webhook.run())
        app = hooks.telegram(SECRET, webhook.receive, seconds=answer)
        try:
            async with served(app, taken):
                yield channel, address
        finally:
            await webhook.close()
            running.cancel()

    async def until(self, told: Callable[[], object]) -> None:
        """Wait until something is true of a channel, which wakes nobody when it changes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told():  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.001)

    async def rest(self, seconds: float) -> None:
        """Note a wait; the look after the webhook comes when the test says so."""
        if seconds == Waits().check:
            await self.looking.wait()
            self.looking.clear()
        else:
            await self.pause(seconds)

    def channel(self, token: str, waits: Waits) -> Telegram:
        """Return a channel with the echo behind it."""
        return Telegram(
            Api(token, self.api.url, self.pause),
            handle=self.echo,
            commands=COMMANDS.__getitem__,
            unavailable=Away,
            waits=waits,
        )

    async def started(self) -> Telegram:
        """Run a channel and wait until it polls."""
        channel, _ = self.start()
        await self.api.until(lambda: self.api.called("getUpdates"))
        return channel

    async def confirmed(self, *numbers: int) -> None:
        """Wait until these updates are confirmed."""
        await self.api.until(lambda: set(numbers) <= set(self.api.confirmed))
