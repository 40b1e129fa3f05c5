"""Pictures that people sent: told by their content, made small, and rid of what a camera notes.

Pillow weighs much, so it is loaded only when a picture is looked at, in the child process of a job.
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.messages import JPEG, PNG
from bot.sheets import UnreadableError

BYTES_MAX = 20 << 20
PIXELS_MAX = 64_000_000
SIDE_MAX = 1600  # enough for a printed page
QUALITY = 82
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif")
WHITE = (255, 255, 255)
TILE, GAP, ACROSS = 480, 16, 3
MARK = 64


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: a JPEG without anything but its pixels."""

    content: bytes
    width: int
    height: int


def check(data: bytes) -> Photo:
    """Make a picture ready to be kept.

    Raises:
        UnreadableError: it is none, not of a kind we take, damaged, or far too large.

    """
    if len(data) > BYTES_MAX:
        raise UnreadableError("photos.too_big", megabytes=BYTES_MAX >> 20)
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        raise UnreadableError("photos.heic")
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if not (data.startswith((PNG, JPEG)) or is_webp):
        raise UnreadableError("photos.unknown")
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", category=UserWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
                return _tidied(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableError("photos.bomb", millions=PIXELS_MAX // 1_000_000) from None
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, MemoryError) as error:
        raise UnreadableError("photos.damaged") from error


def _tidied(opened: Any) -> Photo:
    """Turn a picture upright, make it small, and keep nothing but what is seen."""
    from PIL import Image, ImageOps

    opened.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a JPEG is decoded smaller, where that is enough
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    clear = upright.convert("RGBA")
    plain = Image.new("RGB", clear.size, WHITE)
    plain.paste(clear, mask=clear.getchannel("A"))
    held = io.BytesIO()
    plain.save(held, "JPEG", quality=QUALITY, optimize=True)
    return Photo(held.getvalue(), *plain.size)


def contact_sheet(contents: Sequence[bytes | None]) -> bytes:
    """Put pictures side by side, each with its number, on one that a phone shows; gone ones grey.

    The numbers are drawn with the font that Pillow brings along.
    """
    from PIL import Image, ImageDraw, ImageFont

    across = min(ACROSS, max(1, len(contents)))
    down = -(-len(contents) // across)
    size = (across * (TILE + GAP) + GAP, down * (TILE + GAP) + GAP)
    sheet = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=MARK * 3 // 5)
    for n, content in enumerate(contents):
        left = GAP + n % across * (TILE + GAP)
        top = GAP + n // across * (TILE + GAP)
        tile = Image.new("RGB", (TILE, TILE), "#e6e6e6")
        if content is not None:
            with Image.open(io.BytesIO(content), formats=("JPEG",)) as photo:
                photo.thumbnail((TILE, TILE))
                tile.paste(photo, ((TILE - photo.width) // 2, (TILE - photo.height) // 2))
        sheet.paste(tile, (left, top))
        draw.rectangle((left, top, left + MARK, top + MARK), fill="#1b1b1b")
        middle = (left + MARK / 2, top + MARK / 2)
        draw.text(middle, str(n + 1), fill=WHITE, font=font, anchor="mm")
    held = io.BytesIO()
    sheet.save(held, "JPEG", quality=QUALITY)
    return held.getvalue()
