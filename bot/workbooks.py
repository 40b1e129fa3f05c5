"""Workbooks as XLSX: streamed, and a text is always a text, whatever it begins with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from io import BytesIO
from pathlib import Path
from typing import Any

ROWS_MAX = 1_000_000  # of a sheet; the format ends a little above
NAME_LENGTH_MAX = 31
WIDTH = 16
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
Cell = str | int | float


class Sheet:
    """A sheet with one line of heads; when it is full, it goes on as another."""

    def __init__(self, book: Any, name: str, heads: Sequence[str]) -> None:
        self._book = book
        self._name = name
        self._heads = heads
        self._sheets = 0
        self._turn_over()

    def _turn_over(self) -> None:
        self._sheets += 1
        end = f" {self._sheets}" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(self._name[: NAME_LENGTH_MAX - len(end)] + end)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(0, len(self._heads) - 1), WIDTH)
        self._sheet.write_row(0, 0, self._heads)
        self._line = 0

    def add(self, cells: Sequence[Cell]) -> None:
        """Write one row."""
        if self._line == ROWS_MAX:
            self._turn_over()
        self._line += 1
        for column, cell in enumerate(cells):
            if cell == "":
                continue  # an empty cell, not an empty text
            if isinstance(cell, str):
                self._sheet.write_string(self._line, column, cell)
            else:
                self._sheet.write_number(self._line, column, cell)


class Book:
    """A workbook that is being written."""

    def __init__(self, book: Any) -> None:
        self._book = book

    def sheet(self, name: str, heads: Sequence[str]) -> Sheet:
        """Begin a sheet; the ones before are finished."""
        return Sheet(self._book, name, heads)

    def note(self, name: str, rows: Sequence[Sequence[str]]) -> None:
        """Write a sheet of words, without heads."""
        sheet = self._book.add_worksheet(name[:NAME_LENGTH_MAX])
        sheet.set_column(0, 0, WIDTH)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell)


@contextmanager
def writing(target: Path | BytesIO) -> Iterator[Book]:
    """Write a workbook, however long, a line in memory at a time."""
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"constant_memory": True, **SAFE}) as book:
        yield Book(book)


def cell(value: Any, zone: tzinfo) -> Cell:
    """Return a value of the database as a cell; moments are told in a zone."""
    match value:
        case bool():
            return int(value)
        case int() | float():
            return value
        case datetime():
            return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case None:
            return ""
        case _:
            return str(value)
