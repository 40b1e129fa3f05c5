"""What a broadcast may hold: its text, its link, when it may go out, how long it takes. Pure."""

import re
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple
from unicodedata import normalize

from bot.rules import calendar, moments

TEXT_LENGTH_MAX = 1500
LABEL_LENGTH_MAX = 30
URL_LENGTH_MAX = 1000
TITLE_LENGTH_MAX = 20
PICTURE_BYTES_MAX = 5 << 20
# Signs that turn the line around could make a text say something else than its preview.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
ADDRESS = re.compile(
    r"https?://(?:[\w-]{1,63}\.)+[\w-]{2,63}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)
CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


class Problem(StrEnum):
    """Why a time cannot be taken."""

    UNREADABLE = "unreadable"
    PAST = "past"
    QUIET = "quiet"
    OVER = "over"


class Link(NamedTuple):
    """A button that leads to an address."""

    label: str
    url: str


def tidied(text: str) -> str:
    """Return a text as it will be sent: plain, without what turns lines around."""
    return TURNING.sub("", text).strip()


def title(text: str) -> str:
    """Return the beginning of a text, to tell it from others in a list."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= TITLE_LENGTH_MAX else f"{line[: TITLE_LENGTH_MAX - 1]}…"


def link(text: str) -> Link | None:
    """Read a label and an address behind it; None if it is not both, or not http(s)."""
    label, _, url = " ".join(text.split()).rpartition(" ")
    label = TURNING.sub("", label)
    fits = len(url) <= URL_LENGTH_MAX and url.isprintable() and ADDRESS.fullmatch(url)
    return Link(label, url) if fits and 0 < len(label) <= LABEL_LENGTH_MAX else None


class Season(NamedTuple):
    """When something may go out: before the campaign's end, outside the quiet hours."""

    zone: tzinfo
    quiet_from: time
    quiet_until: time
    until: datetime


def start(text: str, now: datetime, season: Season) -> datetime | Problem:
    """Read `HH:MM`, today, or `YYYY-MM-DD HH:MM`; nothing else is guessed."""
    words = " ".join(normalize("NFKC", text[:40]).split())
    found = CLOCK.fullmatch(words)
    if found is not None and int(found[1]) < 24 and int(found[2]) < 60:  # noqa: PLR2004 - a clock
        today = now.astimezone(season.zone)
        at = today.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    else:
        read = moments.moment(words, season.zone, moments.Marks())
        if read is None:
            return Problem.UNREADABLE
        at = read
    return problem(at, now, season) or at


def problem(at: datetime, now: datetime, season: Season) -> Problem | None:
    """Say why something may not go out at a moment, None if it may."""
    if at <= now:
        return Problem.PAST
    if at >= season.until:
        return Problem.OVER
    quiet = calendar.quiet_end(at, season.quiet_from, season.quiet_until, zone=season.zone)
    return Problem.QUIET if quiet is not None else None


def duration(people: int, speed: float) -> timedelta:
    """Return how long it takes to tell so many people, at so many a second; 0 is no limit."""
    return timedelta(seconds=people / speed) if speed else timedelta()
