"""Livestream files: classes on the air as CSV or XLSX, read and checked row by row."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import sheets
from bot.messages import Phrase, normal
from bot.sheets import Parsed, Table, is_address, whole

BUNDLED = Path(__file__).parent / "campaigns"
REQUIRED = ("topic", "start", "minutes", "address")
OPTIONAL = ("lecturer", "summary", "unit", "replay")
ROWS_MAX = 5000
MINUTES_MAX = 1440
LENGTHS = {"topic": 200, "lecturer": 100, "summary": 1000, "address": 1000, "replay": 1000}
START = re.compile(r"(20\d{2}-\d{2}-\d{2})[ T]?(\d{1,2}:\d{2})(?::00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One livestream as a file offers it; `unit` is a unit's id."""

    topic: str
    start: datetime
    minutes: int
    lecturer: str
    summary: str
    address: str
    unit: str | None
    replay: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rows are read under: the zone of their times, and units by what they are called."""

    zone: ZoneInfo
    units: Mapping[str, str]


def bundled(campaign: str) -> bytes | None:
    """Return the sample livestreams beside a bundled campaign, if there are any."""
    path = BUNDLED / f"{campaign}_livestreams.csv"
    return path.read_bytes() if path.is_file() else None


def table(setting: Setting) -> Table[Row]:
    """Describe a file of livestreams."""
    return Table(
        REQUIRED,
        OPTIONAL,
        "livestream_file.none",
        row=lambda texts: _row(texts, setting),
        key=lambda row: (row.topic, row.start),
        rows_max=ROWS_MAX,
    )


def read(data: bytes, setting: Setting) -> Parsed[Row]:
    """Read a livestream file.

    Raises:
        UnreadableError: it is none, or nothing of it can be read.

    """
    return sheets.parse(data, table(setting))


def _row(texts: Mapping[str, str], setting: Setting) -> Row | Phrase:
    """Return a row, or what is wrong with it, the first thing only."""
    if (wrong := _wrong(texts)) is not None:
        return wrong
    start = _start(texts["start"], setting.zone)
    if start is None:
        return Phrase("livestream_file.start", {"start": texts["start"][:40]})
    unit = setting.units.get(normal(texts["unit"]))
    if texts["unit"] and unit is None:
        return Phrase("livestream_file.unit", {"unit": texts["unit"][:40]})
    minutes = whole(texts["minutes"], MINUTES_MAX) or 0
    words = {name: texts[name] for name in ("topic", "lecturer", "summary", "address")}
    return Row(start=start, minutes=minutes, unit=unit, replay=texts["replay"] or None, **words)


def _wrong(texts: Mapping[str, str]) -> Phrase | None:
    if not texts["topic"]:
        return Phrase("livestream_file.no_topic")
    for name, most in LENGTHS.items():
        if len(texts[name]) > most:
            return Phrase("catalogue.too_long", {"column": name, "most": most})
    if not whole(texts["minutes"], MINUTES_MAX):
        given = texts["minutes"][:20]
        return Phrase("livestream_file.minutes", {"minutes": given, "most": MINUTES_MAX})
    for name in ("address", "replay"):
        if (texts[name] or name == "address") and not is_address(texts[name]):
            return Phrase("catalogue.url", {"url": texts[name][:80]})
    return None


def _start(cell: str, zone: ZoneInfo) -> datetime | None:
    """Read a moment like 2022-06-18 19:00; a workbook's own dates end in seconds."""
    found = START.fullmatch(unicodedata.normalize("NFKC", cell))
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]} {found[2]:0>5}").replace(tzinfo=zone)
    except ValueError:
        return None
