"""The web chat behind a client without a network; a few lines stand in for the dispatcher."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient, WebSocketTestSession

import bot.web
from bot.channels.web import Voice, WebChannel
from bot.clock import Clock
from bot.messages import Command, Incoming, Pressable, Rendered, Tap, Text
from bot.web import build
from bot.web.visitors import Visitors
from tests.pages import front

STATIC = Path(bot.web.__file__).with_name("static")
PLACES = {
    name.rpartition("_zh_CN")[0] or name.rpartition("_en")[0]
    for name in re.findall(r"\$\{(\w+)\}", (STATIC / "chat.html").read_text("utf-8"))
} - {"name", "theme"}
WORDS = {place: f"<{place}>" for place in PLACES}
ABOUT = {
    "name": {"zh_CN": "书香青浦", "en": "Shuxiang Qingpu"},
    "theme": {"zh_CN": "阅读悦心", "en": "Reading"},
    "people": [{"person": "visitor", "name": {"zh_CN": "访客", "en": "Visitor"}}],
    "words": {"zh_CN": WORDS, "en": WORDS},
}


class Handled:
    """Answers with what it heard, and remembers it; some words make it silent, busy or slow."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.busy = False
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def __call__(self, incoming: Incoming) -> Rendered | None:
        """Answer one message."""
        self.begun.set()
        await self.open.wait()
        if self.busy:
            raise ConnectionError("the database is away")
        self.heard.append(incoming)
        match incoming.said:
            case Text("嘘"):
                return None
            case Text("坏"):
                raise ZeroDivisionError
            case Text(text) | Tap(text) | Command(text):
                return Rendered(f"<b>{text}</b> 好", ((Pressable("签到", tap="checkins"),),))
            case _:
                return None


def served(
    handled: Handled,
    clock: Clock,
    *,
    demo: bool = True,
    chat: bool = True,
    ready: bool | None = True,
    base: int = 1000,
    site: str = "",
) -> tuple[TestClient, WebChannel]:
    """Make a client of the web app, and its channel."""
    voice = Voice(handled, lambda _, key, lang: Rendered(f"{key} {lang}"), lambda _: Rendered("忙"))
    channel = WebChannel(voice, demo=demo, base=base)

    async def state() -> Mapping[str, Any]:
        if ready is None:
            raise ZeroDivisionError
        return {"ready": ready, "database": "ok"}

    app = build(
        chat=channel if chat else None,
        ready=state,
        front=front(),
        about=ABOUT,
        visitors=Visitors(b"k" * 32, clock.system, site),
    )
    return TestClient(app, raise_server_exceptions=False), channel


def ask(socket: WebSocketTestSession, **frame: Any) -> Any:
    """Send a frame and return what comes back."""
    socket.send_json(frame)
    return socket.receive_json()
