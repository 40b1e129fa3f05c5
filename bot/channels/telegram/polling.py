"""Updates by polling, at least once: one is confirmed only when it and all before are finished.

A crash makes Telegram send what was not confirmed again; what is in flight and comes again is
skipped. Telegram lets one program poll: of several processes it is the one that leads.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from telegram.error import InvalidToken, NetworkError, TelegramError

from bot.channels.telegram.api import READ_SECONDS
from bot.channels.telegram.channel import WANTED, Telegram, backoff
from bot.channels.telegram.talk import Heard, Me, hear, parsed

IN_FLIGHT_MAX = 100
CONFIRM_SECONDS = 5.0

log = logging.getLogger(__name__)


class Polling:
    """Takes updates for ever and has each answered, one person's in their order."""

    def __init__(self, telegram: Telegram, leads: Callable[[], bool] = lambda: True) -> None:
        """Take also what says whether this process is the one to poll."""
        self._telegram = telegram
        self._leads = leads
        self._waits = telegram.waits
        self._unfinished: set[int] = set()
        self._finished: set[int] = set()  # and not yet confirmed
        self._lanes: dict[str, deque[tuple[int, Heard]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._poller: asyncio.Task[None] | None = None
        self._progress = asyncio.Event()
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Take updates until `close` is called, or Telegram refuses the token."""
        if self._closing.is_set():
            return
        try:
            async with self._telegram.api:
                async with asyncio.TaskGroup() as tasks:
                    self._poller = tasks.create_task(self._poll(tasks))
                if self._closing.is_set():
                    await self._confirm()
        finally:
            self._ended.set()

    async def close(self) -> None:
        """Take nothing new, let what is in flight finish, confirm it, and close the connections."""
        self._closing.set()
        if self._poller is None:
            return
        self._poller.cancel()
        try:
            async with asyncio.timeout(self._waits.closing):
                await self._ended.wait()
        except TimeoutError:
            for worker in self._workers:
                worker.cancel()
            await self._ended.wait()

    async def _confirm(self) -> None:
        offset = self._offset()
        if offset is None or not self._leads() or self._telegram.state.startswith("refused"):
            return
        asked = {"offset": offset, "limit": 1, "timeout": 0, "allowed_updates": WANTED}
        try:
            await self._telegram.api.call("getUpdates", asked, read_seconds=CONFIRM_SECONDS)
        except TelegramError as error:
            log.info("telegram: the last updates will come again: %s", error)

    async def _poll(self, tasks: asyncio.TaskGroup) -> None:
        try:
            me = await self._telegram.start(self._unhook)
            while True:
                if self._leads():
                    await self._round(me, tasks)
                else:
                    await self._stand_by()
        except InvalidToken as error:
            self._telegram.refused(f"the token is refused: {error}")

    async def _unhook(self) -> None:
        await self._telegram.api.call("deleteWebhook", {"drop_pending_updates": False})

    def _offset(self) -> int | None:
        """Return the lowest unfinished update, or what confirms all that are finished.

        None once all is confirmed: after a quiet week ids begin anywhere, also lower.
        """
        if self._unfinished:
            return min(self._unfinished)
        return max(self._finished) + 1 if self._finished else None

    async def _stand_by(self) -> None:
        """Let another process poll; how far it confirms is not ours to know any more."""
        self._finished.clear()
        self._progress.clear()
        await self._breathe()

    async def _round(self, me: Me, tasks: asyncio.TaskGroup) -> None:
        """Ask for updates once and start what is new."""
        clock = asyncio.get_running_loop()
        began, offset = clock.time(), self._offset()
        self._progress.clear()
        asked = {"limit": 100, "timeout": self._waits.poll, "allowed_updates": WANTED}
        try:
            answer = await self._telegram.api.call(
                "getUpdates",
                asked if offset is None else asked | {"offset": offset},
                read_seconds=self._waits.poll + READ_SECONDS,
            )
            if not isinstance(answer, list):
                raise NetworkError("the answer holds no list of updates")
        except InvalidToken:
            raise
        except TelegramError as error:
            if self._leads():  # else it is the new leader's poll that ended ours
                await self._telegram.away(error)
            return
        self._telegram.up()
        if not self._leads():
            return  # frozen meanwhile: these are the new leader's
        self._finished = {number for number in self._finished if number >= (offset or 0)}
        fresh = [raw for raw in answer if self._take(raw, me, tasks)]
        if self._unfinished or (not fresh and clock.time() - began < self._waits.breath):
            await self._breathe()

    async def _breathe(self) -> None:
        """Wait until something finishes, but not long: others may have written meanwhile."""
        try:
            async with asyncio.timeout(self._waits.breath):
                await self._progress.wait()
        except TimeoutError:
            pass

    def _take(self, raw: object, me: Me, tasks: asyncio.TaskGroup) -> bool:
        """Start an update that is new; say whether it was."""
        number = raw.get("update_id") if isinstance(raw, dict) else None
        if type(number) is not int:
            log.warning("telegram: an update without a number")
            return False
        if number in self._unfinished or number in self._finished:
            return False
        if len(self._unfinished) >= IN_FLIGHT_MAX:
            return False  # it comes again
        update = parsed(raw)
        heard = hear(update, me) if update is not None else None
        if heard is None:
            log.debug("telegram: update %s is not for us", number)
            self._finished.add(number)
            return True
        self._unfinished.add(number)
        sender = heard.incoming.sender
        lane = self._lanes.get(sender)
        if lane is None:
            lane = self._lanes[sender] = deque()
            worker = tasks.create_task(self._serve(sender, lane))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        lane.append((number, heard))
        return True

    async def _serve(self, sender: str, lane: deque[tuple[int, Heard]]) -> None:
        """Answer one person's updates in their order."""
        while lane:
            number, heard = lane[0]
            try:
                await self._answer(heard)
            except self._telegram.unavailable:
                break  # closing: this one and those behind it stay with Telegram
            except Exception:
                log.exception("telegram: update %s was not answered", number)
            lane.popleft()
            self._unfinished.discard(number)
            self._finished.add(number)
            self._progress.set()
        del self._lanes[sender]

    async def _answer(self, heard: Heard) -> None:
        delays = backoff(0.2, 5.0)
        while True:
            try:
                await self._telegram.answer(heard)
            except self._telegram.unavailable as error:
                if self._closing.is_set():
                    raise
                number, reason = heard.incoming.update, type(error).__name__
                log.info("telegram: update %s waits: %s", number, reason)
            else:
                return
            await self._waits.pause(next(delays))
