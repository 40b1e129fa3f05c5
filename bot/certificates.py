"""Certificates: a sheet with a double frame that names who is commended, for what, and by whom.

Drawn in the child process of a job, as charts are. Nothing of the person stands there but the name
they chose for it.
"""

from dataclasses import dataclass
from itertools import pairwise

from bot.pictures import INK, SMALL, TEXT, WIDTH, Sheet, fitting, wrapped

HEIGHT = 1480
GOLD, RED, GREY = "#b8892b", "#a3201d", "#5f5f5f"
HEAD, NAME, HONOUR = 104, 62, 72
EDGE, INNER, SIDE = 36, 56, 130
LINE, LINES_MAX = 66, 4


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands on a certificate, from the top down, in one language."""

    head: str
    name: str
    words: str
    honour: str
    place: str
    theme: str
    thanks: str
    number: str
    organiser: str
    date: str


def make(said: Wording) -> bytes:
    """Draw a certificate and return it as PNG."""
    sheet, middle = Sheet(HEIGHT), WIDTH / 2
    _frame(sheet, EDGE, 8)
    _frame(sheet, INNER, 3)
    room = WIDTH - 2 * SIDE
    y: float = 210
    _centred(sheet, y, said.head, size=HEAD, fill=RED)
    sheet.line([(middle - 150, y + 90), (middle + 150, y + 90)], GOLD, 4)
    y += 210
    _centred(sheet, y, said.name, size=NAME)
    half = min(room, 560) / 2
    sheet.line([(middle - half, y + 56), (middle + half, y + 56)], GREY, 2)
    y += 130
    for line in wrapped(said.words, TEXT, room)[:LINES_MAX]:
        _centred(sheet, y, line, size=TEXT)
        y += LINE
    y += 44
    _centred(sheet, y, said.honour, size=HONOUR, fill=RED)
    if said.place:
        y += 84
        _centred(sheet, y, said.place, size=TEXT, fill=RED)
    y += 110
    for line in wrapped(said.thanks, TEXT, room)[:LINES_MAX]:
        _centred(sheet, y, line, size=TEXT)
        y += LINE
    _centred(sheet, HEIGHT - 380, said.theme, size=TEXT + 6, fill=GOLD)
    right = WIDTH - SIDE
    for bottom, text in ((264, said.organiser), (204, said.date)):
        sheet.text(right, HEIGHT - bottom, fitting(text, TEXT, room), size=TEXT, at="r")
    sheet.text(SIDE, HEIGHT - 130, fitting(said.number, SMALL, room), size=SMALL, fill=GREY)
    return sheet.png()


def _centred(sheet: Sheet, y: float, text: str, *, size: int, fill: str = INK) -> None:
    """Write in the middle, in smaller signs where there is no room for such big ones."""
    room = WIDTH - 2 * SIDE
    while size > SMALL and fitting(text, size, room) != text:
        size -= 2
    sheet.text(WIDTH / 2, y, fitting(text, size, room), size=size, fill=fill, at="m")


def _frame(sheet: Sheet, edge: int, width: int) -> None:
    right, bottom = WIDTH - edge, HEIGHT - edge
    corners = [(edge, edge), (right, edge), (right, bottom), (edge, bottom), (edge, edge)]
    for here, there in pairwise(corners):
        sheet.line([here, there], GOLD, width)
    for x, y in corners[:4]:
        half = width * 1.5
        sheet.box(x - half, y - half, x + half, bottom=y + half, fill=GOLD)
