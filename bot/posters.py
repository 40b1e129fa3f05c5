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
)
from bot.qr import modules

CODE, QUIET = 760, 4  # a code's width in pixels at most, and its white border in modules
LINE = 64
CODES_MAX = 2
BAND = 3 * LINE


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


def keepsake(told: Mapping[str, Any], words: str) -> bytes:
    """Draw somebody's figures, each large above what it counts, the badges, and a code to join."""
    figures = list(zip(told["figures"], told["units"], strict=True))
    badges: Sequence[str] = told["badges"]
    codes = [modules(link) for link in told["links"][:1]]
    high = sum(_size(code) * (len(code) + 2 * QUIET) + LINE for code in codes)
    sheet = Sheet(MARGIN + round(LINE * (7.4 + len(badges) + bool(told["name"]))) + high)
    sheet.box(0, 0, WIDTH, bottom=BAND, fill=COLOURS[0])
    y: float = LINE
    _middle(sheet, y, told["title"], size=TEXT, fill=PAPER)
    y += LINE
    _middle(sheet, y, told["theme"], size=TITLE, fill=PAPER)
    y = BAND + LINE
    if told["name"]:
        _middle(sheet, y, told["name"], size=TITLE, fill=INK)
        y += LINE * 1.3
    wide = (WIDTH - 2 * MARGIN) / len(figures)
    for n, (figure, unit) in enumerate(figures):
        x = MARGIN + wide * (n + 0.5)
        sheet.text(x, y, str(figure), size=TITLE, fill=COLOURS[0], at="m")
        sheet.text(x, y + LINE, fitting(unit, SMALL, wide), size=SMALL, fill=FAINT, at="m")
    y += LINE * 2.3
    for badge in badges:
        _middle(sheet, y, f"★ {badge}", size=TEXT, fill=COLOURS[5])
        y += LINE
    for code in codes:
        _draw(sheet, code, y - LINE / 2)
        y += _size(code) * (len(code) + 2 * QUIET)
    _middle(sheet, y, words, size=TEXT, fill=INK)
    return sheet.png()


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
