"""What holds a push back: a hand, its author's lost right, or that it fails too often."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.feature import Kind
from bot.leader import Watch
from storage import halts, pushes
from storage.db import Db
from storage.pushes import Push, Settled

WATCHED_FIRST, FAILED_MAX = 200, 2  # more than one in a hundred of a push's first: pause it
ASKED_SECONDS = 1.0  # how old an answer may be while a batch is on its way

log = logging.getLogger(__name__)


class Restraint:
    """Asks, before each batch and at least each second, whether a push may still go out."""

    def __init__(
        self, kinds: Mapping[str, Kind], watch: Watch, *, monotonic: Callable[[], float]
    ) -> None:
        """Take also a clock in seconds that never goes back."""
        self._kinds = kinds
        self._database = watch.database
        self._campaign_id = watch.campaign_id
        self._clock = watch.clock
        self._monotonic = monotonic
        self._asked_at = float("-inf")
        self._held: Collection[int] = frozenset()

    def _guarded(self, push: Push) -> bool:
        kind = self._kinds.get(push.kind)
        return kind is not None and kind.allowed is not None

    async def ask(self, db: Db, asked: Collection[Push]) -> Collection[int]:
        """Return which of these pushes may not go out now.

        One whose author may not send it any more is stopped for good.
        """
        self._asked_at = self._monotonic()
        mine = {push.id: push for push in asked if self._guarded(push)}
        if not mine:
            return self._kept(set())
        states = await halts.states(db, mine)
        held = {push for push in mine if states.get(push) not in halts.ON}
        lost = []
        for push in mine.values():
            allowed = self._kinds[push.kind].allowed
            if push.id not in held and allowed is not None and not await allowed(db, push):
                lost.append(push.id)
        for number in lost:
            async with self._database.transaction() as writing:
                await halts.stop(writing, number)
            log.warning("push %s is stopped: its author may not send it any more", number)
        return self._kept(held | set(lost))

    def _kept(self, held: set[int]) -> Collection[int]:
        self._held = frozenset(held)
        return self._held

    async def holds(self, push: Push, batch: Collection[Push]) -> bool:
        """Say whether a push of the batch that is on its way may not go on."""
        if not self._guarded(push):
            return False
        if self._monotonic() >= self._asked_at + ASKED_SECONDS:
            async with self._database.reading() as db:
                await self.ask(db, batch)
        return push.id in self._held

    async def watch(self, db: Db, settled: Sequence[Settled], *, batch: int) -> None:
        """Pause a push that fails for more than one in a hundred of its first receivers."""
        for push in {one.push for one in settled if one.state == pushes.FAILED}:
            counts = await pushes.counts(db, push)
            done = sum(counts.values()) - counts.get(pushes.WAITING, 0)
            if done > WATCHED_FIRST + batch or counts.get(pushes.FAILED, 0) <= FAILED_MAX:
                continue
            if await halts.trip(db, push):
                log.error("push %s is paused: it fails too often", push)

    async def clear(self) -> bool:
        """Settle some of what a stopped push leaves waiting; say whether there was such a push."""
        async with self._database.reading() as db:
            push = await halts.stopped(db, self._campaign_id)
        if push is None:
            return False
        async with self._database.transaction() as db:
            await halts.clear(db, push, at=self._clock.system())
        return True
