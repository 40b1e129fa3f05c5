"""Posters: a unit's name below the QR codes of the links by which people join it.

Drawn in the child process of a job, as charts are; what makes the codes is loaded only there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.pictures import (
    COLOURS,
    FAINT,
    INK,
    MARGIN,
    PAPER,
    SMALL,
    TEXT,
    TITLE,
    WIDTH,
    Sheet,
    fitting,
    wrapped,
)
from bot.qr import modules

CODE, QUIET = 760, 4  # a code's width in pixels at most, and its white border in modules
LINE = 64
CODES_MAX = 2
COLUMNS, ROW, RADIUS = 2, 150, 48
FACE_WIDE = 2
COLUMN = (WIDTH - 2 * MARGIN) // COLUMNS
MEDALS = {"days": COLOURS[5], "activity": COLOURS[2], "kinds": "#8f5f8a", "lives": COLOURS[6]}
"""The colour of a badge's medal, by what it is given for."""


def make(told: Mapping[str, Any], words: str) -> bytes:
    """Draw the codes of the links, each above its address; below them the name and the words."""
    name, name_en = told["unit"]
    links: Sequence[str] = told["links"][:CODES_MAX]
    codes = [modules(link) for link in links]
    heights = [_size(code) * (len(code) + 2 * QUIET) + LINE for code in codes]
    names = [(name, TITLE, INK), (name_en, TEXT, FAINT), (words, TEXT, INK)]
    shown = [each for n, each in enumerate(names) if each[0] and (n != 1 or name_en != name)]
    sheet = Sheet(MARGIN + sum(heights) + LINE * (len(shown) + 1))
    y: float = MARGIN
    for link, code, height in zip(links, codes, heights, strict=True):
        _draw(sheet, code, y)
        address = link.partition("://")[2]
        room = WIDTH - 2 * MARGIN
        bottom = y + height - LINE / 2
        sheet.text(WIDTH / 2, bottom, fitting(address, SMALL, room), size=SMALL, fill=FAINT, at="m")
        y += height
    for text, size, fill in shown:
        y += LINE
        room = WIDTH - 2 * MARGIN
        sheet.text(WIDTH / 2, y, fitting(text, size, room), size=size, fill=fill, at="m")
    return sheet.png()


def keepsake(told: Mapping[str, Any], said: str) -> bytes:
    """Draw somebody's figures, each large above what it counts, the badges, and a code to join."""
    figures = list(zip(told["figures"], told["units"], strict=True))
    badges: Sequence[Sequence[str]] = told["badges"]
    codes = [modules(link) for link in told["links"][:1]]
    high = sum(_size(code) * (len(code) + 2 * QUIET) + LINE for code in codes)
    heads = [
        (line, size)
        for words, size in ((told["title"], TEXT), (told["theme"], TITLE))
        for line in wrapped(words, size, WIDTH - 2 * MARGIN)
    ]
    band = LINE * (len(heads) + 1)
    rows = -(-len(badges) // COLUMNS)
    lines = 4.4 + bool(told["name"]) * 1.3 + bool(rows) * 0.7
    sheet = Sheet(band + MARGIN + round(LINE * lines + rows * ROW) + high)
    sheet.box(0, 0, WIDTH, bottom=band, fill=COLOURS[0])
    for n, (line, size) in enumerate(heads, start=1):
        _middle(sheet, n * LINE, line, size=size, fill=PAPER)
    y: float = band + LINE
    if told["name"]:
        _middle(sheet, y, told["name"], size=TITLE, fill=INK)
        y += LINE * 1.3
    wide = (WIDTH - 2 * MARGIN) / len(figures)
    for n, (figure, unit) in enumerate(figures):
        x = MARGIN + wide * (n + 0.5)
        sheet.text(x, y, str(figure), size=TITLE, fill=COLOURS[0], at="m")
        sheet.text(x, y + LINE, fitting(unit, SMALL, wide), size=SMALL, fill=FAINT, at="m")
    y += LINE * (2.3 + bool(rows) * 0.7)
    for n, badge in enumerate(badges):
        _medal(sheet, MARGIN + n % COLUMNS * COLUMN, y + n // COLUMNS * ROW, badge=badge)
    y += rows * ROW
    for code in codes:
        _draw(sheet, code, y - LINE / 2)
        y += _size(code) * (len(code) + 2 * QUIET)
    _middle(sheet, y, said, size=TEXT, fill=INK)
    return sheet.png()


def _medal(sheet: Sheet, left: float, y: float, *, badge: Sequence[str]) -> None:
    """Draw a badge: a medal on its ribbon, its face in the middle, its name beside it."""
    name, face, kind = badge
    x = left + RADIUS
    for side in (-1, 1):
        end = x + side * RADIUS * 0.6
        foot = ((end - 15, y + 66), (end, y + 56), (end + 15, y + 66))
        sheet.shape([(x - 15, y), *foot, (x + 15, y)], fill=COLOURS[0])
    sheet.disc(x, y, RADIUS, fill=MEDALS[kind])
    sheet.disc(x, y, RADIUS - 5, fill=PAPER)
    sheet.disc(x, y, RADIUS - 9, fill=MEDALS[kind])
    sheet.text(x, y, face, size=TEXT if len(face) <= FACE_WIDE else SMALL, fill=PAPER, at="m")
    beside = left + 2 * RADIUS + 20
    room = left + COLUMN - 20 - beside
    lines = wrapped(name, SMALL, room)[:2]
    for n, line in enumerate(lines):
        at = y + (n - (len(lines) - 1) / 2) * 38
        sheet.text(beside, at, fitting(line, SMALL, room), size=SMALL, fill=INK)


def _middle(sheet: Sheet, y: float, text: str, *, size: int, fill: str) -> None:
    room = WIDTH - 2 * MARGIN
    sheet.text(WIDTH / 2, y, fitting(text, size, room), size=size, fill=fill, at="m")


def _size(code: Sequence[Sequence[bool]]) -> int:
    """Return how many pixels wide a module is: whole ones, so that its edges are sharp."""
    return CODE // (len(code) + 2 * QUIET)


def _draw(sheet: Sheet, code: Sequence[Sequence[bool]], top: float) -> None:
    size = _size(code)
    left = (WIDTH - size * len(code)) // 2
    for row, dark in enumerate(code):
        for column, is_dark in enumerate(dark):
            x, y = left + column * size, top + (row + QUIET) * size
            if is_dark:
                sheet.box(x, y, x + size, bottom=y + size, fill=INK)
