"""Sheets of paper cards: A4 pages of ten to be cut, and a page on which people sign for theirs.

Drawn in the child process of a job, as charts are. A card has room for a name written by hand; no
name is ever printed. Pages are pictures in black and white, ten dots to a millimetre and more, so
that codes and signs have sharp edges on any printer.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.pictures import INK, Sheet, fitting, wrapped
from bot.qr import modules
from bot.rules.papercards import grouped

DPI, INCH = 300, 25.4
WIDE, HIGH = 2480, 3508  # A4
COLUMNS, LINES = 2, 5
ON_PAGE = COLUMNS * LINES
CARD_WIDE, CARD_HIGH = 1063, 638  # 90 by 54 mm, as a card that fits a purse
LEFT, TOP = (WIDE - COLUMNS * CARD_WIDE) // 2, (HIGH - LINES * CARD_HIGH) // 2
MARK, GAP = 71, 18  # a cut mark is 6 mm long and begins 1.5 mm away
CODE, QUIET = 360, 4
PAD = 48
BIG, MIDDLE, READ, SMALL = 62, 42, 38, 32
RULE = "#000000"
HAND, SIGNED_ON_PAGE, ROW = 3, 20, 138
HEAD_HIGH = 520
HEADS = ("place", "number", "name", "own", "guardian", "day")
SHARES = (0.0, 0.06, 0.22, 0.4, 0.63, 0.86, 1.0)  # where the columns of the signing page begin


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands on each card and on the signing page."""

    campaign: str
    title: str
    unit: str
    name: str
    words: str
    form: str
    form_words: str
    heads: tuple[str, ...]
    sheet: str


Cards = Sequence[Sequence[str]]
"""Each card's number, and what its code holds."""


def make(cards: Cards, said: Wording) -> bytes:
    """Draw the sheet and return it as PDF."""
    pages = [sheet.printed() for sheet in _pages(cards, said)]
    held = io.BytesIO()
    pages[0].save(held, "PDF", save_all=True, append_images=pages[1:], resolution=DPI)
    return held.getvalue()


def _pages(cards: Cards, said: Wording) -> Iterator[Sheet]:
    for first in range(0, len(cards), ON_PAGE):
        yield page(cards[first : first + ON_PAGE], said)
    for first in range(0, len(cards), SIGNED_ON_PAGE):
        numbers = [number for number, _ in cards[first : first + SIGNED_ON_PAGE]]
        yield form(numbers, said, first=first + 1)


def page(cards: Cards, said: Wording) -> Sheet:
    """Draw a page of up to ten cards, with marks where they are cut."""
    sheet = Sheet(HIGH, width=WIDE, scale=1)
    _marks(sheet)
    for place, (number, held) in enumerate(cards):
        line, column = divmod(place, COLUMNS)
        at = (LEFT + column * CARD_WIDE, TOP + line * CARD_HIGH)
        _card(sheet, at, said, number=number, held=held)
    footer = fitting(said.sheet, SMALL, WIDE - 2 * LEFT)
    sheet.text(WIDE / 2, HIGH - TOP / 2 + MARK / 2, footer, size=SMALL, fill=INK, at="m")
    return sheet


def _marks(sheet: Sheet) -> None:
    """Draw the cut marks in the margins, and dots where the cards touch."""
    right, bottom = LEFT + COLUMNS * CARD_WIDE, TOP + LINES * CARD_HIGH
    for column in range(COLUMNS + 1):
        x = LEFT + column * CARD_WIDE
        sheet.line([(x, TOP - GAP - MARK), (x, TOP - GAP)], RULE, HAND)
        sheet.line([(x, bottom + GAP), (x, bottom + GAP + MARK)], RULE, HAND)
        _dotted(sheet, (x, TOP), (x, bottom))
    for line in range(LINES + 1):
        y = TOP + line * CARD_HIGH
        sheet.line([(LEFT - GAP - MARK, y), (LEFT - GAP, y)], RULE, HAND)
        sheet.line([(right + GAP, y), (right + GAP + MARK, y)], RULE, HAND)
        _dotted(sheet, (LEFT, y), (right, y))


def _dotted(sheet: Sheet, start: tuple[int, int], end: tuple[int, int]) -> None:
    steps = max(end[0] - start[0], end[1] - start[1])
    for step in range(0, steps, 24):
        x = start[0] + (step if end[0] > start[0] else 0)
        y = start[1] + (step if end[1] > start[1] else 0)
        sheet.box(x - 1, y - 1, x + 2, bottom=y + 2, fill=RULE)


def _card(sheet: Sheet, at: tuple[int, int], said: Wording, *, number: str, held: str) -> None:
    left, top = at[0] + PAD, at[1] + PAD
    right = at[0] + CARD_WIDE - PAD
    code_left = right - CODE
    room = code_left - left - PAD / 2
    _code(sheet, (code_left, top - PAD / 2), held)
    middle = code_left + CODE / 2
    sheet.text(middle, top + CODE + 12, grouped(number), size=BIG, at="m")
    y: float = top + BIG / 2 - 8
    sheet.text(left, y, fitting(said.title, BIG, room), size=BIG)
    y += BIG + 4
    for part in wrapped(said.campaign, SMALL, room)[:2]:
        sheet.text(left, y, part, size=SMALL)
        y += SMALL + 10
    y = top + 232
    sheet.text(left, y, said.name, size=MIDDLE)
    sheet.line([(left + 118, y + 34), (left + room, y + 34)], RULE, HAND)
    y += 96
    sheet.text(left, y, fitting(said.unit, MIDDLE, room), size=MIDDLE)
    y = top + 456
    for part in wrapped(said.words, READ, right - left)[:2]:
        sheet.text(left, y, part, size=READ)
        y += READ + 14


def _code(sheet: Sheet, at: tuple[float, float], held: str) -> None:
    code = modules(held)
    size = CODE // (len(code) + QUIET)
    inside = (CODE - size * len(code)) // 2
    for row, dark in enumerate(code):
        for column, is_dark in enumerate(dark):
            if is_dark:
                x, y = at[0] + inside + column * size, at[1] + inside + row * size
                sheet.box(x, y, x + size, bottom=y + size, fill=RULE)


def form(numbers: Sequence[str], said: Wording, *, first: int) -> Sheet:
    """Draw the page on which people, or their guardians, sign before their card is used."""
    sheet = Sheet(HIGH, width=WIDE, scale=1)
    left, wide = LEFT, WIDE - 2 * LEFT
    sheet.text(WIDE / 2, 200, said.form, size=BIG + 16, at="m")
    sheet.text(WIDE / 2, 290, said.sheet, size=MIDDLE, at="m")
    y: float = 366
    for part in wrapped(said.form_words, MIDDLE, wide)[:3]:
        sheet.text(left, y, part, size=MIDDLE)
        y += MIDDLE + 16
    top = HEAD_HIGH
    for n in range(len(numbers) + 2):
        edge = top + n * ROW
        sheet.line([(left, edge), (left + wide, edge)], RULE, HAND)
    for share in SHARES:
        x = left + share * wide
        sheet.line([(x, top), (x, top + (len(numbers) + 1) * ROW)], RULE, HAND)
    for place, head in enumerate(said.heads):
        near, far = SHARES[place : place + 2]
        parts = wrapped(head, SMALL, (far - near) * wide - 16)[:3]
        for n, part in enumerate(parts):
            y = top + ROW / 2 + (n - (len(parts) - 1) / 2) * (SMALL + 6)
            sheet.text(left + (near + far) / 2 * wide, y, part, size=SMALL, at="m")
    for n, number in enumerate(numbers):
        y = top + (n + 1.5) * ROW
        sheet.text(left + SHARES[1] / 2 * wide, y, str(first + n), size=SMALL, at="m")
        at = left + (SHARES[1] + SHARES[2]) / 2 * wide
        sheet.text(at, y, grouped(number), size=MIDDLE, at="m")
    return sheet
