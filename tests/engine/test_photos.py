"""Pictures that people sent: what is kept of them, and what is never opened."""

import io
import struct
import zlib

import pytest
from PIL import Image

from bot import photos
from bot.messages import JPEG, PNG
from bot.sheets import UnreadableError
from tests.photographs import photo


def huge(width, height):
    """Make a PNG that says it is huge, in a few bytes."""

    def chunk(kind, data):
        told = kind + data
        return struct.pack(">I", len(data)) + told + struct.pack(">I", zlib.crc32(told))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def refusal(content):
    """Return why a picture is not taken."""
    with pytest.raises(UnreadableError) as error:
        photos.check(content)
    return error.value.phrase.key.removeprefix("photos.")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_its_pixels_is_kept(kind):
    """Upright, small, without what the camera noted."""
    kept = photos.check(photo(size=(3000, 2000), kind=kind))
    opened = Image.open(io.BytesIO(kept.content))

    assert (opened.format, opened.size) == ("JPEG", (kept.width, kept.height))
    assert (kept.width, kept.height) == (1067, 1600)
    assert dict(opened.getexif()) == {}
    assert b"camera" not in kept.content


def test_a_clear_picture_stands_on_white():
    """And a palette is no obstacle."""
    for mode, clear in (("RGBA", (255, 0, 0, 0)), ("P", 0), ("LA", (9, 0))):
        held = io.BytesIO()
        Image.new(mode, (20, 10), clear).save(held, "PNG", transparency=0 if mode == "P" else None)
        shown = Image.open(io.BytesIO(photos.check(held.getvalue()).content))
        assert min(shown.getpixel((5, 5))) > 250


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\0\0\0\x18ftypheic" + b"x" * 99, "heic"),
        (b"\0\0\0\x18ftypmif1" + b"x" * 99, "heic"),
        (b"GIF89a" + b"x" * 99, "unknown"),
        (b"<svg onload='alert(1)'/>", "unknown"),
        (b"%PDF-1.7", "unknown"),
        (b"", "unknown"),
        (JPEG + b"x" * 50, "damaged"),
        (photo()[:900], "damaged"),
        (huge(30_000, 30_000), "bomb"),
        (huge(9000, 9000), "bomb"),
        (JPEG + b"x" * (50 << 20), "too_big"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(content, why):
    """By its content, whatever it is called; a bomb before it is decoded."""
    assert refusal(content) == why


def test_a_contact_sheet_shows_all_and_lacks_nothing():
    """Three across, a grey tile where a file is gone."""
    contents = [photos.check(photo(n)).content for n in range(4)]
    sheet = Image.open(io.BytesIO(photos.contact_sheet([*contents, None])))

    assert sheet.width > sheet.height > sheet.width / 2
    assert photos.contact_sheet([])
