"""What a running process does beside answering: follow the clock, note its pulse, tidy up."""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path

from bot import rounds
from bot.cabinet import Cabinet
from bot.campaign import Campaign
from bot.clock import Clock, RehearsalClock
from bot.erasures import Noting
from bot.rules import calendar
from bot.settings import StartError
from bot.till import Till
from storage import (
    bells,
    broadcasts,
    candidates,
    cases,
    corrections,
    deployment,
    disputes,
    erasure,
    experiences,
    failures,
    group_messages,
    handled,
    jobs,
    links,
    notes,
    offers,
    outages,
    papercards,
    places,
    proposals,
    pushes,
    roles,
    rolls,
    sends,
    summaries,
    uploads,
    vouchers,
)
from storage.db import Database, Db, Unavailable

log = logging.getLogger(__name__)

CLOCK_SECONDS = 1
PULSE_SECONDS = 60
ANSWERS_KEPT = timedelta(days=2)
DELIVERIES_KEPT = timedelta(days=90)
BELLS_KEPT = timedelta(days=2)
FAILURES_KEPT = timedelta(days=90)
BROADCASTS_KEPT = timedelta(days=30)
FILES_KEPT = timedelta(days=1)
DRAFTS_KEPT = timedelta(days=1)
CASES_KEPT = timedelta(days=7)
SWEEP_SECONDS = 3600
NOTE_SECONDS = 5
CLOSING_SECONDS = 2
ROLLS_KEPT = timedelta(days=90)
CARDS_KEPT = timedelta(days=90)


class Upkeep:
    """The small tasks of one process. `run` repeats them until cancelled."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        till: Till,
        *,
        campaign: Campaign,
        campaign_id: int,
        folder: Path,
    ) -> None:
        self._database = database
        self._clock = clock
        self._campaign = campaign
        self._campaign_id = campaign_id
        self._till = till
        self._folder = folder
        self._noting = Noting(database, folder)

    async def run(self) -> None:
        """Repeat everything at its pace."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(rounds.repeat(self.pulse, PULSE_SECONDS, name="pulse"))
            tasks.create_task(rounds.repeat(self.sweep, SWEEP_SECONDS, name="sweep"))
            tasks.create_task(rounds.repeat(self.note, NOTE_SECONDS, name="erasures"))
            if isinstance(self._clock, RehearsalClock):
                following = rounds.repeat(self.follow_clock, CLOCK_SECONDS, name="follow_clock")
                tasks.create_task(following)

    async def note(self) -> None:
        """Keep the list of erasures up, which a restored backup is held against."""
        await self._noting.note()

    async def close(self) -> None:
        """Note the last erasures; what cannot be noted now is noted at the next start."""
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self.note()
        except (Unavailable, OSError, StartError):  # a timeout is an OSError
            log.info("the list of erasures could not be brought up to date")

    async def follow_clock(self) -> None:
        """Take over the rehearsal's time from the database, where any process may move it.

        It waits for whoever is moving it: reading beside them would bring the old time back.
        """
        async with self._database.transaction() as db:
            offset = await deployment.settled_offset(db)
            if offset is not None and isinstance(self._clock, RehearsalClock):
                self._clock.offset = offset

    async def pulse(self) -> None:
        """Note that the bot is there; if it was away, mark the days for the streaks; tidy up."""
        now = self._clock.now()
        async with self._database.transaction() as db:
            seen = await deployment.fact(db, deployment.SEEN)
            if seen and not isinstance(self._clock, RehearsalClock):  # a leap is no outage
                gone = datetime.fromisoformat(seen)
                for day in calendar.outage_days(gone, now, self._campaign.zone):
                    await outages.mark(db, self._campaign_id, day)
            await deployment.put(db, deployment.SEEN, now.isoformat())
            self._till.outages = await outages.days(db, self._campaign_id)
            await self._tidy(db, now)

    async def _tidy(self, db: Db, now: datetime) -> None:
        """Forget what has been kept long enough."""
        system = self._clock.system()
        await handled.purge(db, system - ANSWERS_KEPT)
        await failures.purge(db, system - FAILURES_KEPT)
        await pushes.purge(db, system - DELIVERIES_KEPT)
        await offers.purge(db, system)
        await sends.purge(db, system)
        await roles.purge(db, system)
        await vouchers.purge(db, system - vouchers.TRIES_WITHIN)
        await links.purge(db, system)
        await group_messages.purge(db, system - DELIVERIES_KEPT)
        await bells.purge(db, system - BELLS_KEPT)
        await broadcasts.purge(db, now - BROADCASTS_KEPT)
        await jobs.purge(db, system - FILES_KEPT)
        await uploads.purge(db, system - FILES_KEPT)
        await corrections.purge(db, system - DRAFTS_KEPT)
        await disputes.purge(db, now - DRAFTS_KEPT)
        await proposals.purge(db, now - DRAFTS_KEPT)
        await notes.purge(db, now - DRAFTS_KEPT)
        await experiences.purge(db, now - DRAFTS_KEPT)
        await candidates.purge(db)
        await places.purge(db)
        await rolls.purge(db, self._campaign.day(now) - ROLLS_KEPT)
        if self._campaign.day(now - CARDS_KEPT) >= self._campaign.until:
            await papercards.purge(db, self._campaign_id)
        if self._campaign.day(now) >= self._campaign.until:
            await erasure.forget_for_good(db)

    async def sweep(self) -> None:
        """Throw files away that nothing names any more; the youngest may be about to be named."""
        async with self._database.transaction() as db:
            await cases.purge(db, self._clock.now() - CASES_KEPT)
            folder = await deployment.fact(db, deployment.FILES)
            named = await cases.hashes(db) | await summaries.hashes(db)
        if folder is not None:
            before = self._clock.system() - FILES_KEPT
            await asyncio.to_thread(Cabinet(self._folder, folder).sweep, named, before)
