"""To whom a broadcast goes, who may send it there, and when a second person must agree. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.rights import Reach

WIDE_UNITS = 4
"""So many units at once are as good as the city: there are eleven towns."""
DAYS_MAX = 200
CODE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
NUMBER = re.compile(r"[1-9]\d{0,9}", re.ASCII)


class To(StrEnum):
    """The ways to choose people."""

    ALL = "all"
    UNITS = "units"
    LIVE = "live"  # who booked a livestream
    IDLE = "idle"  # nothing done for so many days
    NEVER = "never"  # never checked in


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a broadcast goes to: units by their codes, a livestream by its number, or days."""

    to: To
    units: tuple[str, ...] = ()
    number: int = 0

    def __str__(self) -> str:
        """Return it as it is stored: the same people are always written the same way."""
        match self.to:
            case To.UNITS:
                return f"{self.to}:{','.join(sorted(set(self.units)))}"
            case To.LIVE | To.IDLE:
                return f"{self.to}:{self.number}"
            case To.ALL | To.NEVER:
                return str(self.to)

    @property
    def wide(self) -> bool:
        """Say whether it spans the city, so that one person alone may not speak to it.

        Who booked a livestream asked to hear of it; that is no more than one class.
        """
        if self.to is To.UNITS:
            return len(set(self.units)) >= WIDE_UNITS
        return self.to is not To.LIVE


def read(text: str) -> Audience | None:
    """Read what was stored, or came with a button; None if it is no audience."""
    head, _, rest = text.partition(":")
    match head:
        case To.ALL | To.NEVER if not rest:
            return Audience(To(head))
        case To.UNITS:
            codes = tuple(code for code in rest.split(",") if CODE.fullmatch(code))
            return Audience(To.UNITS, units=codes) if codes else None
        case To.LIVE | To.IDLE if NUMBER.fullmatch(rest):
            number = int(rest)
            if head == To.IDLE and number > DAYS_MAX:
                return None
            return Audience(To(head), number=number)
        case _:
            return None


def may(reach: Reach, audience: Audience, *, own: bool) -> bool:
    """Say whether somebody may speak to an audience: organisers to their own units and teams."""
    if own:
        return audience.to is To.UNITS and all(map(reach.covers, audience.units))
    return reach.everything


def turned(audience: Audience | None, unit: str) -> Audience | None:
    """Add a unit to the chosen ones, or take it out; None when none is left."""
    chosen = set(audience.units) if audience is not None and audience.to is To.UNITS else set()
    chosen ^= {unit}
    return Audience(To.UNITS, units=tuple(sorted(chosen))) if chosen else None


class Fate(StrEnum):
    """What became of a broadcast for one person, as its author is told."""

    DELIVERED = "delivered"
    BLOCKED = "blocked"
    UNREACHED = "unreached"  # never started the bot, or the account is gone
    QUOTA = "quota"
    OFF = "off"
    UNSURE = "unsure"
    FAILED = "failed"
    LATE = "late"
    STOPPED = "stopped"
    WAITING = "waiting"


UNKNOWN = re.compile("not found|deactivated|initiate|invalid", re.IGNORECASE)
_PLAIN = {
    "sent": Fate.DELIVERED,
    "uncertain": Fate.UNSURE,
    "failed": Fate.FAILED,
    "expired": Fate.LATE,
    "waiting": Fate.WAITING,
    "sending": Fate.WAITING,
}
_SKIPPED = {"budget": Fate.QUOTA, "stopped": Fate.STOPPED}


def fate(state: str, reason: str) -> Fate:
    """Tell what a delivery's state and reason mean to the author."""
    if state == "gone":
        return Fate.UNREACHED if UNKNOWN.search(reason) else Fate.BLOCKED
    if state == "skipped":
        return _SKIPPED.get(reason, Fate.OFF)
    return _PLAIN[state]


def tally(outcomes: Mapping[tuple[str, str], int], *, switched_off: int) -> dict[Fate, int]:
    """Add up what became of everybody; who had switched the kind off never had a delivery."""
    found = {Fate.OFF: switched_off} if switched_off else {}
    for (state, reason), count in outcomes.items():
        met = fate(state, reason)
        found[met] = found.get(met, 0) + count
    return found
