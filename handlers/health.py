"""Each night everything stored is looked over; the owners hear of whatever does not hold."""

import json
import logging
from collections.abc import Mapping
from datetime import time, timedelta

from bot.feature import Feature, Sending, Tick, say
from bot.messages import Lines, Phrase, Reply
from bot.operations import pushing
from bot.rules.rhythm import Daily
from storage import deployment, invariants

feature = Feature("health")

log = logging.getLogger(__name__)

AT = time(3, 30)
COMMAND = "shuxiang audit"
LATE_MAX = timedelta(hours=3)  # reading everything is not for a morning on which a city checks in


@feature.push("broken", switch="", urgency=1, audience=pushing.owners, duty=True)
async def broken(sending: Sending) -> Mapping[int, Reply]:
    """Name what does not hold, and the command that says by whom."""
    found: Mapping[str, int] = json.loads(sending.push.content)["broken"]
    lines = tuple(_line(name, count) for name, count in found.items())
    reply = say("health.broken", lines=Lines(lines), command=COMMAND)
    return dict.fromkeys(sending.citizens, reply)


def _line(name: str, count: int) -> Phrase:
    key = "health.line" if count < invariants.OFFENDERS_MAX else "health.line_many"
    return Phrase(key, {"name": name, "count": count})


async def look(tick: Tick) -> dict[str, int]:
    """Count, up to a limit, who breaks which invariant."""
    checked = invariants.check(tick.db, tick.campaign.zone)
    return {name: len(offenders) async for name, _, offenders in checked if offenders}


@feature.bell("nightly", lambda _campaign: Daily(AT), late_max=LATE_MAX, look=look)
async def nightly(tick: Tick) -> None:
    """Keep what was found for /readyz, and tell the owners if anything is broken."""
    found: dict[str, int] = tick.found
    kept = {"at": tick.system_now.isoformat(), "broken": sorted(found)}
    await deployment.put(tick.db, deployment.AUDITED, json.dumps(kept))
    if found:
        log.error("broken invariants, see `%s`: %s", COMMAND, ", ".join(sorted(found)))
        once = f"health:{tick.today}"
        until = tick.slot + timedelta(hours=24)
        await pushing.push(tick, broken, once=once, content={"broken": found}, expires_at=until)
