"""Files sent over the web chat: posted first, then named by a frame of the socket.

Nobody but whom the inbox allows may post, and only from the chat's own page: a form of another
site can send neither this type of content nor our origin.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

import orjson
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

FILE_BYTES_MAX = 20 << 20
NAME_LENGTH_MAX = 200
SECONDS_MAX = 120
CONTENT_TYPE = "application/octet-stream"
FOREIGN = frozenset({"cross-site", "same-site"})
"""What `Sec-Fetch-Site` says when another site's page asks."""
OK, FORBIDDEN, TIMEOUT, TOO_LARGE, WRONG_TYPE = 200, 403, 408, 413, 415


class Inbox(Protocol):
    """Keeps the files people send."""

    async def allows(self, person: str) -> bool:
        """Say whether somebody may send files."""

    async def keep(self, person: str, name: str, content: bytes) -> str:
        """Keep a file and return what it is named by."""


def same_origin(connection: HTTPConnection) -> bool:
    """Say whether a page of this server asks, as far as a browser tells.

    A program names no origin. A browser does whenever something may be changed; one that keeps it
    back still says whether another site asks.
    """
    if connection.headers.get("sec-fetch-site") in FOREIGN:
        return False
    origin = connection.headers.get("origin")
    return origin is None or host(origin) == connection.headers.get("host", "").lower()


def host(address: str) -> str | None:
    """Return host and port of an address."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return None


def route(inbox: Inbox, who: Callable[[HTTPConnection], str | None]) -> Route:
    """Make the place where a page posts a file: the body is its content, `?name=` its name."""

    async def post(request: Request) -> Response:
        person = who(request)
        if person is None or not same_origin(request) or not await inbox.allows(person):
            return _answer(FORBIDDEN)
        if request.headers.get("content-type") != CONTENT_TYPE:
            return _answer(WRONG_TYPE)
        try:
            async with asyncio.timeout(SECONDS_MAX):
                content = await _content(request)
        except (TimeoutError, ClientDisconnect):
            return _answer(TIMEOUT)
        if content is None:
            return _answer(TOO_LARGE)
        name = request.query_params.get("name", "")[:NAME_LENGTH_MAX]
        return _answer(OK, ref=await inbox.keep(person, name, content))

    return Route("/chat/upload", post, methods=["POST"])


async def _content(request: Request) -> bytes | None:
    """Read a body; None when it is larger than a file may be."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > FILE_BYTES_MAX:
        return None
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > FILE_BYTES_MAX:
            return None
    return bytes(content)


def _answer(status: int, **told: str) -> Response:
    return Response(orjson.dumps(told), status, media_type="application/json")
