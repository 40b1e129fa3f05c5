"""Catalogue files: books, audiobooks and videos as CSV or XLSX, read and checked row by row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import sheets
from bot.messages import Phrase, normal
from bot.sheets import Parsed, Table, is_address, whole

BUNDLED = Path(__file__).parent / "campaigns"
REQUIRED = ("kind", "title", "url", "minutes")
OPTIONAL = ("author", "language", "tags", "summary")
MINUTES_MAX = 1440
LENGTHS = {"title": 300, "author": 200, "url": 1000, "language": 16, "tags": 300, "summary": 1000}


@dataclass(frozen=True, slots=True)
class Row:
    """One item as a file offers it; `minutes` is how long it takes."""

    kind: str
    title: str
    author: str
    url: str
    minutes: int
    language: str
    tags: str
    summary: str


def bundled(campaign: str) -> bytes | None:
    """Return the sample catalogue beside a bundled campaign, if there is one."""
    path = BUNDLED / f"{campaign}_catalogue.csv"
    return path.read_bytes() if path.is_file() else None


def table(kinds: Collection[str]) -> Table[Row]:
    """Describe a catalogue; `kinds` are the campaign's activities that have items."""

    def row(texts: Mapping[str, str]) -> Row | Phrase:
        return _wrong(texts, kinds) or _row(texts)

    return Table(
        REQUIRED, OPTIONAL, "catalogue.no_catalogue", row=row, key=lambda row: (row.kind, row.url)
    )


def read(data: bytes, kinds: Collection[str]) -> Parsed[Row]:
    """Read a catalogue file.

    Raises:
        UnreadableError: it is no catalogue, or nothing of it can be read.

    """
    return sheets.parse(data, table(kinds))


def _row(texts: Mapping[str, str]) -> Row:
    given = {name: texts[name] for name in LENGTHS}
    minutes = whole(texts["minutes"], MINUTES_MAX) or 0
    return Row(kind=texts["kind"].lower(), minutes=minutes, **given)


def _wrong(texts: Mapping[str, str], kinds: Collection[str]) -> Phrase | None:
    """Say what is wrong with a row, the first thing only."""
    if texts["kind"].lower() not in kinds:
        known = ", ".join(kinds)
        return Phrase("catalogue.kind", {"kind": texts["kind"][:40], "known": known})
    if not texts["title"]:
        return Phrase("catalogue.no_title")
    for name, most in LENGTHS.items():
        if len(texts[name]) > most:
            return Phrase("catalogue.too_long", {"column": name, "most": most})
    if not is_address(texts["url"]):
        return Phrase("catalogue.url", {"url": texts["url"][:80]})
    if whole(texts["minutes"], MINUTES_MAX) is None:
        given = texts["minutes"][:20]
        return Phrase("catalogue.minutes", {"minutes": given, "most": MINUTES_MAX})
    return None


def found(row: Row) -> str:
    """Return what search compares: title, author and tags, normalised, in three lines."""
    return "\n".join(normal(text) for text in (row.title, row.author, row.tags))


def initials(titles: Sequence[str]) -> list[str]:
    """Return the first letters of each title's pinyin, lower case; other signs but blanks stay."""
    from pypinyin import Style, lazy_pinyin

    return [
        "".join(
            part if len(part) == 1 else "".join(word[0] for word in part.split())
            for part in lazy_pinyin(normal(title), style=Style.FIRST_LETTER)
        ).replace(" ", "")
        for title in titles
    ]
