"""Each night everything stored is looked over; the owners hear of whatever does not hold."""

import json
import logging
from collections.abc import Mapping
from datetime import time, timedelta

from bot.feature import Feature, Sending, Tick, say
from bot.messages import Lines, Phrase, Reply
from bot.operations import pushing
from bot.rules import abroad
from bot.rules.rhythm import Daily
from storage import accounts, deployment, invariants

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


@feature.push("abroad", switch="", urgency=3, audience=pushing.owners, duty=True)
async def served(sending: Sending) -> Mapping[int, Reply]:
    """Tell, once a mark, how many people use a channel abroad, and what that asks for."""
    told = json.loads(sending.push.content)
    key = "health.abroad_young" if told["what"] == "young" else "health.abroad_people"
    reply = say(key, count=told["count"])
    return dict.fromkeys(sending.citizens, reply)


async def look(tick: Tick) -> tuple[dict[str, int], tuple[int, int]]:
    """Count, up to a limit, who breaks which invariant, and who is served abroad."""
    checked = invariants.check(tick.db, tick.campaign.zone)
    broken = {name: len(offenders) async for name, _, offenders in checked if offenders}
    channels = await deployment.fact(tick.db, deployment.ABROAD) or ""
    return broken, await accounts.count_on(tick.db, channels.split(","))


@feature.bell("nightly", lambda _campaign: Daily(AT), late_max=LATE_MAX, look=look)
async def nightly(tick: Tick) -> None:
    """Keep what was found for /readyz, and tell the owners if anything is broken."""
    found: dict[str, int]
    found, (people, young) = tick.found
    kept = {"at": tick.system_now.isoformat(), "broken": sorted(found)}
    await deployment.put(tick.db, deployment.AUDITED, json.dumps(kept))
    if found:
        log.error("broken invariants, see `%s`: %s", COMMAND, ", ".join(sorted(found)))
        once = f"health:{tick.today}"
        until = tick.slot + timedelta(hours=24)
        await pushing.push(tick, broken, once=once, content={"broken": found}, expires_at=until)
    for what, count, marks in (("people", people, abroad.PEOPLE), ("young", young, abroad.YOUNG)):
        if mark := abroad.reached(count, marks):
            content = {"what": what, "count": count}
            await pushing.push(tick, served, once=f"abroad:{what}:{mark}", content=content)
