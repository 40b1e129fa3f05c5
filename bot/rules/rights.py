"""Who may do what: one table of role, command and scope. Pure: facts in, decision out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeVar

Way = TypeVar("Way")


class Role(StrEnum):
    """What somebody is here beside a citizen."""

    OWNER = "owner"  # named in the settings
    STAFF = "staff"  # the organising college
    UNIT = "unit"  # organiser of a town, a bureau or a school
    TEAM = "team"  # organiser of one learning team


class Right(StrEnum):
    """A guarded command."""

    UNIT = "unit"
    BROADCASTS = "broadcasts"
    PROPOSALS = "proposals"
    REPORTS = "reports"
    AIRINGS = "airings"
    BIND = "bind"
    ROLL = "roll"
    EXPORT = "export"
    STATS = "stats"
    IMPORT = "import"
    REVIEW = "review"
    NOTES = "notes"
    COLLECT = "collect"
    ADJUST = "adjust"
    DISPUTES = "disputes"
    SELECTION = "selection"
    GRANT = "grant"
    GRANT_STAFF = "grant_staff"
    AUDIT = "audit"
    CLOCK = "clock"
    REWARDS = "rewards"
    VERIFY = "verify"
    CARDS = "cards"


class Scope(IntEnum):
    """On whom a right may be used."""

    NONE = 0
    OWN = 1  # the unit or team of the duty
    ALL = 2


class Duty(NamedTuple):
    """A role somebody holds; organisers hold it for a unit, by its code."""

    role: Role
    unit: str = ""


_OWNERS = {
    Role.TEAM: Scope.NONE,
    Role.UNIT: Scope.NONE,
    Role.STAFF: Scope.NONE,
    Role.OWNER: Scope.ALL,
}
_STAFF = {**_OWNERS, Role.STAFF: Scope.ALL}
_UNITS = {**_STAFF, Role.UNIT: Scope.OWN}
_ORGANISERS = {**_UNITS, Role.TEAM: Scope.OWN}

TABLE: Mapping[Right, Mapping[Role, Scope]] = {
    Right.UNIT: _ORGANISERS,
    Right.BROADCASTS: _ORGANISERS,
    Right.PROPOSALS: _ORGANISERS,
    Right.REPORTS: _UNITS,  # a team hands in none of its own
    Right.AIRINGS: _ORGANISERS,
    Right.BIND: _ORGANISERS,
    Right.ROLL: _ORGANISERS,
    Right.EXPORT: _ORGANISERS,
    Right.NOTES: _ORGANISERS,
    Right.STATS: _STAFF,
    Right.IMPORT: _STAFF,
    Right.REVIEW: _STAFF,
    Right.COLLECT: _STAFF,
    Right.ADJUST: _STAFF,
    Right.DISPUTES: _STAFF,
    Right.SELECTION: _STAFF,
    Right.GRANT: _STAFF,
    Right.AUDIT: _STAFF,
    Right.REWARDS: _STAFF,
    Right.VERIFY: _ORGANISERS,
    Right.CARDS: _ORGANISERS,
    # One staff member who could make a second one would be their own second person.
    Right.GRANT_STAFF: _OWNERS,
    Right.CLOCK: _OWNERS,
}


IN_GROUPS = frozenset({Right.BIND, Right.ROLL})
"""What is used before the eyes of a group; anything else is for the person alone."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a right goes: everywhere, or for some units and teams, by their codes."""

    everything: bool = False
    units: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything it may be used on."""
        return self.everything or bool(self.units)

    def covers(self, unit: str) -> bool:
        """Say whether it may be used on a unit or team."""
        return self.everything or unit in self.units

    def covers_all(self, units: Iterable[str] | None) -> bool:
        """Say whether it may be used on all of these; None is everything there is."""
        return self.everything or (units is not None and all(map(self.covers, units)))


def reach(duties: Iterable[Duty], right: Right) -> Reach:
    """Return how far somebody's duties let a right go."""
    row, units = TABLE[right], []
    for duty in duties:
        match row[duty.role]:
            case Scope.ALL:
                return Reach(everything=True)
            case Scope.OWN:
                units.append(duty.unit)
            case Scope.NONE:
                pass
    return Reach(units=tuple(dict.fromkeys(unit for unit in units if unit)))


def first(duties: Iterable[Duty], offered: Mapping[Right, Way]) -> Way | None:
    """Return the first of what is offered by right that somebody's duties allow."""
    held = tuple(duties)
    return next((way for right, way in offered.items() if reach(held, right)), None)
