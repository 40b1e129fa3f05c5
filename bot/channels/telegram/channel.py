"""The bot on Telegram: who it is there, how it answers; updates come by polling or webhook."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot.channels.telegram.api import FILE_BYTES_MAX, Api, Flooded, Pause, TooLargeError
from bot.channels.telegram.talk import Back, Call, Heard, Me, show
from bot.messages import Fate, Incoming, NoFile, Receipt, Rendered

CONFLICT_SECONDS = 30.0
FETCH_SECONDS = 10.0  # from one try to fetch a file to the next
DESCRIPTION_LENGTH_MAX = 256
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")

log = logging.getLogger(__name__)

Publish = Callable[[str], Sequence[tuple[str, str]]]
"""Gives the names and descriptions of the commands in one of our languages."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the channel waits, in seconds; tests make it short."""

    pause: Pause = asyncio.sleep
    """Waits the seconds it is given: every back-off goes through it."""
    poll: int = 30
    breath: float = 1.0
    """How long at most to wait for something to finish before asking again."""
    closing: float = 4.0
    answer: float = 20.0
    """How long a webhook's request may wait for its answer; Telegram itself waits 60."""
    check: float = 60.0
    """How often the webhook is looked after."""


def backoff(first: float, most: float) -> Iterator[float]:
    """Yield waits in seconds, each twice the one before, up to a limit."""
    while True:
        yield first
        first = min(first * 2, most)


class Telegram:
    """The bot's account and its way of answering; `Polling` or `Webhook` brings the updates."""

    def __init__(
        self,
        api: Api,
        *,
        handle: Callable[[Incoming], Awaitable[Rendered | None]],
        commands: Publish,
        unavailable: type[Exception],
        waits: Waits = Waits(),
    ) -> None:
        """Take what the channel needs.

        When `handle` raises `unavailable`, nothing was stored, and the same update is to be tried
        again until it is.
        """
        self.api = api
        self.handle = handle
        self.unavailable = unavailable
        self.waits = waits
        self.me: Me | None = None
        """The bot's own account, once Telegram was reached."""
        self._commands = commands
        self._state = "starting"
        self._delays = backoff(0.5, 30.0)
        self._conflict_said = False

    @property
    def state(self) -> str:
        """Return "starting", "up", "away" or "refused: " with the reason."""
        return self._state

    async def start(self, hook: Callable[[], Awaitable[None]]) -> Me:
        """Learn who the bot is, have the webhook set or removed, publish the commands.

        It goes on until Telegram is there.

        Raises:
            InvalidToken: Telegram does not know the token.

        """
        while True:
            try:
                account = await self.api.call("getMe", {})
                # Known before the webhook is set: updates may be posted at once.
                self.me = me = Me(int(account["id"]), str(account["username"]))
                await hook()
                await self._publish()
            except InvalidToken:
                raise
            except (TelegramError, KeyError, TypeError, ValueError) as error:
                await self.away(error)
            else:
                self.up()
                return me

    async def _publish(self) -> None:
        """Fill the command menu of private chats, in English unless the client speaks Chinese."""
        for language, code in (("en", ""), ("zh_CN", "zh")):
            menu = [
                {"command": name, "description": text[:DESCRIPTION_LENGTH_MAX]}
                for name, text in self._commands(language)
            ]
            scope = {"type": "all_private_chats"}
            try:
                await self.api.call(
                    "setMyCommands", {"commands": menu, "scope": scope, "language_code": code}
                )
            except BadRequest as error:
                log.warning("telegram: the command menu in %s was refused: %s", language, error)

    def up(self) -> None:
        """Note that Telegram is there and all is well."""
        if self._state == "away":
            log.info("telegram: back")
        self._state = "up"
        self._delays = backoff(0.5, 30.0)

    def refused(self, reason: str) -> None:
        """Note that the channel cannot go on before somebody mends it, and say so once."""
        if self._state != f"refused: {reason}":
            log.error("telegram: the channel stops: %s", reason)
        self._state = f"refused: {reason}"

    async def away(self, error: Exception) -> None:
        """Say once that Telegram is away, and wait."""
        seconds = next(self._delays)
        if isinstance(error, Conflict):
            seconds = CONFLICT_SECONDS
            if not self._conflict_said:
                log.warning("telegram: another program takes this bot's updates: %s", error)
            self._conflict_said = True
        elif self._state != "away":
            log.warning("telegram: away: %s", error)
        if isinstance(error, Flooded):
            seconds = max(seconds, error.retry_after)
        self._state = "away"
        await self.waits.pause(seconds)

    async def push(self, chat: int, rendered: Rendered) -> None:
        """Send something to a chat that has not just spoken, best effort."""
        await self._say(show(rendered, Back(chat=chat)))

    async def send(self, chat: int, rendered: Rendered, *, private: bool = True) -> Receipt:
        """Send something to a chat that has not just spoken, and say what became of it.

        It counts by its first part: once that stands there, nothing is sent again.
        """
        first, *more = show(rendered, Back(chat=chat, private=private))
        receipt = await self.api.send(first)
        if receipt.fate is Fate.SENT:
            await self._say(more)
        return receipt

    async def fetch(self, ref: str) -> bytes:
        """Fetch a file somebody sent.

        Raises:
            NoFile: it is too large, Telegram does not have it, or is away.

        """
        try:
            return await self.api.download(ref)
        except TooLargeError:
            raise NoFile("files.too_big", megabytes=FILE_BYTES_MAX >> 20) from None
        except TelegramError as error:
            log.warning("telegram: a file could not be fetched: %s", error)
            seconds = error.retry_after if isinstance(error, Flooded) else FETCH_SECONDS
            raise NoFile("files.gone", seconds=seconds) from None

    async def edit(self, chat: int, message: int, rendered: Rendered) -> Receipt:
        """Put a newer version in the place of a message of ours; one that is gone is sent anew."""
        first, *_ = show(rendered, Back(chat=chat))
        there = Call("editMessageText", {**first.parameters, "message_id": message})
        return await self.api.send(there)

    async def answer(self, heard: Heard) -> None:
        """Have one update handled and send the reply; a tap is answered whatever happens.

        Raises:
            Exception: the kind given as `unavailable`; nothing was stored.

        """
        await self._say(await self._calls(heard))

    async def answer_but_one(self, heard: Heard) -> Call | None:
        """Do the same, but return one call of the reply that the webhook's answer can carry.

        Telegram does not tell what became of a call made that way, so it is the tap's own answer
        where there is one: whatever can fail in an interesting way is sent from here.

        Raises:
            Exception: the kind given as `unavailable`; nothing was stored.

        """
        calls = await self._calls(heard)
        if not calls:
            return None
        kept = calls[0] if calls[0].method == "answerCallbackQuery" else calls[-1]
        if kept.method not in {"answerCallbackQuery", "sendMessage"} or self.api.left(kept):
            await self._say(calls)
            return None
        said = await self._say([call for call in calls if call is not kept])
        return kept if said or kept is calls[0] else None

    async def _calls(self, heard: Heard) -> list[Call]:
        try:
            return show(await self.handle(heard.incoming), heard.back)
        except self.unavailable:
            raise
        except Exception:
            log.exception("telegram: update %s failed", heard.incoming.update)
            return show(None, heard.back)

    async def _say(self, calls: Sequence[Call]) -> bool:
        """Send calls in their order; say whether none that the next depends on was dropped."""
        for call in calls:
            if not await self.api.deliver(call) and call.method != "answerCallbackQuery":
                return False
        return True


async def examine(token: str, api_url: str, *, hook: str) -> tuple[bool, str]:
    """Tell whether Telegram takes the token, as whom, and how updates come, for `doctor`.

    `hook` is the address of the webhook that the settings ask for, empty for polling.
    """
    try:
        async with Api(token, api_url) as api:
            account = await api.call("getMe", {})
            found = await api.call("getWebhookInfo", {})
        return _examined(account["username"], found, hook)
    except InvalidToken:
        return False, "telegram: the token is refused"
    except (TelegramError, AttributeError, KeyError, TypeError) as error:
        return False, f"telegram: cannot be reached ({type(error).__name__})"


def _examined(name: str, found: dict[str, Any], hook: str) -> tuple[bool, str]:
    head = f"telegram: @{name}, {found.get('pending_update_count', 0)} updates waiting"
    there = found.get("url", "")
    if there == hook:
        fault = found.get("last_error_message", "") if hook else ""
        how = "the webhook is set" if hook else "polling"
        return not fault, f"{head}, {how}" + (
            f"; Telegram's last try failed: {fault}" if fault else ""
        )
    if not there:
        return True, f"{head}, the webhook is set at the next start"
    if not hook:
        return True, f"{head}, its webhook goes at the next start"
    return False, f"{head}, but its webhook leads elsewhere; the next start takes it over"
