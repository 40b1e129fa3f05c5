"""The one ASGI app: the web chat's page and socket, all other pages, whether the bot is ready.

It knows neither channels nor the dispatcher; `bot/app.py` hands their callables in.
"""

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from string import Template
from typing import Any, Protocol
from urllib.parse import quote

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.messages import JPEG, PNG
from bot.web import uploads
from bot.web.front import Front
from bot.web.guard import Guarded, with_socket
from bot.web.uploads import Inbox, host, same_origin
from bot.web.visitors import Visitors

STATIC = Path(__file__).with_name("static")
FRAME_NUMBER = re.compile(r"[0-9]{1,16}")
QUEUED_MAX = 200
PICTURES = {PNG: "image/png", JPEG: "image/jpeg"}
CLOSE_FOREIGN, CLOSE_LATE, CLOSE_UNKNOWN = 1008, 1013, 4401

Frame = dict[str, Any]
Deliver = Callable[[Frame], None]


class ChatPort(Protocol):
    """The web chat behind the socket, as `bot.channels.web.WebChannel` keeps it."""

    @property
    def demo(self) -> bool:
        """Say whether a page chooses its person freely."""

    @property
    def inbox(self) -> Inbox | None:
        """Return what keeps the files people send."""

    def person(self, asked: str | None) -> str:
        """Return the person a socket of the demo stands for."""

    def hear(self, raw: str | bytes, person: str, mine: Deliver) -> Awaitable[Frame | None]:
        """Answer one frame of the page behind `mine`; never raises for what a page sent."""

    def missed(self, person: str, after: int) -> list[Frame]:
        """Return what was sent to a person after a frame, oldest first."""

    def join(self, person: str, deliver: Deliver) -> None:
        """Show a person's frames on one more page."""

    def leave(self, person: str, deliver: Deliver) -> None:
        """Stop doing so."""


async def _no_files(_token: str) -> None:
    return None


def build(
    *,
    chat: ChatPort | None,
    ready: Callable[[], Awaitable[Mapping[str, Any]]],
    front: Front,
    about: Mapping[str, Any],
    visitors: Visitors,
    files: Callable[[str], Awaitable[tuple[str, bytes] | None]] = _no_files,
) -> Starlette:
    """Make the app. The chat's page is `/` in the demo, else `/chat`, and `/` is the front's.

    `about` is what the page shows: `name` and `theme` (each by language), `words` (by language,
    the texts of the keys `page.*` without that prefix), and for the demo `people` (a list of
    `person`, `name`, `note`, the latter two by language) and `offset` (the city's, `+08:00`).
    `files` returns name and content of the file a token stands for.
    `visitors` tells them apart by cookies. `ready` answers with `ready` and details.
    """

    async def readyz(_request: Request) -> Response:
        state = await ready()
        return _json(state, status=200 if state["ready"] is True else 503)

    async def file(request: Request) -> Response:
        found = await files(request.path_params["token"])
        if found is None:
            words = about["words"]
            sentence = f"{words['zh_CN']['gone']} {words['en']['gone']}"
            return PlainTextResponse(sentence, 404)
        name, content = found
        # By its content: nothing but a picture is shown by a browser.
        kind = next((kind for start, kind in PICTURES.items() if content.startswith(start)), "")
        how, kind = ("inline", kind) if kind else ("attachment", "application/octet-stream")
        headers = {"content-disposition": f"{how}; {_filename(name)}"}
        return Response(content, media_type=kind, headers=headers)

    routes: list[BaseRoute] = [
        Route("/files/{token}", file),
        Route("/healthz", _healthz),
        Route("/readyz", readyz),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    if chat is not None:
        routes += _Chat(chat, about, visitors).routes
    if chat is None or not chat.demo:
        routes.append(Route("/", front.landing))
    app = Starlette(
        routes=[*routes, *front.routes],
        middleware=[Middleware(Guarded)],
        exception_handlers={404: front.lost, 405: front.lost, Exception: front.fault},
    )
    app.router.redirect_slashes = False  # it would lead to whatever host was named
    return app


def _filename(name: str) -> str:
    """Name a file in a header, which is Latin: any other name is quoted, as RFC 6266 has it."""
    quoted = quote(name, safe="")
    return f'filename="{name}"' if quoted == name else f"filename*=UTF-8''{quoted}"


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _page(file: str, about: Mapping[str, Any]) -> str:
    """Return a page with its places (`${name_zh_CN}`, `${send_en}` …) filled in, HTML-escaped."""
    places = {f"{key}_{code}": about[key][code] for key in ("name", "theme") for code in about[key]}
    for code, words in about["words"].items():
        places |= {f"{key}_{code}": text for key, text in words.items()}
    escaped = {name: html.escape(text) for name, text in places.items()}
    return Template((STATIC / file).read_text("utf-8")).substitute(escaped)


class _Chat:
    """The page of the web chat, what it shows, and its socket."""

    def __init__(self, chat: ChatPort, about: Mapping[str, Any], visitors: Visitors) -> None:
        self.chat = chat
        self.visitors = visitors
        self.html = _page("chat.html", about)
        kept = {key: value for key, value in about.items() if chat.demo or key != "people"}
        self.about_json = {**kept, "demo": chat.demo}
        self.routes: list[BaseRoute] = [
            Route("/" if chat.demo else "/chat", self.page),
            Route("/chat/about.json", self.about),
            WebSocketRoute("/chat/ws", self.socket),
        ]
        if chat.inbox is not None:
            self.routes.append(uploads.route(chat.inbox, self.person))

    async def page(self, request: Request) -> Response:
        """Serve the page; whoever comes directly gets a cookie, or a new one."""
        policy = with_socket(request.headers.get("host", ""))
        response = HTMLResponse(self.html, headers={"content-security-policy": policy})
        if _came_directly(request):
            self._welcome(request, response)
        return response

    async def about(self, request: Request) -> Response:
        """Serve what the page shows; whoever came over a link gets the cookie here."""
        response = _json(self.about_json)
        self._welcome(request, response)
        return response

    async def socket(self, socket: WebSocket) -> None:
        """Carry one page's conversation until it leaves."""
        if not same_origin(socket):
            await socket.close(CLOSE_FOREIGN)
            return
        person = self.person(socket)
        await socket.accept()
        if person is None:
            await socket.close(CLOSE_UNKNOWN)
            return
        seat = _Seat(socket)
        self.chat.join(person, seat.deliver)
        try:
            seat.greet(self.chat, person)
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(seat.write())
                await seat.listen(self.chat, person)
                writing.cancel()
        finally:
            self.chat.leave(person, seat.deliver)

    def person(self, connection: HTTPConnection) -> str | None:
        """Return whom a request comes from; None without a cookie of ours."""
        if self.chat.demo:
            return self.chat.person(connection.query_params.get("person"))
        return self.visitors.who(connection)

    def _welcome(self, request: Request, response: Response) -> None:
        if not self.chat.demo:
            self.visitors.welcome(request, response)


def _came_directly(request: Request) -> bool:
    """Say whether a strict cookie would have come along if there was one.

    Browsers leave it out when a link on another site led here; a new cookie would then replace
    the person the visitor already is.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"none", "same-origin"}
    referer = request.headers.get("referer")
    return referer is None or host(referer) == request.headers.get("host", "").lower()


class _Seat:
    """One open socket: what is to be sent over it, in order."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.queue: asyncio.Queue[Frame] = asyncio.Queue(QUEUED_MAX)
        self.late = False

    def deliver(self, frame: Frame) -> None:
        """Send a frame soon; a page that does not read is let go and asks again later."""
        try:
            self.queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.late = True

    def greet(self, chat: ChatPort, person: str) -> None:
        """Deliver what `?after=` missed; with `?mark=1` a last frame says that this was all."""
        asked = self.socket.query_params
        if FRAME_NUMBER.fullmatch(after := asked.get("after", "")):
            for frame in chat.missed(person, int(after)):
                self.deliver(frame)
        if asked.get("mark") == "1":
            self.deliver({"caught_up": True})

    async def listen(self, chat: ChatPort, person: str) -> None:
        """Answer one frame after the other until the page leaves."""
        while (message := await self.socket.receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            frame = await chat.hear(
                message["bytes"] if text is None else text, person, self.deliver
            )
            if frame is not None:
                self.deliver(frame)
                await asyncio.sleep(0)  # the writer's turn, also while a flood keeps us busy

    async def write(self) -> None:
        """Send what is delivered, for as long as the page is there and keeps up."""
        try:
            while not self.late:
                frame = await self.queue.get()
                await self.socket.send_text(orjson.dumps(frame).decode())
            await self.socket.close(CLOSE_LATE)
        except (WebSocketDisconnect, RuntimeError):
            return  # it left; the listener notices by itself
