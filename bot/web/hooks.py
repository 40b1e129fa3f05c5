"""Where platforms post: the secret is checked before a byte of the body is read.

A hook is an ASGI app of its own that stands before all others: on a city's busy morning every
microsecond here is spent a thousand times a second.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

BODY_BYTES_MAX = 1 << 20
BODY_DIGITS_MAX = 9
LETTER_BYTES_MAX = 64 << 10
TELEGRAM_PATH = "/telegram/webhook"
WECOM_PATH = "/wecom/callback"
TELEGRAM_SECRET = b"x-telegram-bot-api-secret-token"  # the header's name
FORBIDDEN, NOT_ALLOWED, TOO_LARGE, UNAVAILABLE = 403, 405, 413, 503
RETRY_SECONDS = 2
GUARD = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""No browser asks here, unless somebody leads one here."""
JSON, XML, PLAIN = b"application/json", b"application/xml", b"text/plain"


class Answered(Protocol):
    """What a platform is told of what it posted."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""

    @property
    def body(self) -> bytes:
        """Return JSON, or nothing."""


class Callbacks(Protocol):
    """What answers WeCom."""

    def verify(self, query: Mapping[str, str]) -> Answered:
        """Answer the check of the address."""

    async def receive(self, query: Mapping[str, str], body: bytes) -> Answered | None:
        """Answer one letter; None says that the connection is to be closed without an answer."""


class _Hooked:
    """Gives what is posted to a hook to that hook, and everything else to the app behind it."""

    def __init__(self, app: ASGIApp, hooks: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._hooks = hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by path."""
        app = self._hooks.get(scope["path"], self._app) if scope["type"] == "http" else self._app
        await app(scope, receive, send)


def before(app: ASGIApp, hooks: Mapping[str, ASGIApp]) -> ASGIApp:
    """Put hooks, by their paths, before an app."""
    return _Hooked(app, hooks) if hooks else app


def telegram(
    secret: str, take: Callable[[bytes], Awaitable[Answered]], *, seconds: float
) -> ASGIApp:
    """Make the app Telegram posts its updates to; an answer takes so many seconds at most.

    A 503 says when to try again.
    """
    expected = secret.encode()

    async def post(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if scope["method"] != "POST":
            await _answer(send, NOT_ALLOWED)
        elif not hmac.compare_digest(headers.get(TELEGRAM_SECRET, b""), expected):
            await _answer(send, FORBIDDEN)
        elif not _fits(headers.get(b"content-length", b"0")):
            await _answer(send, TOO_LARGE)
        else:
            try:
                async with asyncio.timeout(seconds):
                    status, body = await _taken(receive, take)
            except (TimeoutError, asyncio.CancelledError):  # cancelled: the server is to end
                status, body = UNAVAILABLE, b""
            await _answer(send, status, body)

    return post


def wecom(callbacks: Callbacks, *, seconds: float) -> ASGIApp:
    """Make the app WeCom posts to; a body takes so many seconds at most.

    What is not durable is not answered at all: only then does WeCom try again.
    """

    async def post(scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["query_string"].decode("latin-1")
        query = dict(parse_qsl(asked, keep_blank_values=True, errors="replace"))
        headers = dict(scope["headers"])
        if scope["method"] == "GET":
            answer = callbacks.verify(query)
            await _answer(send, answer.status, answer.body, kind=PLAIN)
        elif scope["method"] != "POST":
            await _answer(send, NOT_ALLOWED)
        elif not _fits(headers.get(b"content-length", b"0"), LETTER_BYTES_MAX):
            await _answer(send, TOO_LARGE)
        else:
            try:
                async with asyncio.timeout(seconds):
                    body = await _body(receive, LETTER_BYTES_MAX)
                if body is None:
                    await _answer(send, TOO_LARGE)
                    return
                taken = await callbacks.receive(query, body)
            except (TimeoutError, asyncio.CancelledError):  # cancelled: the server is to end
                taken = None
            if taken is None:
                await _hang_up(receive, send)
            else:
                await _answer(send, taken.status, taken.body, kind=XML)

    return post


async def _hang_up(receive: Receive, send: Send) -> None:
    """Close a connection without an answer, which ASGI has no word for.

    uvicorn lends its connection; any other server waits until whoever asked has had enough.
    """
    connection = getattr(getattr(send, "__self__", None), "transport", None)
    if connection is not None:
        connection.close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _taken(
    receive: Receive, take: Callable[[bytes], Awaitable[Answered]]
) -> tuple[int, bytes]:
    body = await _body(receive, BODY_BYTES_MAX)
    if body is None:
        return TOO_LARGE, b""
    answer = await take(body)
    return answer.status, answer.body


def _fits(announced: bytes, most: int = BODY_BYTES_MAX) -> bool:
    return len(announced) <= BODY_DIGITS_MAX and int(announced) <= most


async def _body(receive: Receive, most: int) -> bytes | None:
    """Read a body; None when it is larger than anybody may send, or its sender is gone."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > most:
            return None
    return b"".join(parts)


async def _answer(send: Send, status: int, body: bytes = b"", *, kind: bytes = JSON) -> None:
    headers = [*GUARD, (b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", kind))
    if status == UNAVAILABLE:
        headers.append((b"retry-after", str(RETRY_SECONDS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
