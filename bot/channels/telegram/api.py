"""Telegram's Bot API over HTTP: python-telegram-bot's request class on aiohttp and orjson.

Every address carries the bot's token, so nothing here logs one or lets one out in an exception.
`telegram.Bot` is left out on purpose: it writes the token to its debug log, and one malformed
update makes its `get_updates` throw the whole batch away.
"""

import asyncio
import io
import json
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self

import aiohttp
import orjson
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import (
    BadRequest,
    ChatMigrated,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram.fates import Fate, NotSent, Pauses, fate, instead
from bot.channels.telegram.talk import Call
from bot.messages import SURROGATE, Receipt
from bot.messages import Fate as Meaning

CONNECTIONS_MAX = 128
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WRITE_SECONDS = 20.0
POOL_SECONDS = 5.0
DOWNLOAD_SECONDS = 120.0
FILE_BYTES_MAX = 20 << 20  # Telegram lets bots fetch no more either
PART_BYTES = 1 << 16
FILE_PATH = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
TOO_BIG = "file is too big"
ATTEMPTS_MAX = 4
PAUSE_SECONDS_MAX = 5
OK, TOO_MANY_REQUESTS, SERVER_FAULT = 200, 429, 500

# What a refusal means for something that is pushed: a stopped bot tries later.
MEANING = {
    Fate.DONE: Meaning.SENT,
    Fate.GONE: Meaning.GONE,
    Fate.MOVED: Meaning.GONE,
    Fate.FLOODED: Meaning.LATER,
    Fate.WRONG: Meaning.FAILED,
    Fate.STOPPED: Meaning.LATER,
    Fate.NOT_SENT: Meaning.LATER,
    Fate.UNSURE: Meaning.UNCERTAIN,
}
REASON_LENGTH_MAX = 100
Pause = Callable[[float], Awaitable[None]]
log = logging.getLogger(__name__)


class TooLargeError(TelegramError):
    """A file is larger than a bot may fetch, or than we take."""

    def __init__(self) -> None:
        super().__init__("the file is too large")


class Flooded(RetryAfter):
    """Too many requests; its parent warns of a change to come whenever the seconds are read."""

    @property
    def retry_after(self) -> int:
        """Return how long to wait, in whole seconds."""
        return math.ceil(self._retry_after.total_seconds())


def _whole(value: Any) -> Any:
    """Return the same JSON value with half characters replaced, which orjson does not take."""
    match value:
        case str():
            return SURROGATE.sub("\ufffd", value)
        case dict():
            return {_whole(key): _whole(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole(item) for item in value]
        case _:
            return value


def _body(data: RequestData | None) -> bytes | aiohttp.FormData | None:
    """Encode parameters: a form when files go along, else JSON."""
    if data is None:
        return None
    if data.contains_files:
        form = aiohttp.FormData(quote_fields=False)  # else people read %E5%8D%8E as its name
        for name, text in data.json_parameters.items():
            form.add_field(name, _whole(text))
        for name, (filename, content, kind) in data.multipart_data.items():
            # aiohttp does not take large raw bytes.
            held = io.BytesIO(content) if isinstance(content, bytes) else content
            form.add_field(name, held, filename=filename, content_type=kind)
        return form
    return _json(data.parameters)


def _json(value: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(_whole(value)).encode()


def _seconds(given: object, usual: float) -> float | None:
    """Return a time-out as aiohttp takes it: None is for ever, PTB's default is the usual one."""
    if isinstance(given, DefaultValue):
        return usual
    return float(given) if isinstance(given, int | float) else None


class AiohttpRequest(BaseRequest):
    """PTB's transport: one pool of connections, JSON by orjson."""

    def __init__(self, secret: str = "") -> None:
        """Take the token, so that no error text can repeat it."""
        self._secret = secret.encode()
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Return the seconds an answer may take; a long poll adds its own."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the connection pool."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        """Close the connection pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0913, PLR0917 - the base class's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request and return status and body.

        Raises:
            TimedOut: no answer in time; the request may have been carried out.
            NotSent: no connection.
            NetworkError: it broke.
            RetryAfter: too many requests.

        """
        if self._session is None:
            raise NetworkError("the connection pool is closed")
        connect = _seconds(connect_timeout, CONNECT_SECONDS)
        read = _seconds(read_timeout, READ_SECONDS)
        write = _seconds(write_timeout, WRITE_SECONDS)
        pool = _seconds(pool_timeout, POOL_SECONDS)
        spans = (connect, read, write, pool)
        timeout = aiohttp.ClientTimeout(
            total=None if None in spans else sum(filter(None, spans)),
            connect=None if connect is None or pool is None else connect + pool,
            sock_connect=connect,
            sock_read=read,
        )
        body = _body(request_data)
        headers = {"Content-Type": "application/json"} if isinstance(body, bytes) else None
        with _explained():
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, self._checked(response.status, await response.read())

    async def download(self, url: str, most: int) -> bytes:
        """Return the content of a file, of so many bytes at most.

        Raises:
            TooLargeError: it is longer.
            NetworkError: it could not be had.

        """
        if self._session is None:
            raise NetworkError("the connection pool is closed")
        timeout = aiohttp.ClientTimeout(
            total=DOWNLOAD_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
        )
        with _explained():
            async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
                if response.status != OK:
                    raise NetworkError(f"the file was refused ({response.status})")
                return await _limited(response.content, most)

    def _checked(self, status: int, payload: bytes) -> bytes:
        """Return an answer's body; what is wrong is said without pages of HTML and secrets."""
        if status < 300:  # noqa: PLR2004 - success
            return payload
        if not payload.lstrip().startswith(b"{"):
            return b"{}"
        if status >= SERVER_FAULT:  # it speaks for itself: no proxy stands between
            raise NotSent(f"the server failed ({status})")
        if self._secret:
            payload = payload.replace(self._secret, b"***")
        if status == TOO_MANY_REQUESTS:
            parameters = self.parse_json_payload(payload).get("parameters")
            seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
            if isinstance(seconds, int | float) and seconds > 0:
                raise Flooded(math.ceil(seconds))
        return payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse an answer; one half character in a name must not spoil a hundred updates.

        Raises:
            TelegramError: it is not JSON, or not an object.

        """
        try:
            parsed = orjson.loads(payload)
        except orjson.JSONDecodeError:
            try:
                parsed = _whole(json.loads(payload.decode(errors="replace")))
            except (ValueError, RecursionError):
                raise TelegramError("the answer is not JSON") from None
        if not isinstance(parsed, dict):
            raise TelegramError("the answer is no JSON object")
        return parsed


async def _limited(stream: aiohttp.StreamReader, most: int) -> bytes:
    content = bytearray()
    async for part in stream.iter_chunked(PART_BYTES):
        content += part
        if len(content) > most:
            raise TooLargeError
    return bytes(content)


@contextmanager
def _explained() -> Iterator[None]:
    """Say what went wrong without the address, in which the token stands."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NotSent(f"aiohttp: {type(error).__name__}") from None
    except TimeoutError:
        raise TimedOut from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise NetworkError(f"aiohttp: {type(error).__name__}") from None


def packed(call: Call) -> bytes:
    """Encode a call as the answer to a webhook, which Telegram then carries out."""
    return _json({"method": call.method, **call.parameters})


class Api:
    """The Bot API's methods by name, and replies sent as well as can be."""

    def __init__(self, token: str, api_url: str, pause: Pause = asyncio.sleep) -> None:
        self._base = f"{api_url.rstrip('/')}/bot{token}"
        self._files = f"{api_url.rstrip('/')}/file/bot{token}"
        self._request = AiohttpRequest(token)
        self._pause = pause
        self._pauses = Pauses(time.monotonic)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._request.initialize()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connections."""
        await self._request.shutdown()

    async def call(
        self, method: str, parameters: Mapping[str, Any], *, read_seconds: float = READ_SECONDS
    ) -> Any:
        """Call a method and return its result; a parameter may be a `telegram.InputFile`.

        Raises:
            TelegramError: or one of its kinds; a time-out says nothing about what was done.

        """
        data = RequestData(
            [RequestParameter.from_input(name, value) for name, value in parameters.items()]
        )
        try:
            return await self._request.post(
                f"{self._base}/{method}", data, read_timeout=read_seconds
            )
        except (AttributeError, KeyError, TypeError):
            raise NetworkError("the answer is not one of the Bot API") from None

    async def download(self, file: str, most: int = FILE_BYTES_MAX) -> bytes:
        """Return the content of a file by its id, of so many bytes at most.

        Raises:
            TooLargeError: it is longer, or Telegram lets no bot have it.
            TelegramError: or one of its kinds: it could not be had.

        """
        try:
            found = await self.call("getFile", {"file_id": file})
            path, size = str(found["file_path"]), found.get("file_size", 0)
        except BadRequest as error:
            if TOO_BIG in error.message.lower():
                raise TooLargeError from None
            raise
        except (AttributeError, KeyError, TypeError):
            raise NetworkError("the answer is not one of the Bot API") from None
        if FILE_PATH.fullmatch(path) is None or ".." in path:
            raise NetworkError("the file's path is no path")  # a server of the mode --local
        if isinstance(size, int) and size > most:
            raise TooLargeError
        return await self._request.download(f"{self._files}/{path}", most)

    def left(self, call: Call) -> float:
        """Return the seconds Telegram still asks us to wait before such a call."""
        return self._pauses.left(call.parameters.get("chat_id"))

    async def deliver(self, call: Call) -> bool:
        """Send part of a reply, best effort; say whether its next part is worth sending.

        It is never sent again on doubt: after a time-out or a server's fault it may have arrived.
        """
        for attempt in range(ATTEMPTS_MAX):
            if not await self._let_pass(call):
                return _dropped(call, Flooded(PAUSE_SECONDS_MAX), Fate.FLOODED)
            try:
                await self.call(call.method, call.parameters)
            except Flooded as error:
                self._pauses.note(call.parameters.get("chat_id"), error.retry_after)
                if attempt:
                    return _dropped(call, error, Fate.FLOODED)
            except TelegramError as error:
                met, other = fate(call, error), instead(call, error)
                if other is None:
                    return met is Fate.DONE or _dropped(call, error, met)
                call = other
            else:
                return True
        return _dropped(call, TelegramError("every way was refused"), Fate.WRONG)

    async def send(self, call: Call) -> Receipt:
        """Send what must arrive once or be accounted for, and say what became of it."""
        if seconds := self.left(call):
            return Receipt(Meaning.LATER, reason="flooded", seconds=seconds)
        try:
            sent = await self.call(call.method, call.parameters)
            return Receipt(Meaning.SENT, ref=str(sent["message_id"]))
        except (KeyError, TypeError):
            return Receipt(Meaning.UNCERTAIN, reason="the answer names no message")
        except Flooded as error:
            self._pauses.note(call.parameters.get("chat_id"), error.retry_after)
            return Receipt(Meaning.LATER, reason="flooded", seconds=error.retry_after)
        except TelegramError as error:
            other = instead(call, error)
            if other is not None and other != call:
                receipt = await self.send(other)
                moved = str(error.new_chat_id) if isinstance(error, ChatMigrated) else ""
                return replace(receipt, moved_to=receipt.moved_to or moved)
            return Receipt(MEANING[fate(call, error)], reason=error.message[:REASON_LENGTH_MAX])

    async def _let_pass(self, call: Call) -> bool:
        """Wait as long as Telegram asks; False if that is longer than a reply is worth."""
        seconds = math.ceil(self.left(call))
        if 0 < seconds <= PAUSE_SECONDS_MAX:
            await self._pause(seconds)
        return seconds <= PAUSE_SECONDS_MAX


def _dropped(call: Call, error: TelegramError, met: Fate) -> bool:
    level = logging.INFO if met is Fate.GONE else logging.WARNING
    log.log(level, "telegram: %s dropped (%s): %s", call.method, met.value, error)
    return False
