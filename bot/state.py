"""What a process tells of itself: whether it can serve, and how it fares."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import metrics
from bot.leader import Watch
from bot.metrics import Sample
from bot.settings import Settings
from bot.till import Till
from storage import bells, deployment, jobs, pushes
from storage.db import Unavailable

READY_SECONDS_MAX = 4
BELLS_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class State:
    """Answers `/readyz` and `/metrics`; `channels` say how each platform's channel stands."""

    settings: Settings
    watch: Watch
    till: Till
    channels: Mapping[str, Callable[[], str]]

    async def ready(self) -> Mapping[str, Any]:
        """Return whether the process can serve, and why not."""
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                migrated = await self.watch.database.migrated()
            database = (self.watch.database.refuses or "up") if migrated else "not migrated"
        except (Unavailable, TimeoutError):
            database = "away"
        channels = {name: stands() for name, stands in self.channels.items()}
        return {
            "ready": all(state == "up" for state in (database, *channels.values())),
            "database": database,
            "channels": {"web": self.settings.chat, **channels},
            "leader": self.watch.leader.term is not None,
            "bells": await self._troubled_bells() if database == "up" else None,
            "audit": await self._audited() if database == "up" else None,
            "campaign": self.watch.campaign.campaign.id,
            "campaign_time": self.watch.clock.now().isoformat(),
            "rehearsal": self.settings.rehearses,
        }

    async def _troubled_bells(self) -> list[str] | None:
        """Say which bells were late, skipped or failed of late; None while the database is away."""
        try:
            async with asyncio.timeout(READY_SECONDS_MAX), self.watch.database.reading() as db:
                runs = await bells.troubled(db, self.watch.campaign_id, BELLS_SHOWN_MAX)
        except (Unavailable, TimeoutError):
            return None
        return [f"{run.bell} {run.slot.isoformat()} {run.outcome}" for run in runs]

    async def _audited(self) -> Any:
        """Say when the invariants were last checked by night, and which were broken."""
        try:
            async with asyncio.timeout(READY_SECONDS_MAX), self.watch.database.reading() as db:
                kept = await deployment.fact(db, deployment.AUDITED)
        except (Unavailable, TimeoutError):
            return None
        return None if kept is None else json.loads(kept)

    async def metrics(self) -> str:
        """Return what was counted since the start, and how long the queues are now."""
        return self.watch.metrics.text([*self._here(), *await self._stored()])

    def _here(self) -> Iterator[Sample]:
        yield metrics.AWAY, (), self.watch.database.away_seconds
        yield metrics.LEADS, (), float(self.watch.leader.term is not None)
        yield metrics.QUEUES, ("till",), float(self.till.waiting)

    async def _stored(self) -> list[Sample]:
        """Ask the database; while it is away, the rest is told without it."""
        try:
            async with asyncio.timeout(READY_SECONDS_MAX), self.watch.database.reading() as db:
                waiting = await pushes.count_waiting(db)
                asked = await jobs.count_waiting(db)
                due, since = await pushes.oldest_due(db), await jobs.oldest_waiting(db)
                late = await bells.lateness(db, self.watch.campaign_id)
                kept = await deployment.fact(db, deployment.AUDITED)
        except (Unavailable, TimeoutError):
            return []
        found: list[Sample] = [
            (metrics.QUEUES, ("deliveries",), waiting),
            (metrics.QUEUES, ("jobs",), asked),
            (metrics.AGES, ("deliveries",), _seconds(due, self.watch.clock.now())),
            (metrics.AGES, ("jobs",), _seconds(since, self.watch.clock.system())),
            *((metrics.LATENESS, (bell,), seconds) for bell, seconds in sorted(late.items())),
        ]
        if kept is not None:
            last = json.loads(kept)
            looked = datetime.fromisoformat(last["at"])
            found.append((metrics.BROKEN, (), len(last["broken"])))
            found.append((metrics.AUDIT_AGE, (), _seconds(looked, self.watch.clock.system())))
        return found


def _seconds(since: datetime | None, now: datetime) -> float:
    """Return for how long something has been so; 0 if it is not, or only will be."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
