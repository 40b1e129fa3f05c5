"""Dates as people write them in forms. Pure.

Only what has one meaning is read: `2022-06-18 19:00` and its full-width or Chinese twins. What
must be guessed, a weekday or an evening, is nobody's moment.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

MOMENT = re.compile(r"(20\d{2})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{2}):(\d{2})(?::00)?", re.ASCII)
DAY = re.compile(r"(?:(20\d{2})[-/.])?(\d{1,2})[-/.](\d{1,2})", re.ASCII)
MONTH = re.compile(r"(?:(20\d{2})[-/.])?(\d{1,2})", re.ASCII)
NUMBER = re.compile(r"\d{1,4}", re.ASCII)
WORDS_LENGTH_MAX = 40
YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Marks:
    """The signs that stand behind a year, a month and a day, and the names of the months."""

    year: Sequence[str] = ()
    month: Sequence[str] = ()
    day: Sequence[str] = ()
    months: Sequence[Sequence[str]] = ()


def moment(text: str, zone: tzinfo, marks: Marks) -> datetime | None:
    """Return the moment a text names, None if it names none or needs guessing."""
    found = MOMENT.fullmatch(_marked(text, marks))
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()), tzinfo=zone)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def month(text: str, within: tuple[date, date], marks: Marks) -> date | None:
    """Return the first day of the month a text names.

    Without a year it is the only such month that touches `within`, whose second day is out.
    """
    words = _folded(text)
    for names in marks.months:
        if words in (lowered := [_folded(name) for name in names]):
            words = str(lowered.index(words) + 1)
    found = MONTH.fullmatch(_marked(words, marks).strip("-/. "))
    if found is None or not 1 <= int(found[2]) <= YEAR_MONTHS:
        return None
    number = int(found[2])
    if found[1]:
        return date(int(found[1]), number, 1)
    could = [day for day in _months(*within) if day.month == number]
    return could[0] if len(could) == 1 else None


def day(text: str, within: tuple[date, date], marks: Marks) -> date | None:
    """Return the day a text names; without a year the only such day of `within`, half-open."""
    found = DAY.fullmatch(_marked(text, marks).strip("-/. "))
    if found is None:
        return None
    first, until = within
    years = [int(found[1])] if found[1] else range(first.year, until.year + 1)
    could = [_date(year, int(found[2]), int(found[3])) for year in years]
    known = [day for day in could if day and (found[1] or first <= day < until)]
    return known[0] if len(known) == 1 else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def last_of(month: date) -> date:
    """Return the last day of a month."""
    return next_month(month) - timedelta(days=1)


def next_month(month: date) -> date:
    """Return the first day of the month that follows."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def number(text: str, words: Iterable[str]) -> int | None:
    """Return a whole number of at most four digits, alone or before one of these words."""
    folded = _folded(text)
    for word in sorted(map(_folded, words), key=len, reverse=True):
        if word and folded.endswith(word):
            folded = folded.removesuffix(word).strip()
            break
    return int(folded) if NUMBER.fullmatch(folded) else None


def _months(start: date, until: date) -> list[date]:
    found, day = [], start.replace(day=1)
    while day < until:
        found.append(day)
        day = next_month(day)
    return found


def _marked(text: str, marks: Marks) -> str:
    """Write the signs behind year, month and day as `2022-06-18` has them."""
    words = _folded(text).upper()
    for signs, instead in ((marks.year, "-"), (marks.month, "-"), (marks.day, " ")):
        for sign in signs:
            words = words.replace(_folded(sign).upper(), instead)
    return " ".join(words.split())


def _folded(text: str) -> str:
    """Return a text half-width and lower case; one that is too long for a date is none."""
    if len(text) > WORDS_LENGTH_MAX:
        return ""
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")
    return " ".join(seen.split()).lower()
