"""Updates to post, just enough HTTP/1.1, and an emulated Bot API as cheap as Python allows."""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self, cast
from urllib.parse import parse_qsl

import orjson

HOST = "127.0.0.1"
TOKEN = "7000:AAcanary-Secret_token-of-35-signs-long"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)
KIND = re.compile(rb"\r\ncontent-type:[ \t]*([^\r]+)", re.IGNORECASE)
BOUNDARY = re.compile(rb'boundary="?([^";\r]+)', re.IGNORECASE)
NAME = re.compile(rb'[; ]name="?([^";\r]+)', re.IGNORECASE)
ME = {"id": 7000, "is_bot": True, "first_name": "书香", "username": "Shuxiang_bot"}
KEPT = ("url", "max_connections", "allowed_updates")

_numbers = itertools.count(1)


# What is posted


class Update(NamedTuple):
    """An update as Telegram posts it, and the chat that an answer must go to."""

    chat: int
    body: bytes


def _update(person: int, content: Mapping[str, Any]) -> Update:
    return Update(person, orjson.dumps({"update_id": next(_numbers), **content}))


def _message(person: int, date: int, *, sender: Mapping[str, Any], text: str) -> dict[str, Any]:
    chat = {"id": person, "type": "private", "first_name": "小明"}
    number = next(_numbers)
    return {"message_id": number, "from": sender, "chat": chat, "date": date, "text": text}


def _person(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "小明", "language_code": "zh-hans"}


def message(person: int, date: int, text: str = "签到") -> Update:
    """Return what somebody says in a private chat at a Unix time."""
    said = _message(person, date, sender=_person(person), text=text)
    return _update(person, {"message": said})


def tap(person: int, date: int, data: str = "checkins") -> Update:
    """Return a tap on a button below a message of that date."""
    content = {
        "id": str(next(_numbers)),
        "from": _person(person),
        "message": _message(person, date, sender=ME, text="书香"),
        "chat_instance": "1",
        "data": data,
    }
    return _update(person, {"callback_query": content})


# Just enough HTTP/1.1


class Piece(NamedTuple):
    """One request or answer, cut off a stream, and the bytes that follow it."""

    head: bytes
    body: bytes
    rest: bytes


def cut(data: bytes) -> Piece | None:
    """Cut the first request or answer off a stream; None while it is not complete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head, start = data[:end], end + 4
    if length := LENGTH.search(head):
        stop = start + int(length[1])
        return Piece(head, data[start:stop], data[stop:]) if len(data) >= stop else None
    if CHUNKED.search(head):
        return _cut_chunks(head, data[start:])
    return Piece(head, b"", data[start:])


def _cut_chunks(head: bytes, data: bytes) -> Piece | None:
    body, at = b"", 0
    while (end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:end].partition(b";")[0], 16)
        at = end + 2 + size + 2
        if len(data) < at:
            return None
        if not size:
            return Piece(head, body, data[at:])
        body += data[end + 2 : at - 2]
    return None


def parameters(piece: Piece) -> dict[str, Any]:
    """Return what a body says: JSON, URL-encoded or multipart; nothing when there is none."""
    found = KIND.search(piece.head)
    kind = found[1] if found else b""
    if not piece.body.strip():
        return {}
    if kind.startswith(b"application/json"):
        said = orjson.loads(piece.body)
        return said if isinstance(said, dict) else {}
    if kind.startswith(b"application/x-www-form-urlencoded"):
        return dict(parse_qsl(piece.body.decode()))
    boundary = BOUNDARY.search(kind)
    return dict(_parts(piece.body, boundary[1])) if boundary else {}


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str]]:
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        if name := NAME.search(head):
            yield name[1].decode(), value[:-2].decode()


class Wire(asyncio.Protocol):
    """A connection that hands over one request or answer after the other."""

    transport: asyncio.Transport
    _left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Cut off whatever is complete."""
        self._left += data
        while self._left and (piece := cut(self._left)):
            self._left = piece.rest
            self.received(piece)

    def received(self, piece: Piece) -> None:
        """Work on one request or answer."""
        raise NotImplementedError


# The emulated Bot API


class FakeApi:
    """Accepts every call of every bot, counts it, and tells who is sent a message."""

    def __init__(self) -> None:
        self.port = 0
        self.calls: Counter[str] = Counter()
        """How often each method was called; the names in lower case."""
        self.sent: Counter[int] = Counter()
        """How many sendMessage calls went to each chat."""
        self.webhook: dict[str, Any] = {"url": ""}
        self.listener: Callable[[int], None] | None = None
        self.unasked: Counter[int] = Counter()
        """Messages that came while no load was running."""

    @property
    def url(self) -> str:
        """Return the address to give to a bot, without /bot."""
        return f"http://{HOST}:{self.port}"

    @classmethod
    @asynccontextmanager
    async def serving(cls) -> AsyncIterator[Self]:
        """Serve on a free port for a while."""
        api = cls()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _ApiWire(api), HOST, 0)
        api.port = server.sockets[0].getsockname()[1]
        try:
            yield api
        finally:
            server.close()

    def packed(self, result: object) -> object:
        """Return an answer as it travels."""
        return {"ok": True, "result": result}

    def answer(self, method: str, piece: Piece) -> object:
        """Return the result of a call."""
        self.calls[method] += 1
        match method:
            case "getme":
                return ME
            case "getwebhookinfo":
                return {"has_custom_certificate": False, "pending_update_count": 0, **self.webhook}
            case "setwebhook":
                given = parameters(piece)
                self.webhook = {"url": ""} | {name: given[name] for name in KEPT if name in given}
            case "deletewebhook":
                self.webhook = {"url": ""}
            case "sendmessage" | "editmessagetext":
                return self.say(int(parameters(piece)["chat_id"]), method)
            case _:
                pass
        return True

    def say(self, chat: int, method: str) -> dict[str, Any]:
        """Show a message in a chat, or change one there."""
        if method == "sendmessage":
            self.sent[chat] += 1
            if self.listener:
                self.listener(chat)
            else:
                self.unasked[chat] += 1
        return _message(chat, int(1e9), sender=ME, text="书香")


class _ApiWire(Wire):
    """One connection of a bot to the API."""

    def __init__(self, api: FakeApi) -> None:
        self._api = api

    def received(self, piece: Piece) -> None:
        """Answer a call."""
        path = piece.head.split(b" ", 2)[1].decode().partition("?")[0]
        result = self._api.answer(path.rpartition("/")[2].lower(), piece)
        body = orjson.dumps(self._api.packed(result))
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )
