"""Slow work beside the answering: claimed by lease, done in a child process, told when done.

A file that somebody sent is fetched here, as the child speaks to no platform, and kept in the
database before the child begins: whatever is killed then finds it there.

There are two lanes, each with one child at a time: what takes minutes, as a selection or an archive
does, holds up nobody who waits for a small thing.
"""

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot import clerk, rounds, work
from bot.clock import Clock
from bot.feature import Feature
from bot.messages import NoFile, Reply
from bot.slow import Fetch
from bot.work import Source
from storage import jobs, uploads
from storage.citizens import Account
from storage.db import Database, Unavailable
from storage.jobs import EVERY, Done, Job, Lane

log = logging.getLogger(__name__)

LOOK_SECONDS = 1
LEASE = timedelta(minutes=10)
CHILD_SECONDS_MAX = 540  # less than the lease
FETCHED_WITHIN = timedelta(hours=1)
Tell = Callable[[Account, Reply], Awaitable[None]]
"""Tells somebody, best effort; what is told can be asked for again."""


class ChildFault(Exception):  # noqa: N818 - it says whose fault
    """The child process failed; the text is what it said last."""


class Jobs:
    """Works off what was asked for, a piece per lane at a time. `run` goes on until cancelled."""

    def __init__(
        self,
        features: Sequence[Feature],
        database: Database,
        clock: Clock,
        *,
        source: Source,
        tell: Tell,
        fetch: Fetch,
    ) -> None:
        """Take what the work needs; `source` is what the child is told."""
        self._told = {slow.kind: slow for feature in features for slow in feature.slow}
        heavy = frozenset(slow.kind for slow in self._told.values() if slow.heavy)
        self._lanes = {"quick": Lane(heavy), "heavy": Lane(heavy, others=False)}
        self._database = database
        self._clock = clock
        self._source = source
        self._tell = tell
        self.fetch = fetch

    async def run(self) -> None:
        """Look for work each second, in both lanes."""
        async with asyncio.TaskGroup() as lanes:
            for name, lane in self._lanes.items():
                step = partial(self.work_off_one, lane)
                lanes.create_task(rounds.repeat(step, LOOK_SECONDS, name=f"{name} slow work"))

    async def work_off_one(self, lane: Lane = EVERY) -> bool:
        """Do the next piece of work of a lane, if there is one, and say whether there was."""
        now = self._clock.system()
        async with self._database.reading() as db:
            if not await jobs.is_any_free(db, now, lane):
                return False  # most often, and no writer had to wait for us
        async with self._database.transaction() as db:
            job = await jobs.claim(db, now=now, until=now + LEASE, lane=lane)
        if job is None:
            return False
        if job.tries > jobs.TRIES_MAX:  # whoever tried it died of it, each time
            await self._give_back(job)
            return True
        try:
            await self._fetch_file(job)
            done = await self._in_a_child(job)
        except Unavailable:
            raise
        except NoFile as fault:
            await self._wait_for_file(job, fault)
            return True
        except Exception:
            log.exception("job %s (%s) went wrong, try %s", job.id, job.kind, job.tries)
            await self._give_back(job)
            return True
        async with self._database.transaction() as db:
            await jobs.finish(db, job.id, done, at=self._clock.system())
        finished = replace(job, state=jobs.DONE, progress=100, result=done.result)
        await self._say(job, self._told[job.kind].ready(finished))
        return True

    async def _say(self, job: Job, reply: Reply) -> None:
        """Tell whoever asked, in the language they asked in."""
        spoken = replace(reply, language=job.params.get("language"))
        await self._tell(Account(job.channel, job.sender), spoken)

    async def _fetch_file(self, job: Job) -> None:
        """Bring the file that a piece of work is about here, unless it is."""
        number = job.params.get(clerk.UPLOAD)
        if number is None:
            return
        async with self._database.reading() as db:
            upload = await uploads.of(db, number)
        if upload is None or upload.here:
            return
        content = await self.fetch(upload.channel, upload.ref)
        async with self._database.transaction() as db:
            await uploads.keep(db, upload.id, content)

    async def _wait_for_file(self, job: Job, fault: NoFile) -> None:
        """Try again a little later, or give up and say why."""
        now = self._clock.system()
        async with self._database.transaction() as db:
            upload = await uploads.of(db, job.params[clerk.UPLOAD])
            if fault.seconds and upload and now - upload.received_at < FETCHED_WITHIN:
                await jobs.postpone(db, job.id, now + timedelta(seconds=fault.seconds))
                return
            await jobs.fail(db, job.id, at=now)
        log.warning("job %s (%s): %s", job.id, job.kind, fault)
        await self._say(job, Reply(fault.phrase.key, fault.phrase.params))

    async def _in_a_child(self, job: Job) -> Done:
        """Do the work in a process of its own: its memory and its crashes are not ours."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", work.__name__), stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        try:
            asked = work.ask(self._source, job)
            async with asyncio.timeout(CHILD_SECONDS_MAX):
                answer, errors = await child.communicate(asked)
        finally:
            if child.returncode is None:  # it hangs, or we are to end and do not wait for it
                child.kill()
                await child.wait()
        if child.returncode == work.AWAY:
            raise Unavailable("in a child")
        if child.returncode:
            raise ChildFault(errors.decode(errors="replace"))
        return work.answered(answer)

    async def _give_back(self, job: Job) -> None:
        async with self._database.transaction() as db:
            failed = await jobs.give_back(db, job, at=self._clock.system())
        if failed:
            await self._say(job, Reply(self._told[job.kind].failed))
