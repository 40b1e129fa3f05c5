"""Charts as PNG pictures to be read on a phone, with Chinese labels on any machine.

Pure drawing: it is given words and numbers, and knows no feature. Pillow and the font weigh much,
so they are loaded here only when something is drawn, in the child process of a job.
"""

import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

WIDTH, MARGIN = 1080, 56
SCALE = 2  # drawn so many times larger and made smaller again, so that lines are smooth
TITLE, TEXT, SMALL = 50, 36, 30  # sizes of signs, for a picture as wide as a phone
INK, FAINT, GRID, TRACK, PAPER = "#1b1b1b", "#5f5f5f", "#d9d9d9", "#e6e6e6", "#ffffff"
EVEN = "#a8a8a8"
# Told apart by those who see no red or no green as well (Okabe and Ito), dark enough on white.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a6d3b", "#4d4d4d")
UNSEEN = frozenset({"Cf", "Cc", "Cs"})  # what stands between signs
VARIANTS = frozenset(map(chr, range(0xFE00, 0xFE10)))
LEFT_OUT = frozenset({"So", "Sk", "Mn", "Me", "Co"})  # emoji and marks that no font has
NO_SIGN = "\U0010ffff"
HALF = 128


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around a chart: title, as of when, and what is shown."""

    title: str
    as_of: str
    note: str = ""


@cache
def _faces() -> tuple[str, ...]:
    import pylopdf_fonts_zh_cn

    return str(pylopdf_fonts_zh_cn.sans_path()), str(pylopdf_fonts_zh_cn.serif_path())


@lru_cache(maxsize=32)
def _font(face: str, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(face, size)


@cache
def _missing(face: str) -> bytes:
    """Return what a font draws in place of a sign it does not have."""
    return bytes(_font(face, TEXT).getmask(NO_SIGN))


@lru_cache(maxsize=4096)
def _face_for(sign: str) -> str | None:
    """Return the font that has a sign, None if none does."""
    for face in _faces():
        if sign.isspace() or bytes(_font(face, TEXT).getmask(sign)) != _missing(face):
            return face
    return None


@lru_cache(maxsize=4096)
def _instead(sign: str) -> str:
    """Return what is drawn for a sign that no font has: its sound, or its number; never a box."""
    if unicodedata.category(sign) in LEFT_OUT:
        return ""  # an emoji or a mark: nothing of the name is lost
    from pypinyin import lazy_pinyin

    sound = "".join(lazy_pinyin(sign, errors="ignore"))
    return f"({sound})" if sound else f"(U+{ord(sign):X})"


def drawable(text: str) -> str:
    """Return a text in signs that can be drawn; a rare sign without a glyph becomes its sound."""
    shown = (sign for sign in text if unicodedata.category(sign) not in UNSEEN)
    plain = "".join(" " if sign.isspace() else sign for sign in shown if sign not in VARIANTS)
    return "".join(sign if _face_for(sign) else _instead(sign) for sign in plain)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Cut a text into runs of one font each."""
    run, face = "", _faces()[0]
    for sign in drawable(text):
        found = _face_for(sign) or face
        if found != face and run:
            yield run, face
            run = ""
        run, face = run + sign, found
    if run:
        yield run, face


class Sheet:
    """A picture being drawn; lengths are in pixels of the finished picture."""

    def __init__(self, height: int, *, width: int = WIDTH, scale: int = SCALE) -> None:
        from PIL import Image, ImageDraw

        self.height, self._width, self._scale = height, width, scale
        self._image = Image.new("RGB", (width * scale, height * scale), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def box(self, left: float, top: float, right: float, *, bottom: float, fill: str) -> None:
        """Fill a rectangle, at least a hair wide and high."""
        if right > left and bottom > top:
            near, far = (round(left * self._scale), round(top * self._scale)), (right, bottom)
            ends = [
                max(end, round(edge * self._scale) - 1) for end, edge in zip(near, far, strict=True)
            ]
            self._draw.rectangle([*near, *ends], fill=fill)

    def disc(self, x: float, y: float, radius: float, *, fill: str) -> None:
        """Fill a circle around a point."""
        ends = [(end + side * radius) * self._scale for side in (-1, 1) for end in (x, y)]
        self._draw.ellipse(ends, fill=fill)

    def shape(self, points: Sequence[tuple[float, float]], *, fill: str) -> None:
        """Fill a shape with straight edges."""
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=fill)

    def line(self, points: Sequence[tuple[float, float]], fill: str, width: int) -> None:
        """Draw a line through points."""
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        self._draw.line(scaled, fill=fill, width=width * self._scale, joint="curve")

    def dashes(self, left: float, right: float, y: float, *, fill: str) -> None:
        """Draw a dashed level line."""
        x = left
        while x < right:
            self.line([(x, y), (min(x + 18, right), y)], fill, 4)
            x += 30

    def text(
        self, x: float, y: float, text: str, *, size: int = TEXT, fill: str = INK, at: str = "l"
    ) -> None:
        """Write, from `x` on, up to it (`r`) or around it (`m`); `y` is the middle of the signs."""
        at_x = (x - wide(text, size) * {"l": 0, "m": 0.5, "r": 1}[at]) * self._scale
        for run, face in _runs(text):
            font = _font(face, size * self._scale)
            bold = 1 if size == TITLE else 0
            self._draw.text((at_x, y * self._scale), run, fill, font, "lm", stroke_width=bold)
            at_x += font.getlength(run)

    def printed(self) -> Any:
        """Return the picture in black and white, without any grey, as a printer takes it."""
        return self._image.convert("L").point(lambda grey: 255 * (grey >= HALF), "1")

    def png(self) -> bytes:
        """Return the finished picture."""
        from PIL import Image

        small = self._image.resize((self._width, self.height), Image.Resampling.LANCZOS)
        held = io.BytesIO()
        small.save(held, "PNG")
        return held.getvalue()


def wide(text: str, size: int) -> float:
    """Return how wide a text is when it is drawn."""
    return float(sum(_font(face, size).getlength(run) for run, face in _runs(text)))


def fitting(text: str, size: int, room: float) -> str:
    """Return a text, cut where there is no room for it."""
    if wide(text, size) <= room:
        return text
    while text and wide(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text}…"


def wrapped(text: str, size: int, room: float) -> list[str]:
    """Cut a text into lines; Chinese may break anywhere, other words only between them."""
    lines, line = [], ""
    words = _words(text)
    for word in words:
        if line and wide(line + word.rstrip(), size) > room:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def _words(text: str) -> Iterator[str]:
    word = ""
    for sign in text:
        word += sign
        if not sign.isascii() or sign == " ":
            yield word
            word = ""
    if word:
        yield word


def headed(caption: Caption, body: Callable[[Sheet, float], None], height: int) -> bytes:
    """Draw the words around a chart, and the chart, which is so high, between them."""
    room = WIDTH - 2 * MARGIN
    title, note = wrapped(caption.title, TITLE, room), wrapped(caption.note, SMALL, room)
    top = 40 + 68 * len(title) + 60
    sheet = Sheet(top + height + 44 * len(note) + 44)
    for number, line in enumerate(title):
        sheet.text(MARGIN, 40 + 68 * number + 30, line, size=TITLE)
    sheet.text(MARGIN, top - 36, caption.as_of, size=TEXT - 4, fill=FAINT)
    body(sheet, top)
    for number, line in enumerate(note):
        sheet.text(MARGIN, top + height + 44 * number + 24, line, size=SMALL, fill=FAINT)
    return sheet.png()
