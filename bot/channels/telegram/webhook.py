"""Updates by webhook: Telegram posts each one, and hears 2xx only when its effect is durable."""

import asyncio
import logging
from dataclasses import dataclass

import orjson
from telegram.error import InvalidToken, TelegramError

from bot.channels.telegram.api import packed
from bot.channels.telegram.channel import WANTED, Telegram
from bot.channels.telegram.talk import Call, Heard, Me, hear, parsed

CONNECTIONS_MAX = 100  # the most Telegram offers: a city's morning comes at once
OK, AWAY = 200, 503

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a posted update is answered with: a status, and a call in JSON or nothing."""

    status: int
    body: bytes = b""


IGNORED = Answer(OK)
LATER = Answer(AWAY)


class Webhook:
    """Answers posted updates. Several processes behind one address may do so side by side."""

    def __init__(self, telegram: Telegram, url: str, secret: str) -> None:
        """Take the public address of the webhook and the secret Telegram is to send along."""
        self._telegram = telegram
        self._url = url
        self._secret = secret
        self._tasks = asyncio.TaskGroup()
        self._running: dict[int, asyncio.Future[Call | None]] = {}
        self._said = ""

    async def run(self) -> None:
        """Set the webhook and look after it until cancelled."""
        async with self._telegram.api, self._tasks:
            try:
                await self._telegram.start(self._set)
                await self._look_after()
            except InvalidToken as error:
                self._telegram.refused(f"the token is refused: {error}")
                await asyncio.Event().wait()

    async def close(self) -> None:
        """Let what is in flight finish, but not for ever: Telegram sends the rest again."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._telegram.waits.closing)

    async def receive(self, body: bytes) -> Answer:
        """Answer one posted update; whoever calls has checked the secret."""
        me = self._telegram.me
        if me is None:
            return LATER
        try:
            raw = orjson.loads(body)
        except orjson.JSONDecodeError:
            log.warning("telegram: a posted update is not JSON")
            return IGNORED  # it would not become JSON by being sent again
        heard = self._heard(raw, me)
        if heard is None:
            return IGNORED
        running = self._joined(int(heard.incoming.update), heard)
        try:
            call = await asyncio.shield(running)  # if we may wait no longer, it still goes on
        except self._telegram.unavailable as error:
            log.info("telegram: update %s waits: %s", heard.incoming.update, type(error).__name__)
            return LATER
        return IGNORED if call is None else Answer(OK, packed(call))

    def _heard(self, raw: object, me: Me) -> Heard | None:
        update = parsed(raw)
        heard = hear(update, me) if update is not None else None
        if heard is None:
            log.debug("telegram: an update is not for us")
        return heard

    def _joined(self, number: int, heard: Heard) -> asyncio.Future[Call | None]:
        """Begin to answer an update; one that is being answered already is joined."""
        running = self._running.get(number)
        if running is None:
            running = self._running[number] = asyncio.get_running_loop().create_future()
            self._tasks.create_task(self._answer(number, heard, running))
        return running

    async def _answer(
        self, number: int, heard: Heard, running: asyncio.Future[Call | None]
    ) -> None:
        try:
            running.set_result(await self._telegram.answer_but_one(heard))
        except self._telegram.unavailable as error:
            running.set_exception(error)
            running.exception()  # if nobody waits any more, nobody misses it
        finally:
            del self._running[number]
            running.cancel()

    async def _set(self) -> None:
        await self._telegram.api.call(
            "setWebhook",
            {
                "url": self._url,
                "secret_token": self._secret,
                "allowed_updates": WANTED,
                "max_connections": CONNECTIONS_MAX,
                "drop_pending_updates": False,
            },
        )

    async def _look_after(self) -> None:
        while True:
            await self._check()
            if self._telegram.state != "away":
                await self._telegram.waits.pause(self._telegram.waits.check)

    async def _check(self) -> None:
        """See that updates still come here; another's webhook is reported, not fought over."""
        try:
            found = await self._telegram.api.call("getWebhookInfo", {})
            there, fault = found["url"], found.get("last_error_message", "")
        except InvalidToken:
            raise
        except (TelegramError, KeyError, TypeError, AttributeError) as error:
            await self._telegram.away(error)
            return
        if there != self._url:
            self._telegram.refused("the webhook was removed or leads elsewhere; start again")
            return
        if fault and fault != self._said:
            log.warning("telegram: the webhook could not be reached: %s", fault)
        self._said = fault
        self._telegram.up()
