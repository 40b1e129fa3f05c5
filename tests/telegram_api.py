"""An emulated Telegram Bot API over HTTP on loopback, with people who talk to the bot.

    async with TelegramApi() as api:
        ming = api.person(42)
        await ming.says("签到")
        assert (await ming.hears()).text == "…"

Semantics and error texts follow Telegram's own server; time stands still unless `now` is given.
"""

import asyncio
import json
import re
import struct
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.telegram_chats import (
    Chat,
    Fault,
    Json,
    Person,
    Refused,
    bad,
    keyboard,
    parsed,
    seen_of,
    units,
    unpacked,
)
from tests.telegram_hooks import Posting
from tests.watched import Watched

TOKEN = "7000:AAcanary-Secret_token-of-35-signs-long"
START = 1_651_366_800  # 2022-05-01 09:00 in Shanghai
CONFLICT = (
    "Conflict: terminated by other getUpdates request;"
    " make sure that only one bot instance is running"
)
HOOKED = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One call as it arrived."""

    method: str
    parameters: Json


class TelegramApi(Watched):
    """The server, one bot, and all its chats."""

    def __init__(self, token: str = TOKEN, now: Callable[[], int] = lambda: START) -> None:
        super().__init__()
        self.token = token
        self.now = now
        self.me: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "书香青浦",
            "username": "Shuxiang_bot",
        }
        self.port = 0
        self.calls: list[Recorded] = []
        self.pending: list[Json] = []
        self.confirmed: list[int] = []
        self.next_update = 1000
        self.allowed: list[str] = []
        self.webhook: Json = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        """What people sent, by its id."""
        self.names: list[str] = []
        """What the files are called that people were sent."""
        self.paths: dict[str, str] = {}
        self.queries: dict[str, bool] = {}
        """The ids of taps, and whether each was answered."""
        self.faults: defaultdict[str, deque[Fault | Refused]] = defaultdict(deque)
        self.posting = Posting(self)
        self._poster: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._stopped = asyncio.Event()
        self._poller: object = None
        self._last_message = 0

    @property
    def url(self) -> str:
        """Return the address to give as TELEGRAM_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen: on any free port, after an outage on the same one."""
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._stopped.clear()
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._poster = asyncio.create_task(self.posting.run())  # noqa: TID251 - `stop` ends it

    async def stop(self) -> None:
        """Break every connection and refuse new ones; updates wait."""
        if self._poster is not None:
            self._poster.cancel()
            await asyncio.wait([self._poster])
        runner, self._runner = self._runner, None
        if runner is not None:
            self._stopped.set()
            self.changed()
            await runner.cleanup()

    def called(self, method: str) -> list[Json]:
        """Return the parameters of each call of a method."""
        return [call.parameters for call in self.calls if call.method == method]

    def fail(self, method: str, *faults: Fault | Refused) -> None:
        """Let the next calls of a method go wrong, one after another."""
        self.faults[method.lower()].extend(faults)

    def person(
        self, number: int, *, language: str | None = "zh-hans", name: str = "小明"
    ) -> Person:
        """Return somebody who may talk to the bot."""
        chat = self.chats.setdefault(number, Chat(self, number))
        known = {"id": number, "is_bot": False, "first_name": name}
        return Person(chat, known | ({"language_code": language} if language else {}))

    def group(self, number: int, kind: str = "supergroup") -> Chat:
        """Return a chat of many."""
        return self.chats.setdefault(number, Chat(self, number, kind))

    def message(self, chat: Chat, sender: Json, **content: Any) -> Json:
        """Keep a message in its chat."""
        self._last_message += 1
        kept = {"message_id": self._last_message, "date": self.now(), "chat": chat.json}
        chat.messages[self._last_message] = kept = kept | {"from": sender} | content
        return kept

    def push(self, kind: str, content: Any) -> int:
        """Queue an update for the bot; return its number."""
        number = self.next_update
        self.next_update += 1
        if not self.allowed or kind in self.allowed:
            self.pending.append({"update_id": number, kind: content})
            self.changed()
        return number

    def tap(self, person: Person, target: str, message: Mapping[str, Any]) -> str:
        """Queue a tap; return the query's id."""
        query = f"{len(self.queries) + 1}00"
        self.queries[query] = False
        content = {"id": query, "from": person.json, "message": message, "data": target}
        self.push("callback_query", content | {"chat_instance": "1"})
        return query

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = f"/file/bot{self.token}/documents/"
        if request.path.startswith(path) and not self.faults.pop("file", None):
            return web.Response(body=self.files[request.path.removeprefix(path)])
        found = re.fullmatch(r"/bot(?P<token>[^/]+)/(?P<method>\w+)", request.path)
        try:
            self._check(found["token"] if found else "")
            return await self._answer(request, found["method"] if found else "")
        except Refused as refused:
            headers = {}
            if "retry_after" in refused.body.get("parameters", {}):
                headers["Retry-After"] = str(refused.body["parameters"]["retry_after"])
            return web.json_response(refused.body, status=refused.status, headers=headers)

    def _check(self, token: str) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")

    async def _answer(self, request: web.Request, method: str) -> web.StreamResponse:
        parameters = await self._parameters(request)
        self.calls.append(Recorded(method, parameters))
        self.changed()
        faults = self.faults[method.lower()]
        fault = faults.popleft() if faults else None
        if isinstance(fault, Refused):
            raise fault
        if fault is None or fault.executed:
            result = await self.perform(method, parameters)
        if fault is None:
            return web.json_response({"ok": True, "result": result})
        if fault.hang:
            await self._stopped.wait()
        if fault.body:
            return web.Response(text=fault.body, status=fault.status, content_type="text/html")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def perform(self, method: str, parameters: Json) -> Any:
        """Carry a method out, whether it was called or came in a webhook's answer."""
        perform = getattr(self, f"_do_{method.lower()}", None)
        if perform is None:
            raise Refused(404, "Not Found: method not found")
        result = await perform(parameters)
        self.changed()
        return result

    async def _parameters(self, request: web.Request) -> Json:
        given: Json = dict(request.query)
        if request.content_type == "application/json":
            try:
                given |= json.loads(await request.text() or "{}")
            except ValueError:
                raise bad("can't parse JSON object") from None
            return given
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                self.names.append(value.filename)
                given[name] = value.file.read()
            else:
                given[name] = value
        return given

    async def _do_getfile(self, given: Json) -> Json:
        name, content = given["file_id"], self.files.get(given["file_id"])
        if content is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(content) > 20 * 2**20:
            raise bad("file is too big")
        return {"file_id": name, "file_path": self.paths.get(name, f"documents/{name}")}

    async def _do_getme(self, _given: Json) -> Json:
        return self.me

    async def _do_getupdates(self, given: Json) -> list[Json]:
        if self.webhook.get("url"):
            raise Refused(409, HOOKED)
        offset, timeout = int(given.get("offset", 0)), min(int(given.get("timeout", 0)), 50)
        limit = int(given.get("limit", 100))
        if "allowed_updates" in given:
            self.allowed = list(unpacked(given["allowed_updates"]))
        if offset < 0:
            offset = self.pending[offset:][0]["update_id"] if self.pending else 0
        done = [update["update_id"] for update in self.pending if update["update_id"] < offset]
        self.confirmed += done
        self.pending = [update for update in self.pending if update["update_id"] not in done]
        self._poller = mine = object()
        self.changed()
        try:
            await self.until(
                lambda: self._poller is not mine or self._due(offset) or self._stopped.is_set(),
                timeout,
            )
        except TimeoutError:
            return []
        if self._poller is not mine:
            raise Refused(409, CONFLICT)
        return self._due(offset)[: limit if 1 <= limit <= 100 else 100]

    def _due(self, offset: int) -> list[Json]:
        return [update for update in self.pending if update["update_id"] >= offset]

    async def _do_setmycommands(self, given: Json) -> bool:
        scope = (unpacked(given.get("scope")) or {"type": "default"})["type"]
        commands = unpacked(given["commands"])
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[scope, given.get("language_code", "")] = commands
        return True

    async def _do_setwebhook(self, given: Json) -> bool:
        self.webhook = dict(given)
        if "allowed_updates" in given:
            self.allowed = list(unpacked(given["allowed_updates"]))
        return True

    async def _do_deletewebhook(self, given: Json) -> bool:
        self.webhook = {}
        if str(given.get("drop_pending_updates", "")).lower() == "true":
            self.pending.clear()
        return True

    async def _do_getwebhookinfo(self, _given: Json) -> Json:
        told = {
            "url": self.webhook.get("url", ""),
            "pending_update_count": len(self.pending),
        }
        if self.posting.last_error:
            told["last_error_message"] = self.posting.last_error
        return told

    def _text(self, given: Json, name: str = "text", most: int = 4096) -> str:
        if re.search("[\ud800-\udfff]", str(given.get(name, ""))):
            raise bad("strings must be encoded in UTF-8")
        text = parsed(str(given.get(name, "")), given.get("parse_mode", "")).strip()
        if not text and name == "text":
            raise bad("message text is empty")
        if units(text) > most:
            raise bad(f"message{' caption' * (name == 'caption')} is too long")
        return text

    def _chat(self, given: Json) -> Chat:
        chat = self.chats.get(int(given["chat_id"]))
        if chat is None:
            raise bad("chat not found")
        if chat.refusal is not None:
            raise chat.refusal
        return chat

    async def _do_sendmessage(self, given: Json) -> Json:
        chat, text = self._chat(given), self._text(given)
        content: Json = {"text": text}
        if rows := keyboard(given.get("reply_markup")):
            content["reply_markup"] = {"inline_keyboard": rows}
        sent = self.message(chat, self.me, **content)
        chat.events.append(seen_of(sent))
        return sent

    async def _do_senddocument(self, given: Json) -> Json:
        chat, caption = self._chat(given), self._text(given, "caption", 1024)
        size = len(given[given["document"].removeprefix("attach://")])
        return self._show(chat, given, caption=f"{caption}[{size} bytes]", document={"size": size})

    def _show(self, chat: Chat, given: Json, **content: Any) -> Json:
        """Show a file or a picture, its words and buttons below it."""
        if rows := keyboard(given.get("reply_markup")):
            content["reply_markup"] = {"inline_keyboard": rows}
        sent = self.message(chat, self.me, **content)
        chat.events.append(seen_of(sent))
        return sent

    async def _do_sendphoto(self, given: Json) -> Json:
        chat, caption = self._chat(given), self._text(given, "caption", 1024)
        picture = given[given["photo"].removeprefix("attach://")]
        if len(picture) > 10_000_000 or not picture.startswith(b"\x89PNG"):
            raise bad("IMAGE_PROCESS_FAILED")
        wide, high = struct.unpack(">II", picture[16:24])
        if wide + high > 10_000 or max(wide, high) > 20 * min(wide, high):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        sizes = [{"file_id": "p1", "width": wide, "height": high}]
        return self._show(chat, given, caption=caption, photo=sizes)

    async def _do_editmessagetext(self, given: Json) -> Json:
        chat, text = self._chat(given), self._text(given)
        kept = chat.messages.get(int(given["message_id"]))
        if kept is None:
            raise bad("message to edit not found")
        if kept["from"] is not self.me:
            raise bad("message can't be edited")
        if "text" not in kept:
            raise bad("there is no text in the message to edit")
        rows = keyboard(given.get("reply_markup"))
        markup = {"reply_markup": {"inline_keyboard": rows}} if rows else {}
        if text == kept["text"] and kept.get("reply_markup") == markup.get("reply_markup"):
            raise bad(SAME)
        kept.pop("reply_markup", None)
        kept |= {"text": text, "edit_date": self.now()} | markup
        chat.events.append(seen_of(kept, edited=True))
        return kept

    async def _do_answercallbackquery(self, given: Json) -> bool:
        query = str(given["callback_query_id"])
        if self.queries.get(query, True):
            raise bad(TOO_OLD)
        self.queries[query] = True
        return True

    async def _do_deletemessage(self, given: Json) -> bool:
        if self._chat(given).messages.pop(int(given["message_id"]), None) is None:
            raise bad("message to delete not found")
        return True
