"""The board's line to its viewers: server-sent events, made once for everybody.

An event holds the parts of the page that changed. Who does not keep up is let go; the browser
comes back by itself and is told what it has not got.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.web import guard
from bot.web.shell import language_of
from storage.db import Unavailable

log = logging.getLogger(__name__)

PATH = "/board/events"
VIEWERS_MAX = 3000
SECONDS = 5.0  # from one look at the board to the next
WAITING_MAX = 3  # events
WRITE_SECONDS_MAX = 20.0
QUIET_LOOKS_MAX = 4  # then a word is said that keeps the line open
HEARTBEAT = b":\n\n"
RETRY_MS = 4000
RETRY_FULL_SECONDS = 60
TOGETHER, PAUSE_SECONDS = 10, 0.004  # viewers told at once, and the air that others get after
HEADERS = guard.HEADERS | {
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",  # nginx would keep events back
    "content-security-policy": guard.PLAIN_POLICY,
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The board's parts in one language, and the tag by which they are known."""

    parts: Mapping[str, str]
    mark: str

    def event(self, before: "Shown | None" = None) -> bytes:
        """Return the event that brings somebody from what they have to this."""
        known = {} if before is None else before.parts
        changed = {name: part for name, part in self.parts.items() if known.get(name) != part}
        return b"id: %b\ndata: %b\n\n" % (self.mark.strip('"').encode(), orjson.dumps(changed))


@dataclass(eq=False, slots=True)
class _Viewer:
    """One open page; `mark` is that of the board it has, as far as is known."""

    mark: str
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(WAITING_MAX))
    late: bool = False

    def offer(self, event: bytes | None) -> None:
        """Tell an event soon, or the end with None."""
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.late = True


class Feed:
    """An ASGI app that each viewer keeps open, and the task that looks at the board for them."""

    def __init__(self, show: Callable[[str], Awaitable[Shown]]) -> None:
        self._show = show
        self._viewers: dict[str, set[_Viewer]] = {}
        self._told: dict[str, Shown] = {}
        self._quiet: dict[str, int] = {}
        self._watched = asyncio.Event()
        self._closed = False

    @property
    def viewers(self) -> int:
        """Return how many look on."""
        return sum(map(len, self._viewers.values()))

    async def run(self) -> None:
        """Look at the board every few seconds, as long as somebody watches."""
        while True:
            await self._watched.wait()
            await self.look()
            await asyncio.sleep(SECONDS)

    async def look(self) -> None:
        """Look at the board once and tell what changed; a fault is logged and passes."""
        for language, viewers in list(self._viewers.items()):
            try:
                shown = await self._show(language)
            except Unavailable:
                continue  # the database is away: what is shown stays
            except Exception:
                log.exception("the board could not be shown")
                continue
            before, self._told[language] = self._told.get(language), shown
            behind = tuple(viewer for viewer in viewers if viewer.mark != shown.mark)
            self._quiet[language] = 0 if behind else self._quiet.get(language, 0) + 1
            if behind:
                await self._bring(behind, shown, before=before)
            elif not self._quiet[language] % QUIET_LOOKS_MAX:
                await self._tell([(viewer, HEARTBEAT) for viewer in viewers])

    async def _bring(
        self, viewers: tuple[_Viewer, ...], shown: Shown, *, before: Shown | None
    ) -> None:
        """Bring viewers to what is shown now: by what changed, or by all if they have another."""
        everything = shown.event()
        changed = everything if before is None else shown.event(before)
        mark = None if before is None else before.mark
        events = [(each, changed if each.mark == mark else everything) for each in viewers]
        for viewer in viewers:
            viewer.mark = shown.mark
        await self._tell(events)

    async def _tell(self, events: Sequence[tuple[_Viewer, bytes]]) -> None:
        """Tell viewers a few at a time: somebody may be checking in meanwhile."""
        for n, (viewer, event) in enumerate(events, start=1):
            viewer.offer(event)
            if not n % TOGETHER:
                await asyncio.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        """Let every viewer go, and take no more."""
        self._closed = True
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.late = True
                viewer.offer(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one viewer until either side has had enough."""
        request = Request(scope)
        if request.method != "GET":
            await Response(None, 405, HEADERS | {"allow": "GET"})(scope, receive, send)
            return
        if self._closed or self.viewers >= VIEWERS_MAX:
            full = HEADERS | {"retry-after": str(RETRY_FULL_SECONDS)}
            await Response(None, 503, full)(scope, receive, send)
            return
        language = language_of(request)
        known = request.headers.get("last-event-id") or request.query_params.get("v", "")
        viewer = _Viewer(f'"{known}"')
        self._viewers.setdefault(language, set()).add(viewer)
        self._watched.set()
        try:
            await self._serve(viewer, language, receive=receive, send=send)
        except asyncio.CancelledError:
            pass  # the server is to end
        finally:
            self._viewers[language].discard(viewer)
            if not self.viewers:
                self._watched.clear()

    async def _serve(self, viewer: _Viewer, language: str, *, receive: Receive, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            shown = await self._show(language)
            if viewer.mark != shown.mark:
                viewer.offer(shown.event())
                viewer.mark = shown.mark
        except Unavailable:
            pass  # it is told as soon as the database is back
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(_write(viewer, send))
            leaving = tasks.create_task(_left(receive))
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done() and not writing.result():
                _hang_up(send)
                await leaving
            writing.cancel()
            leaving.cancel()


async def _write(viewer: _Viewer, send: Send) -> bool:
    """Send what is offered; False if the viewer's end of the line takes nothing more."""
    event: bytes | None = b"retry: %d\n\n" % RETRY_MS
    try:
        while event is not None:
            async with asyncio.timeout(WRITE_SECONDS_MAX):
                await send({"type": "http.response.body", "body": event, "more_body": True})
            if viewer.late and viewer.queue.empty():
                break
            event = await viewer.queue.get()
        async with asyncio.timeout(WRITE_SECONDS_MAX):
            await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return False
    return True


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _hang_up(send: Send) -> None:
    """Cut a line nobody reads, which ASGI has no word for: uvicorn lends its connection."""
    connection = getattr(getattr(send, "__self__", None), "transport", None)
    if connection is not None:
        connection.abort()
