"""Whether this process leads: of several, one rings the bells and delivers.

The right is a lease in the database. Besides, the process watches its own clock that never jumps:
frozen for a while, it knows on waking that it leads no more, before it does anything.
"""

import asyncio
import hashlib
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.campaign import Campaign
from bot.clock import Clock
from bot.metrics import Metrics
from storage import leases
from storage.db import Database, Db, Unavailable

LEASE = timedelta(seconds=15)
ALONE = "the only one"
RENEW_SECONDS = 4.0
MARGIN_SECONDS = 4.0  # our own deadline lies so much before the lease's

log = logging.getLogger(__name__)


class Leader:
    """Holds the lease for as long as it can. `run` goes on until cancelled."""

    def __init__(
        self, database: Database, clock: Callable[[], float], *, alone: bool = False
    ) -> None:
        """Take a clock in seconds that never goes back; `alone` says that no other can serve."""
        self._database = database
        self._clock = clock
        # SQLite has one serving process, kept by a lock on its file: the next one leads at once.
        self._machine = _machine()
        own = f"{self._machine}:{os.getpid()}:{secrets.token_hex(4)}"
        self.holder = ALONE if alone else own
        """How the lease names this process."""
        self._term: int | None = None
        self._deadline = 0.0

    @property
    def term(self) -> int | None:
        """Return the term in which this process leads, None if it does not, or may not any more."""
        return self._term if self._clock() < self._deadline else None

    async def run(self) -> None:
        """Take the lease and renew it."""
        while True:
            await self.renew()
            await asyncio.sleep(RENEW_SECONDS)

    async def renew(self) -> None:
        """Take or renew the lease once."""
        asked_at, led = self._clock(), self.term
        try:
            async with self._database.transaction() as db:
                dead = None if led else await self._dead_leader(db)
                self._term = await leases.take(
                    db, leases.LEADER, self.holder, span=LEASE, dead=dead
                )
        except Unavailable:
            log.warning("the database is away; who leads is open")
            return
        except Exception:  # whatever it is, it does not end the bot
            log.exception("the lease could not be renewed")
            return
        if self._term is not None:
            self._deadline = asked_at + LEASE.total_seconds() - MARGIN_SECONDS
        if self._term != led:
            level = logging.DEBUG if self.holder == ALONE else logging.INFO
            log.log(level, "this process %s", "does not lead" if self._term is None else "leads")

    async def _dead_leader(self, db: Db) -> str | None:
        """Return who led, if that was a process of this machine that lives no more.

        Killed and started again, we need not wait for the end of our own lease.
        """
        holder = await leases.holder(db, leases.LEADER) or ""
        machine, _, process = holder.partition(":")
        pid = process.partition(":")[0]
        if not self._machine or machine != self._machine or not pid.isdecimal():
            return None
        return None if _lives(int(pid)) else holder

    async def resign(self) -> None:
        """Let the lease go, so that another process need not wait for its end."""
        self._deadline = 0.0
        try:
            async with self._database.transaction() as db:
                await leases.give_up(db, leases.LEADER, self.holder)
        except Unavailable:
            log.info("the database is away; the lease runs out by itself")


def _machine() -> str:
    """Name where a process number means a process: this start of this machine, or container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""  # then nobody is taken for dead
    return hashlib.sha256(f"{boot}{space}".encode()).hexdigest()[:16]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass(frozen=True, slots=True)
class Watch:
    """What only the leading process does, it does with these."""

    campaign: Campaign
    campaign_id: int
    database: Database
    clock: Clock
    leader: Leader
    secret: bytes
    metrics: Metrics = field(default_factory=Metrics)
