"""Campaign days and phases. Pure.

A campaign day is a date in the campaign's time zone. Spans of days are half-open: the first day
is in, `until` is out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

ONE_DAY = timedelta(days=1)
BACK_WITHIN = timedelta(days=7)
STAMP_AGE_MAX = timedelta(hours=24)
DAY_OPENS, DAY_CLOSES = time(7, 30), time(22, 0)
OUTAGE_MIN = timedelta(hours=2)
LEAP = re.compile(r"\+(?:(\d{1,3})w)?(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the campaign. `scores` says whether deeds pay points in it."""

    id: str
    start: date
    until: date
    scores: bool


def campaign_day(moment: datetime, zone: tzinfo) -> date:
    """Return the campaign day of a moment."""
    return moment.astimezone(zone).date()


def acted_at(stamped: datetime | None, now: datetime) -> datetime:
    """Return when a person acted: the platform's stamp if it can be right, else now.

    A stamp in the future or more than 24 hours old is not believed.
    """
    if stamped is None or stamped > now or now - stamped > STAMP_AGE_MAX:
        return now
    return stamped


def came_back(first: date | None, day: date) -> bool:
    """Say whether a day is one of the seven after somebody's first."""
    return first is not None and first < day <= first + BACK_WITHIN


def phase_on(day: date, phases: Sequence[Phase]) -> Phase | None:
    """Return the phase a day belongs to, None before the first and after the last."""
    return next((phase for phase in phases if phase.start <= day < phase.until), None)


def scoring(phases: Sequence[Phase]) -> tuple[date, date]:
    """Return the first day that scores, and the day after the last; no day if none does."""
    spans = [phase for phase in phases if phase.scores]
    if not spans:
        return phases[0].start, phases[0].start
    return spans[0].start, spans[-1].until


def leap(text: str) -> timedelta | None:
    """Read how far to move ahead, `+1d2h` (weeks, days, hours, minutes); None if unreadable."""
    found = LEAP.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def outage_days(gone: datetime, back: datetime, zone: tzinfo) -> list[date]:
    """Return the days on which somebody away from `gone` to `back` was missed for two hours.

    Only the hours in which people check in count: 07:30 to 22:00.
    """
    found = []
    day = campaign_day(gone, zone)
    while day <= campaign_day(back, zone):
        opens = datetime.combine(day, DAY_OPENS, zone)
        closes = datetime.combine(day, DAY_CLOSES, zone)
        if min(back, closes) - max(gone, opens) >= OUTAGE_MIN:
            found.append(day)
        day += ONE_DAY
    return found


def quiet_end(now: datetime, begins: time, ends: time, *, zone: tzinfo) -> datetime | None:
    """Return when the quiet hours around a moment end, None if it lies in none of them."""
    local = now.astimezone(zone)
    clock, end = (
        local.time(),
        local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0),
    )
    if begins > ends:  # over midnight
        if clock >= begins:
            return end + ONE_DAY
        return end if clock < ends else None
    return end if begins <= clock < ends else None
