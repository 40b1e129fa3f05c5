"""Rings the bells that features asked for, each slot once, in the leading process only.

APScheduler is the timer that wakes us each second, no more: what is due follows from the
campaign's time, which a rehearsal moves, and what has rung stands in `bell_runs`. A bell's work and
the note that it rang are one transaction.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.feature import Bell, Feature, Tick
from bot.leader import Watch
from bot.metrics import BELLS
from bot.rules import rhythm
from storage import bells
from storage.bells import Run
from storage.db import Db, Unavailable

LOOK_SECONDS = 1
LATE_FROM = timedelta(seconds=60)
TRIES_MAX = 3

log = logging.getLogger(__name__)


class Scheduler:
    """Looks each second whether a bell is due. `run` goes on until cancelled."""

    def __init__(self, features: Sequence[Feature], watch: Watch) -> None:
        self._bells = [bell for feature in features for bell in feature.bells]
        self._campaign = watch.campaign
        self._campaign_id = watch.campaign_id
        self._database = watch.database
        self._clock = watch.clock
        self._leader = watch.leader
        self._rung: dict[str, datetime] = {}  # each bell's last slot
        self._metrics = watch.metrics
        self._recalled = False
        self._failed: Counter[tuple[str, datetime]] = Counter()

    async def run(self) -> None:
        """Look whenever the timer says so.

        The timer only wakes: a look that runs inside it would, when we are told to end in the
        middle of a bell, be reported as a failure, and nobody would wait for its rollback.
        """
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        timer, wake = AsyncIOScheduler(timezone=UTC), asyncio.Event()
        timer.add_job(
            _ring_up,
            "interval",
            seconds=LOOK_SECONDS,
            misfire_grace_time=None,  # its default skips whatever comes a second late
            coalesce=True,
            max_instances=1,
            args=[wake],
        )
        timer.start()
        try:
            while await wake.wait():
                wake.clear()
                await self._look_on()
        finally:
            timer.shutdown(wait=False)

    async def _look_on(self) -> None:
        try:
            await self.look()
        except Exception:
            log.exception("a look at the bells failed; the next one is in a second")

    async def look(self) -> None:
        """Ring every bell that is due."""
        if self._leader.term is None or not await self._recall():
            return
        for bell in self._bells:
            if (term := self._leader.term) is None:
                return
            now = self._clock.now()
            slot = rhythm.newest(bell.rhythm(self._campaign), now, self._campaign.zone)
            if self._rung.get(bell.name) != slot:
                await self._ring(bell, slot, now, term=term)

    async def _recall(self) -> bool:
        """Read, once, what has rung here before; say whether it is known."""
        if not self._recalled:
            try:
                async with self._database.reading() as db:
                    self._rung = await bells.last_slots(db, self._campaign_id)
            except Unavailable:
                log.warning("the database is away; bells wait")
                return False
        self._recalled = True
        return True

    async def _ring(self, bell: Bell, slot: datetime, now: datetime, *, term: int) -> None:
        late = now - slot
        outcome = bells.LATE if late > LATE_FROM else bells.RUNG
        if bell.late_max is not None and late > bell.late_max:
            outcome = bells.SKIPPED if bell.name in self._rung else bells.BEFORE
        run = Run(bell.name, slot, outcome, int(late.total_seconds()), self._clock.system())
        try:
            await self._work_off(bell, run, now, term=term)
        except Unavailable:
            log.warning("the database is away; the bell %s waits", bell.name)
        except Exception:
            log.exception("the bell %s failed for %s", bell.name, slot)
            await self._give_up(bell, run, term=term)

    async def _work_off(self, bell: Bell, run: Run, now: datetime, *, term: int) -> None:
        found, rang = await self._looked(bell, run, now), False
        async with self._database.transaction() as db:
            if await bells.ring(db, self._campaign_id, run, term=term):
                if run.outcome == bells.SKIPPED:
                    log.warning("the bell %s is too late for %s", bell.name, run.slot)
                elif run.outcome != bells.BEFORE:
                    await bell.handler(self._tick(run, now, db=db, found=found))
                await bells.end(db, self._campaign_id, run, at=self._clock.system())
                rang = True
            elif self._leader.term != term:
                return  # not ours to ring any more
        if rang:
            self._metrics.count(BELLS, bell.name, run.outcome)
        self._rung[bell.name] = run.slot

    async def _looked(self, bell: Bell, run: Run, now: datetime) -> Any:
        """Read what the bell wants to know first, in a snapshot that holds up no writer."""
        if bell.look is None or run.outcome in {bells.SKIPPED, bells.BEFORE}:
            return None
        async with self._database.snapshot() as db:
            return await bell.look(self._tick(run, now, db=db))

    def _tick(self, run: Run, now: datetime, *, db: Db, found: Any = None) -> Tick:
        at = self._clock.system()
        return Tick(run.slot, now, at, self._campaign, self._campaign_id, db, found)

    async def _give_up(self, bell: Bell, run: Run, *, term: int) -> None:
        """List a slot whose work failed three times; what it wrote was taken back each time."""
        self._failed[bell.name, run.slot] += 1
        if self._failed[bell.name, run.slot] < TRIES_MAX:
            return
        failed = Run(bell.name, run.slot, bells.FAILED, run.late_seconds, run.began_at)
        try:
            async with self._database.transaction() as db:
                await bells.ring(db, self._campaign_id, failed, term=term)
        except Unavailable:
            return
        self._metrics.count(BELLS, bell.name, bells.FAILED)
        del self._failed[bell.name, run.slot]
        self._rung[bell.name] = run.slot


async def _ring_up(wake: asyncio.Event) -> None:
    """Wake whoever looks at the bells; a coroutine, so that the timer calls it in the loop."""
    wake.set()
