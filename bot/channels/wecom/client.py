"""WeCom's API over HTTP: one session, a token that renews itself, errors that have kinds.

The token stands in every address, so nothing here logs one or lets one out in an exception.
"""

import asyncio
import hashlib
import io
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import orjson

from bot.channels.wecom.fates import ApiError, Fate, Flooded, NotSent, Unsure, fate, met
from bot.channels.wecom.tokens import Shelf, Tokens
from bot.messages import SURROGATE, Document

CALLS_AT_ONCE_MAX = 20
CONNECT_SECONDS, TOTAL_SECONDS, UPLOAD_SECONDS = 3.0, 10.0, 60.0
TRIES_MAX, BACKOFF_SECONDS = 3, 0.5
WAITED_SECONDS_MAX = 2.0
REPEATED_SECONDS = 300  # within these WeCom drops what it was sent before, when asked to
MEMBERS_MAX = 1000
PUBLIC, PUBLIC_SECONDS = "public", 30 * 86400.0
MEDIA_SECONDS, MEDIA_KEPT_MAX = 3 * 86400.0 - 3600.0, 1000
TEXT_LENGTH_MAX = 200
FILE_BYTES_MAX, PICTURE_BYTES_MAX = 20 << 20, 10 << 20
AGAIN = {Fate.BUSY, Fate.NOT_SENT}
OK = 200
JSON = {"Content-Type": "application/json"}

Pause = Callable[[float], Awaitable[None]]
Json = dict[str, Any]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Corp:
    """The corporation, its app, and the app's secret."""

    id: str
    agent: int
    secret: str
    url: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What WeCom says of something it took: its id, and whom it does not reach."""

    ref: str
    gone: frozenset[str]


class Api:
    """The few methods of the API that a bot needs."""

    def __init__(
        self,
        corp: Corp,
        shelf: Shelf,
        *,
        clock: Callable[[], float],
        pause: Pause = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take where the token is kept, and the system's clock in seconds."""
        self.corp = corp
        self._tokens = Tokens(self._fetch_token, shelf, clock)
        self._pause = pause
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._left_alone: dict[str, float] = {}
        self._media: dict[str, tuple[str, float]] = {}

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=CALLS_AT_ONCE_MAX),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        path: str,
        body: Mapping[str, Any] | Callable[[], aiohttp.FormData] | None = None,
        **query: str | int,
    ) -> Json:
        """Call a method with the app's token; one that was refused is renewed once.

        Raises:
            ApiError: or one of its kinds; `Unsure` says nothing about what was done.

        """
        if (left := self._left_alone.get(path, 0.0) - self._monotonic()) > 0:
            raise Flooded(0, "left alone for a while", left)
        token = await self._tokens.get()
        try:
            return await self.bare(path, body, access_token=token, **query)
        except Flooded as error:
            if error.seconds > WAITED_SECONDS_MAX:
                self._left_alone[path] = self._monotonic() + error.seconds
            raise
        except ApiError as error:
            if fate(error) is not Fate.TOKEN:
                raise
        token = await self._tokens.get(refused=token)
        return await self.bare(path, body, access_token=token, **query)

    async def download(self, ref: str) -> bytes:
        """Fetch what somebody sent.

        Raises:
            ApiError: or one of its kinds.

        """
        if self._session is None:
            raise NotSent("the connections are closed")
        token = await self._tokens.get()
        timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.get(
                f"{self.corp.url}/cgi-bin/media/get",
                params={"access_token": token, "media_id": ref},
                timeout=timeout,
            ) as response:
                if (response.content_length or 0) > FILE_BYTES_MAX:
                    raise ApiError(0, "the file is too large")
                content = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unsure(type(error).__name__) from None
        if response.content_type == "application/json":
            self._checked(response.status, content)
            raise ApiError(0, "there is no such file")
        return content

    async def bare(
        self,
        path: str,
        body: Mapping[str, Any] | Callable[[], aiohttp.FormData] | None = None,
        **query: str | int,
    ) -> Json:
        """Call a method without the app's token, which a group's robot does not need.

        Raises:
            ApiError: or one of its kinds.

        """
        if self._session is None:
            raise NotSent("the connections are closed")
        data: bytes | aiohttp.FormData | None = None
        if body is not None:
            data = body() if callable(body) else _json(body)
        total = UPLOAD_SECONDS if isinstance(data, aiohttp.FormData) else TOTAL_SECONDS
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.request(
                "GET" if body is None else "POST",
                f"{self.corp.url}/cgi-bin/{path}",
                params=query,
                data=data,
                headers=JSON if isinstance(data, bytes) else None,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return self._checked(response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unsure(type(error).__name__) from None

    def _checked(self, status: int, payload: bytes) -> Json:
        try:
            answer = orjson.loads(payload)
            code, text = int(answer.get("errcode", 0)), str(answer.get("errmsg", ""))
        except (ValueError, TypeError, AttributeError):
            raise Unsure(f"the answer is none of the API (HTTP {status})") from None
        if status != OK:
            raise Unsure(f"HTTP {status}")
        if code:
            raise met(code, text.replace(self.corp.secret, "***")[:TEXT_LENGTH_MAX])
        return answer  # type: ignore[no-any-return]

    async def _fetch_token(self) -> tuple[str, float]:
        answer = await self.bare("gettoken", corpid=self.corp.id, corpsecret=self.corp.secret)
        try:
            return str(answer["access_token"]), float(answer["expires_in"])
        except (KeyError, TypeError, ValueError):
            raise Unsure("the answer names no token") from None

    async def send(self, content: Json, members: Sequence[str], *, surely: bool = False) -> Sent:
        """Send one message to up to a thousand members.

        What must arrive `surely` is sent again after a lost answer: WeCom then drops what it has
        had before. That would drop an honest repetition as well, so replies are sent but once.

        Raises:
            ApiError: or one of its kinds.

        """
        if not 0 < len(members) <= MEMBERS_MAX:
            raise ValueError(f"{len(members)} members at once")
        body = content | {"touser": "|".join(members), "agentid": self.corp.agent}
        if surely:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": REPEATED_SECONDS}
        again = AGAIN | ({Fate.UNSURE} if surely else set())
        for attempt in range(1, TRIES_MAX + 1):
            try:
                answer = await self.call("message/send", body)
            except ApiError as error:
                wait = BACKOFF_SECONDS * 2**attempt if fate(error) in again else None
                if isinstance(error, Flooded) and error.seconds <= WAITED_SECONDS_MAX:
                    wait = error.seconds
                if attempt == TRIES_MAX or wait is None:
                    raise
                await self._pause(wait)
            else:
                return _sent(answer)
        raise AssertionError("the last try returns or raises")

    async def upload(self, document: Document, kind: str, *, anew: bool = False) -> str:
        """Upload a file, once in three days, and return its id.

        Raises:
            ApiError: or one of its kinds.

        """
        ref = "" if anew else self._kept(_digest(kind, document))
        if not ref:
            answer = await self.call("media/upload", _form(document), type=kind)
            ref = str(answer.get("media_id") or "")
            self._keep(_digest(kind, document), ref, MEDIA_SECONDS)
        return ref

    async def publish(self, document: Document) -> str:
        """Upload a picture that stays, once, and return the address anybody may see it at.

        Raises:
            ApiError: or one of its kinds.

        """
        address = self._kept(_digest(PUBLIC, document))
        if not address:
            answer = await self.call("media/uploadimg", _form(document))
            address = str(answer.get("url") or "")
            self._keep(_digest(PUBLIC, document), address, PUBLIC_SECONDS)
        return address

    def _kept(self, digest: str) -> str:
        ref, until = self._media.get(digest, ("", 0.0))
        return ref if self._monotonic() < until else ""

    def _keep(self, digest: str, ref: str, seconds: float) -> None:
        if len(self._media) >= MEDIA_KEPT_MAX:
            self._media.clear()
        self._media[digest] = (ref, self._monotonic() + seconds)


def _digest(kind: str, document: Document) -> str:
    head = f"{kind}\0{document.name}\0".encode()
    return hashlib.sha256(head + document.content).hexdigest()


def _form(document: Document) -> Callable[[], aiohttp.FormData]:
    """Return what makes the form of an upload, which can be sent but once."""

    def made() -> aiohttp.FormData:
        # Names go as they are: quoted, people read %E5%8D%8E.
        form, kind = aiohttp.FormData(quote_fields=False), "application/octet-stream"
        content = io.BytesIO(document.content)  # in pieces: a large one would hold everybody up
        form.add_field("media", content, filename=document.name, content_type=kind)
        return form

    return made


def kind_of(document: Document) -> str:
    """Return how a file is sent: a picture as one, if it is small enough."""
    small = len(document.content) <= PICTURE_BYTES_MAX
    return "image" if document.is_picture and small else "file"


def _json(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # half a character from outside
        return SURROGATE.sub("\ufffd", json.dumps(body, ensure_ascii=False)).encode()


def _sent(answer: Json) -> Sent:
    named = (str(answer.get(key) or "") for key in ("invaliduser", "unlicenseduser"))
    gone = frozenset(filter(None, "|".join(named).lower().split("|")))
    return Sent(str(answer.get("msgid", "")), gone)
