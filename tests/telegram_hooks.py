"""How the emulated Telegram posts updates to a webhook; semantics follow Telegram's own server.

Updates stand in queues, a chat's messages in one, a person's taps in another; only the head of a
queue is on its way. Anything but 2xx brings the update again. A call in the answer is carried out,
and nobody learns what became of it.
"""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.telegram_chats import Json, Refused

if TYPE_CHECKING:
    from tests.telegram_api import TelegramApi

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
AGAIN_SECONDS = 0.02  # Telegram waits 2 s and more; a test has no time for that
PATIENCE_SECONDS = 60


def queue_of(update: Json) -> int:
    """Return the number of the queue an update stands in."""
    kind = next(key for key in update if key != "update_id")
    content = update[kind] if isinstance(update[kind], dict) else {}
    if kind == "callback_query":
        return int(content["from"]["id"]) + (3 << 33)
    number = int(content.get("chat", {}).get("id", 0))
    return number + (5 << 33) if kind == "my_chat_member" else number


class Posting:
    """Posts pending updates for as long as a webhook is set."""

    def __init__(self, api: "TelegramApi") -> None:
        self._api = api
        self._busy: set[int] = set()
        self.answers: list[tuple[int, int]] = []
        """The number of each posted update, and the status it was answered with (0: none)."""
        self.last_error = ""

    async def run(self) -> None:
        """Post until cancelled."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            while True:
                await self._api.until(self._next, PATIENCE_SECONDS * 60)
                while (update := self._next()) is not None:
                    self._busy.add(queue_of(update))
                    tasks.create_task(self._post(session, update))

    def _next(self) -> Json | None:
        hook = self._api.webhook
        if not hook.get("url") or len(self._busy) >= int(hook.get("max_connections", 40)):
            return None
        for update in self._api.pending:
            if queue_of(update) not in self._busy:
                return update
        return None

    async def _post(self, session: aiohttp.ClientSession, update: Json) -> None:
        hook, number = self._api.webhook, update["update_id"]
        headers = {SECRET_HEADER: hook["secret_token"]} if hook.get("secret_token") else {}
        status, said = 0, b""
        try:
            patience = aiohttp.ClientTimeout(PATIENCE_SECONDS)
            async with session.post(
                hook["url"], json=update, headers=headers, timeout=patience, allow_redirects=False
            ) as response:
                status, said = response.status, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.last_error = f"Connection failed: {type(error).__name__}"
        self.answers.append((number, status))
        if 200 <= status < 300:
            self._api.pending.remove(update)
            self._api.confirmed.append(number)
            await self._carry_out(said)
        else:
            if status:
                self.last_error = f"Wrong response from the webhook: {status}"
            await asyncio.sleep(AGAIN_SECONDS)
        self._busy.discard(queue_of(update))
        self._api.changed()

    async def _carry_out(self, said: bytes) -> None:
        try:
            call: Any = json.loads(said or b"{}")
        except ValueError:
            return
        method = str(call.pop("method", "")).lower()
        if not method or method.startswith("get") or method.endswith("webhook"):
            return
        try:
            await self._api.perform(method, call)
        except Refused:
            return
