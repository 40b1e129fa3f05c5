"""Tables in files, CSV or XLSX, as lines of text cells.

What a file is, is told by its content and its header, never by its name. Nothing is evaluated:
a row with a formula is a bad row, and so is one that is merged with another.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from bot.messages import Param, Phrase, clean, normal

FILE_BYTES_MAX = 20 * 1024 * 1024
UNPACKED_BYTES_MAX = 300 * 1024 * 1024
COLUMNS_MAX = 64
ROWS_MAX = 200_000
HEADS_MAX = 10
DELIMITERS = (",", ";", "\t")
ZIP, UTF16 = b"PK\x03\x04", (b"\xff\xfe", b"\xfe\xff")
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel before 2007, or any locked workbook
LOCKED = "EncryptedPackage".encode("utf-16-le")
FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
MERGED = re.compile(rb'<mergeCell\b[^<>]*?\bref="[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
CHUNK_BYTES, OVERLAP_BYTES = 1 << 20, 200
COMMON_SHARE_MIN = 0.8

Row = TypeVar("Row")


class UnreadableError(Exception):
    """The file as a whole cannot be taken; `phrase` says why."""

    def __init__(self, key: str, **params: Param) -> None:
        super().__init__(key)
        self.phrase = Phrase(key, params)


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is not taken: its line in the file, counted from 1, and why."""

    line: int
    phrase: Phrase


@dataclass(slots=True)
class Parsed(Generic[Row]):
    """What a file holds: good rows, bad rows with their reason, columns nobody asked for."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """What a kind of file looks like, and how its rows are read."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    unlike: str
    """The sentence that says which columns are missing."""
    row: Callable[[Mapping[str, str]], Row | Phrase]
    """Makes a row of its tidied cells, or says what is wrong with it, the first thing only."""
    key: Callable[[Row], Hashable]
    """Tells two rows for the same thing."""
    rows_max: int = ROWS_MAX

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of all columns."""
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class _Line:
    """The cells of one line, those that are formulas, and whether it is merged with others."""

    cells: list[str]
    formulas: frozenset[int] = frozenset()
    merged: bool = False


def heads(data: bytes) -> list[list[str]]:
    """Return the cells of the first lines, normalised; the header should be the first.

    Raises:
        UnreadableError: nothing of it can be read.

    """
    with closing(_lines(data)) as found:
        return [[normal(cell) for cell in line.cells] for line in islice(found, HEADS_MAX)]


def parse(data: bytes, table: Table[Row]) -> Parsed[Row]:
    """Read a file of a known kind.

    Raises:
        UnreadableError: it is none, or nothing of it can be read.

    """
    with closing(_lines(data)) as found:
        return _parsed(found, table)


def _parsed(found: Iterator[_Line], table: Table[Row]) -> Parsed[Row]:
    first = next(found, _Line([]))
    names = [normal(name) for name in first.cells]
    missing = [name for name in table.required if name not in names]
    if missing:
        raise UnreadableError(table.unlike, missing=", ".join(missing))
    ignored = tuple(name for name in names if name and name not in table.columns)
    parsed: Parsed[Row] = Parsed(ignored=ignored)
    seen: dict[Hashable, int] = {}
    for number, line in enumerate(found, start=2):
        if number > table.rows_max + 1:
            raise UnreadableError("catalogue.too_many", rows=table.rows_max)
        if not any(cell.strip() for cell in line.cells):
            continue
        row = _fault(line, names, table.columns) or table.row(_tidied(line, names, table.columns))
        if not isinstance(row, Phrase) and (earlier := seen.get(table.key(row))):
            row = Phrase("catalogue.twice", {"line": earlier})
        if isinstance(row, Phrase):
            parsed.problems.append(Problem(number, row))
            continue
        seen[table.key(row)] = number
        parsed.rows.append(row)
    return parsed


def _tidied(line: _Line, names: list[str], columns: tuple[str, ...]) -> dict[str, str]:
    found = dict(zip(names, line.cells, strict=False))
    return {name: text(found.get(name, "")) for name in columns}


def _fault(line: _Line, names: list[str], columns: tuple[str, ...]) -> Phrase | None:
    """Say what of a line is no plain value."""
    if line.merged:
        return Phrase("sheets.merged")
    for place in sorted(line.formulas):
        if place < len(names) and names[place] in columns:
            return Phrase("sheets.formula", {"column": names[place]})
    return None


def text(cell: str) -> str:
    """Return a cell's text without control signs, on one line."""
    kept = (sign for sign in clean(cell) if unicodedata.category(sign) != "Cc" or sign in "\n\t")
    return " ".join("".join(kept).split())


def whole(cell: str, most: int) -> int | None:
    """Return a whole number from 0 to `most`, None if it is none."""
    digits = unicodedata.normalize("NFKC", cell)
    digits = digits.removesuffix(".0")  # how a workbook keeps a whole number
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(most)):
        return None
    return int(digits) if int(digits) <= most else None


def is_address(url: str) -> bool:
    """Say whether an address is plain http or https, with a host and without tricks."""
    if any(sign in url for sign in " \\\t\n") or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and "@" not in parts.netloc


def _lines(data: bytes) -> Generator[_Line, None, None]:
    if len(data) > FILE_BYTES_MAX:
        raise UnreadableError("catalogue.too_big", megabytes=FILE_BYTES_MAX >> 20)
    if data.startswith(ZIP):
        return _of_xlsx(data)
    if data.startswith(OLD_WORKBOOK):
        raise UnreadableError("sheets.locked" if LOCKED in data else "sheets.old")
    if data.startswith(FOREIGN):
        raise UnreadableError("sheets.foreign")
    if not data.strip():
        raise UnreadableError("sheets.empty")
    return _of_csv(data)


def _of_csv(data: bytes) -> Generator[_Line, None, None]:
    decoded = _decoded(data)
    first = decoded.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter)
    try:
        yield from map(_Line, rows)
    except csv.Error:
        raise UnreadableError("catalogue.broken", line=rows.line_num) from None


def _decoded(data: bytes) -> str:
    """Return the text of UTF-8, or of GB 18030 where it is unmistakable."""
    if data.startswith(UTF16):
        raise UnreadableError("catalogue.encoding")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        found = data.decode("gb18030")
    except UnicodeDecodeError:
        raise UnreadableError("catalogue.encoding") from None
    foreign = [sign for sign in found if not sign.isascii()]
    common = "".join(foreign).encode("gb2312", "ignore").decode("gb2312")
    if len(common) < COMMON_SHARE_MIN * len(foreign):  # another encoding that happens to decode
        raise UnreadableError("catalogue.encoding")
    return found


def _of_xlsx(data: bytes) -> Generator[_Line, None, None]:
    import openpyxl

    _weigh(data)
    try:
        with closing(openpyxl.load_workbook(io.BytesIO(data), read_only=True)) as book:
            sheet: Any = book.worksheets[0]
            merged = _merged(data, sheet._worksheet_path)  # noqa: SLF001 - known nowhere else
            for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), start=1):
                yield _Line(
                    ["" if cell.value is None else str(cell.value) for cell in row],
                    frozenset(place for place, cell in enumerate(row) if cell.data_type == "f"),
                    merged=number < len(merged) and bool(merged[number]),
                )
    except Exception as error:  # whatever a damaged file makes the library raise
        raise UnreadableError("catalogue.no_workbook") from error


def _merged(data: bytes, path: str) -> bytearray:
    """Return for each row whether it is merged with others; read-only workbooks do not tell."""
    marked = bytearray(ROWS_MAX + 2)
    with zipfile.ZipFile(io.BytesIO(data)) as packed, packed.open(path.lstrip("/")) as sheet:
        kept = b""
        while chunk := sheet.read(CHUNK_BYTES):
            kept += chunk
            for found in MERGED.finditer(kept):
                first, last = int(found[1]), min(int(found[2]), ROWS_MAX + 1)
                marked[first : last + 1] = b"\1" * max(0, last + 1 - first)
            kept = kept[-OVERLAP_BYTES:]
    return marked


def _weigh(data: bytes) -> None:
    """Refuse what is no workbook, or grows too large when it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile:
        names, unpacked = [], 0
    if "xl/workbook.xml" not in names:
        raise UnreadableError("catalogue.no_workbook")
    if unpacked > UNPACKED_BYTES_MAX:
        raise UnreadableError("catalogue.too_big", megabytes=UNPACKED_BYTES_MAX >> 20)
