"""The web chat's socket over real HTTP: whoever misbehaves on it is told so, and nobody else is."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.app import App
from bot.settings import Settings
from tests.served import listening, served

SECONDS_MAX = 60
FORBIDDEN, TOO_BIG, LATE, UNKNOWN = 403, 1009, 1013, 4401
FLOOD, LIMIT = 300, 20
LONG, OVER = 20_000, 100_000
GARBAGE = (b"\xff\xfe\x00", b"", "{", "[]", "\x00", '{"text": {"$ne": 1}}', b'{"text": "\xc3"}')


async def person(address: str) -> str:
    """Visit the chat's page and return the cookie it gave."""
    async with httpx2.AsyncClient(base_url=address) as client:
        answer = await client.get("/chat")
        return str(answer.headers["set-cookie"]).partition(";")[0]


def opened(address: str, cookie: str = "", origin: str = "") -> Any:
    """Open a socket to the chat, as a page of `origin` with this cookie."""
    heads = [("Cookie", cookie)] if cookie else []
    socket = address.replace("http", "ws", 1) + "/chat/ws"
    return connect(
        socket, origin=origin or address, additional_headers=heads, proxy=None, max_size=None
    )


async def asks(socket: ClientConnection, said: str, name: str) -> Any:
    """Say something and return what answers it."""
    await socket.send(json.dumps({"text": said, "id": name, "lang": "en"}))
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            frame = json.loads(await socket.recv())
            if frame.get("reply_to") == name:
                return frame


async def closed(socket: ClientConnection) -> int:
    """Return the code a socket is closed with."""
    async with asyncio.timeout(SECONDS_MAX):
        await socket.wait_closed()
    return socket.close_code or 0


async def floods(socket: ClientConnection, said: Any = "/help") -> list[str]:
    """Say far too much at once, or what is no message; return what is said until silence."""
    heard = []
    with suppress(ConnectionClosed):
        for number in range(FLOOD):
            await socket.send(json.dumps({"text": said, "id": f"f{number}", "lang": "en"}))
    with suppress(ConnectionClosed):
        async with asyncio.timeout(SECONDS_MAX):
            while len(heard) < FLOOD:
                heard.append(json.loads(await socket.recv()))
    assert socket.close_code in {None, LATE}  # a page that does not keep up is let go
    return [frame["text"] for frame in heard if not frame.get("silent")]


async def refused(address: str, cookie: str) -> None:
    """Let pages of other sites try to open a socket, and somebody without a cookie."""
    for origin in ("https://evil.example", "null", address + "0"):
        with pytest.raises(InvalidStatus) as refusal:
            await opened(address, cookie, origin)
        assert refusal.value.response.status_code == FORBIDDEN
    async with opened(address) as nobody:
        assert await closed(nobody) == UNKNOWN


async def garbled(socket: ClientConnection) -> None:
    """Send what is no message; each is answered with a sentence, and the socket stays open."""
    for raw in GARBAGE:
        await socket.send(raw)
        assert "没看懂" in json.loads(await socket.recv())["text"], raw
    await socket.send(json.dumps({"text": "x" * LONG, "lang": "en"}))
    told = json.loads(await socket.recv())["text"]
    assert "太长" in told  # nobody reads its language: it is told in both
    assert "too long" in told


async def test_who_misbehaves_disturbs_nobody(tmp_path: Path) -> None:
    """Foreign pages, no cookie, garbage, bytes, long and oversized frames, a flood."""
    settings = Settings(
        data_dir=tmp_path, web_chat="on", rehearsal=True, flood_limit=LIMIT, _env_file=None
    )
    async with App.open(settings) as app, served(app.web, listening()) as address:
        good, bad = await person(address), await person(address)
        async with opened(address, good) as calm, opened(address, bad) as rude:
            assert "Shuxiang" in (await asks(calm, "/start", "c1"))["text"]
            await refused(address, bad)
            await garbled(rude)
            async with opened(address, bad) as huge:
                await huge.send(json.dumps({"text": "x" * OVER}))
                assert await closed(huge) == TOO_BIG
            spoken, meanwhile = await asyncio.gather(floods(rude), asks(calm, "/help", "c2"))
            assert meanwhile["text"]
            assert len(spoken) < FLOOD
            assert any("very fast" in text for text in spoken)
            async with opened(address, await person(address)) as senseless:
                refusals = await floods(senseless, 5)
            assert "could not be read" in refusals[0]
            assert len(refusals) < FLOOD
            assert any("very fast" in text for text in refusals)
            assert (await asks(calm, "/help", "c3"))["text"]
