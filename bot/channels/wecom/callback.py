"""Callbacks: WeCom posts each message, and waits five seconds, three times in all.

An answer, even an empty one, says that the effect is durable. While it is not, the connection is
closed without one, because only that makes WeCom try again.
"""

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.channels.wecom.channel import WeCom
from bot.channels.wecom.crypto import Envelope, Forged, Stamp
from bot.channels.wecom.hear import Heard, hear, sealed_in
from bot.channels.wecom.show import Card, Header, Said, passive, wrapped
from bot.messages import Rendered

OK, FORBIDDEN = 200, 403
WINDOW_SECONDS = 600.0
POSTS_MAX = 3  # WeCom sends one letter so often at most
SEEN_MAX, TURNS_MAX = 200_000, 20_000
SALT_BYTES, NONCE_BYTES = 16, 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a callback is answered with."""

    status: int
    body: bytes = b""


EMPTY, REFUSED = Answer(OK), Answer(FORBIDDEN)


@dataclass(slots=True)
class Turn:
    """One message being answered, or answered just now."""

    done: "asyncio.Future[Said | Card | None]"
    """What stands in the answer, if anything."""
    arrived: float
    """When it came last."""
    waiting: int = 0
    durable: bool = False
    ended: float | None = None


@dataclass(slots=True)
class Seen:
    """The letters of the last minutes, and how often each came."""

    clock: Callable[[], float]
    _letters: "OrderedDict[str, tuple[float, int]]" = field(default_factory=OrderedDict)

    def is_too_many(self, signature: str) -> bool:
        """Count a letter that is signed well; say whether it came more often than WeCom sends."""
        now = self.clock()
        while self._letters and (
            len(self._letters) >= SEEN_MAX
            or next(iter(self._letters.values()))[0] < now - 2 * WINDOW_SECONDS
        ):
            self._letters.popitem(last=False)
        first, count = self._letters.get(signature, (now, 0))
        self._letters[signature] = (first, count + 1)
        return count >= POSTS_MAX


class Callback:
    """Answers callbacks. Several processes behind one address may do so side by side."""

    def __init__(self, wecom: WeCom, envelope: Envelope, clock: Callable[[], float]) -> None:
        """Take the envelope with the callback's keys, and the system's clock in seconds."""
        self._wecom = wecom
        self._envelope = envelope
        self._clock = clock
        self._seen = Seen(clock)
        self._turns: OrderedDict[str, Turn] = OrderedDict()
        self._tasks = asyncio.TaskGroup()
        self._busy: set[asyncio.Future[Said | Card | None]] = set()

    async def run(self) -> None:
        """Look after the app until cancelled."""
        async with self._tasks:
            await self._wecom.run()

    async def close(self) -> None:
        """Let what is in flight finish, but not for ever, and write what numbers stand for."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._wecom.waits.closing)
        await self._wecom.offers.flush()
        await self._wecom.limits.share()

    def verify(self, query: Mapping[str, str]) -> Answer:
        """Answer the check of the address with what the sealed sign says, and nothing else."""
        sealed = query.get("echostr", "").replace(" ", "+")
        try:
            return Answer(OK, self._opened(query, sealed))
        except Forged as error:
            log.info("wecom: a check of the address is refused: %s", error)
            return REFUSED

    def _opened(self, query: Mapping[str, str], sealed: str) -> bytes:
        stamp = Stamp(query.get("timestamp", ""), query.get("nonce", ""))
        signature = query.get("msg_signature", "")
        text = self._envelope.opened(signature, stamp, sealed)
        age = self._clock() - int(stamp.timestamp) if stamp.timestamp.isdecimal() else None
        if age is None or abs(age) > WINDOW_SECONDS:
            raise Forged("it is not of this time")
        if self._seen.is_too_many(signature):
            raise Forged("it came too often")
        return text

    async def receive(self, query: Mapping[str, str], body: bytes) -> Answer | None:
        """Answer one posted letter; None says that nothing is durable: close the connection."""
        sealed = sealed_in(body)
        try:
            letter = self._opened(query, sealed or "")
        except Forged as error:
            log.info("wecom: a callback is refused: %s", error)
            return REFUSED
        heard = hear(letter, self._wecom.api.corp.agent)
        if heard is None:
            log.debug("wecom: a callback is not for us")
            return EMPTY
        return await self._answered(heard)

    async def _answered(self, heard: Heard) -> Answer | None:
        turn = self._joined(heard)
        turn.waiting += 1
        try:
            async with asyncio.timeout(self._wecom.waits.close):
                said = await asyncio.shield(turn.done)
        except TimeoutError:
            if not turn.done.done():
                return EMPTY if turn.durable else None
            said = turn.done.result()
        except self._wecom.voice.unavailable:
            return None
        finally:
            turn.waiting -= 1
        return EMPTY if said is None else self._sealed(said, heard)

    def _joined(self, heard: Heard) -> Turn:
        """Begin to answer a message; one that came before waits for, or gets, the same answer."""
        now, name = time.monotonic(), heard.incoming.update
        self._forget(now)
        turn = self._turns.get(name)
        if turn is None:
            turn = self._turns[name] = Turn(asyncio.get_running_loop().create_future(), now)
            self._busy.add(turn.done)
            turn.done.add_done_callback(self._busy.discard)
            self._tasks.create_task(self._run(turn, heard))
        turn.arrived = now
        return turn

    def _forget(self, now: float) -> None:
        while self._turns:
            name, oldest = next(iter(self._turns.items()))
            old = oldest.ended is not None and oldest.ended < now - self._wecom.waits.kept
            if not old and len(self._turns) < TURNS_MAX:
                return
            del self._turns[name]

    async def _run(self, turn: Turn, heard: Heard) -> None:
        try:
            rendered = await self._handled(heard)
            turn.durable = True
            if rendered is not None:
                await self._say(turn, rendered, heard)
            if not turn.done.done():
                turn.done.set_result(None)
        except self._wecom.voice.unavailable as error:
            log.info("wecom: a message was not stored: %s", type(error).__name__)
            self._turns.pop(heard.incoming.update, None)
            turn.done.set_exception(error)
            turn.done.exception()  # if nobody waits any more, nobody misses it
        except Exception:  # whatever it is, it does not end the channel
            log.exception("wecom: message %s failed", heard.incoming.update)
        finally:
            turn.ended = time.monotonic()
            turn.done.cancel()

    async def _handled(self, heard: Heard) -> Rendered | None:
        """Have a message handled; while the database is away, for as long as WeCom tries."""
        waits, voice = self._wecom.waits, self._wecom.voice
        for left in range(waits.tries, 0, -1):
            try:
                return await voice.handle(await self._wecom.understood(heard))
            except voice.unavailable:
                if left == 1:
                    raise
                await waits.pause(waits.again)
        return None

    async def _say(self, turn: Turn, rendered: Rendered, heard: Heard) -> None:
        plan = self._wecom.plan(rendered, heard.back)
        late = time.monotonic() - turn.arrived > self._wecom.waits.answer
        if late or not turn.waiting:
            await self._wecom.say_late(plan, heard.back)
            return
        if plan.passive is not None:
            turn.done.set_result(plan.passive)
        await self._wecom.say(heard.back.member, plan.sends)

    def _sealed(self, said: Said | Card, heard: Heard) -> Answer:
        at = int(self._clock())
        header = Header(heard.back.member, self._wecom.api.corp.id, at)
        sealed = self._envelope.sealed(passive(said, header), os.urandom(SALT_BYTES))
        stamp = Stamp(str(at), os.urandom(NONCE_BYTES).hex())
        return Answer(OK, wrapped(sealed, self._envelope.signature(stamp, sealed), stamp))
