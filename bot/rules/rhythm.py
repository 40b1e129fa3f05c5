"""When bells ring: every minute, every hour, daily or weekly, in the campaign's own time. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Minutely:
    """At the begin of every minute."""


@dataclass(frozen=True, slots=True)
class Hourly:
    """At the begin of every hour."""


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a time."""

    at: time


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week at a time; Monday is 0."""

    day: int
    at: time


Rhythm = Minutely | Hourly | Daily | Weekly


def newest(rhythm: Rhythm, now: datetime, zone: tzinfo) -> datetime:
    """Return the last moment at or before now at which something of this rhythm was due."""
    local = now.astimezone(zone)
    match rhythm:
        case Minutely():
            return local.replace(second=0, microsecond=0)
        case Hourly():
            return local.replace(minute=0, second=0, microsecond=0)
        case Daily(at):
            return _at_or_before(local, at, back=1)
        case Weekly(day, at):
            that_day = local - timedelta(days=(local.weekday() - day) % WEEK_DAYS)
            return _at_or_before(that_day, at, back=WEEK_DAYS, now=local)


def _at_or_before(day: datetime, at: time, *, back: int, now: datetime | None = None) -> datetime:
    """Put a time on a day; if that is yet to come, go so many days back."""
    due = day.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return due if due <= (now or day) else due - timedelta(days=back)
