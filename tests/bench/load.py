"""A load generator as cheap as Python allows: raw connections on uvloop, in the bench's process.

An event is an update that was posted. It ends when its POST was answered *and* exactly one
sendMessage went to its chat, in the answer's body or as a call to the emulated API: a bot that
answers 200 first and works later gains nothing by it.
"""

import asyncio
import math
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.bench.wire import HOST, FakeApi, Piece, Update, Wire, parameters

PATH = "/telegram/webhook"
PATIENCE_SECONDS = 10
"""How long nothing at all may happen while an event is unanswered."""
CONNECTIONS_MAX = 100
"""As many as Telegram opens to a webhook at most (max_connections of setWebhook)."""


class Unanswered(Exception):  # noqa: N818 - it names a state: the bot did not do its work
    """An event did not end in exactly one message to its chat."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a load came to; refused events count neither as events nor among the latencies."""

    events: int
    seconds: float
    latencies_ms: tuple[float, ...]
    """Each from its scheduled time (open loop) or its post (closed loop) to its end."""
    refused: Mapping[int, int]
    """How often each status other than 2xx came."""


@dataclass(eq=False, slots=True)
class _Event:
    chat: int
    request: bytes
    due: float = 0
    answered: bool = False
    told: bool = False


@dataclass(eq=False)
class _Run:
    """One load while it runs."""

    events: Iterator[_Event]
    left: int
    said: Callable[[int, Piece], int | None]
    """Return the chat that the answer to a chat's POST holds a message for, if any."""
    until: float = math.inf
    closed: bool = True
    idle: deque["_LoadWire"] = field(default_factory=deque)
    queue: deque[_Event] = field(default_factory=deque)
    waiting: defaultdict[int, deque[_Event]] = field(default_factory=lambda: defaultdict(deque))
    surplus: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    steps: int = 0
    ended: float = 0
    over: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def post(self, event: _Event, due: float) -> None:
        """Post an event on a free connection, or when one becomes free."""
        event.due = due
        self.steps += 1
        self.waiting[event.chat].append(event)
        if self.idle:  # in rotation, so that the bot finds none idle for long and closes it
            self.idle.popleft().post(event)
        else:
            self.queue.append(event)

    def free(self, wire: "_LoadWire") -> None:
        """Take a connection that has nothing to do."""
        if self.queue:
            wire.post(self.queue.popleft())
        else:
            self.idle.append(wire)

    def next(self) -> None:
        """Post the next event of a closed loop, unless the time is up."""
        now = time.perf_counter()
        event = next(self.events, None) if now < self.until else None
        if event:
            self.post(event, now)
            return
        self.left -= 1  # here: the lines that still have something to do
        if not self.left:
            self.end()

    def answered(self, event: _Event, piece: Piece) -> None:
        """Note the answer to a POST."""
        status = int(piece.head[9:12])
        if not 200 <= status < 300:
            self.refused[status] += 1
            if not event.told:
                self.waiting[event.chat].remove(event)
            self._finish(event)
            return
        event.answered = True
        if event.told:
            self._finish(event)
        if (chat := self.said(event.chat, piece)) is not None:
            self.told(chat)

    def told(self, chat: int) -> None:
        """Note a message to a chat, whichever way it came."""
        waiting = self.waiting[chat]
        if not waiting:
            self.surplus[chat] += 1
            return
        event = waiting.popleft()
        event.told = True
        if event.answered:
            self._finish(event)

    def _finish(self, event: _Event) -> None:
        self.steps += 1
        self.ended = time.perf_counter()
        if event.answered:
            self.latencies.append((self.ended - event.due) * 1000)
        if self.closed:
            self.next()
            return
        self.left -= 1
        if not self.left:
            self.end()

    def end(self, error: Exception | None = None) -> None:
        """Wake the one who waits for the end."""
        if self.over.done():
            return
        if error:
            self.over.set_exception(error)
        else:
            self.over.set_result(None)

    async def wait(self) -> None:
        """Wait for the end, as long as something happens."""
        before = -1
        while before != self.steps:
            before = self.steps
            done, _ = await asyncio.wait({self.over}, timeout=PATIENCE_SECONDS)
            if done:
                await self.over
                return
        lost = [event for events in self.waiting.values() for event in events]
        chats = [event.chat for event in lost[:5]]
        raise Unanswered(f"{len(lost)} events were not answered, as those of {chats}")


class _LoadWire(Wire):
    """One connection to the webhook."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._event: _Event | None = None

    def post(self, event: _Event) -> None:
        """Post an event."""
        self._event = event
        self.transport.write(event.request)

    def received(self, piece: Piece) -> None:
        """Take the answer, and be free again."""
        event, self._event = self._event, None
        if event is None:
            self._run.end(Unanswered("the bot answered what was not asked"))
            return
        self._run.free(self)
        self._run.answered(event, piece)

    def connection_lost(self, error: Exception | None) -> None:
        """End the load if somebody waited for an answer here."""
        if self._event:
            self._run.end(Unanswered(f"the bot hung up instead of answering ({error})"))
        elif self in self._run.idle:
            self._run.idle.remove(self)


class Load:
    """Posts updates to a webhook on this machine, one load after another."""

    def __init__(self, port: int, api: FakeApi, *, secret: str) -> None:
        self.port = self._port = port
        self._api = api
        self._head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
        ).encode()

    async def closed(
        self, updates: Iterable[Update], *, in_flight: int, seconds: float = math.inf
    ) -> Done:
        """Keep so many events in flight until the updates or the seconds are used up.

        Raises:
            Unanswered: an event did not end in exactly one message to its chat.

        """
        requests = [self._event(update) for update in updates]
        run = _Run(iter(requests), left=in_flight, said=self.said)
        async with self._connected(run, in_flight):
            since = time.perf_counter()
            run.until = since + seconds
            for _ in range(in_flight):
                run.next()
            await run.wait()
        return self._done(run, since)

    async def open(self, updates: Sequence[Update], *, rate: float) -> Done:
        """Post so many events a second, whether or not the bot keeps up.

        Raises:
            Unanswered: an event did not end in exactly one message to its chat.

        """
        events = [self._event(update) for update in updates]
        run = _Run(iter(()), left=len(events), said=self.said, closed=False)
        async with self._connected(run, min(CONNECTIONS_MAX, math.ceil(rate))):
            since = time.perf_counter()
            for number, event in enumerate(events):
                due = since + number / rate
                if (early := due - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                if run.over.done():
                    break  # it ended early, with an error
                run.post(event, due)
            await run.wait()
        return self._done(run, since)

    def request(self, update: Update) -> bytes:
        """Return the POST of an update."""
        return b"%b%d\r\n\r\n%b" % (self._head, len(update.body), update.body)

    @staticmethod
    def said(_chat: int, piece: Piece) -> int | None:
        """Return the chat that an answer holds a message for."""
        said = parameters(piece)
        return int(said["chat_id"]) if said.get("method") == "sendMessage" else None

    def _event(self, update: Update) -> _Event:
        return _Event(update.chat, self.request(update))

    @asynccontextmanager
    async def _connected(self, run: _Run, connections: int) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        wires: list[_LoadWire] = []
        try:
            for _ in range(connections):
                _, wire = await loop.create_connection(lambda: _LoadWire(run), HOST, self._port)
                wires.append(wire)
                run.free(wire)
            self._api.listener = run.told
            yield
        finally:
            self._api.listener = None
            for wire in wires:
                wire.transport.close()

    def _done(self, run: _Run, since: float) -> Done:
        surplus = run.surplus + self._api.unasked
        if surplus:
            raise Unanswered(f"messages that no event asked for: {surplus.most_common(5)}")
        latencies = tuple(run.latencies)
        return Done(len(latencies), run.ended - since, latencies, dict(run.refused))
