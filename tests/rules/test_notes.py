"""What a reading note may hold, and what is taken out of a photo."""

import io

import pytest
from PIL import Image

from bot.rules import notes, photos
from bot.rules.notes import Problem

FINE = "曹雪芹写尽了人情冷暖，读到黛玉葬花时我落了泪。"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FINE, None),
        (f"这本书写的是1937-1945年的事，{FINE}", None),
        (f"{FINE}第1234页到第2345页最好。", None),
        ("好" * 9, Problem.SHORT),
        ("。" * 40, Problem.SHORT),
        ("好" * 501, Problem.LONG),
        (f"{FINE} 看 https://a.example.org/x", Problem.LINK),
        (f"{FINE}ｗｗｗ．abc．ｃｏｍ", Problem.LINK),
        (f"{FINE} t.me/xyz", Problem.LINK),
        (f"{FINE} 写信 me@example", Problem.LINK),
        (f"{FINE}电话 138 0013 8000", Problem.PHONE),
        (f"{FINE}电话１３８００１３８０００", Problem.PHONE),
        (f"{FINE}打 021-59720000", Problem.PHONE),
        (f"{FINE}加我 12345678", Problem.PHONE),
    ],
)
def test_a_text_is_taken_or_said_why_not(text, problem):
    """Links and numbers are found however they are spaced or widened; years are no phone."""
    assert notes.problem(notes.tidied(text)) == problem


def test_a_text_loses_what_cannot_be_seen():
    """Signs that turn lines around, heaps of blanks, empty lines."""
    assert notes.tidied("  好\u202e书 \n\n\n  真   的\u200b \x00") == "好书\n真 的"
    assert notes.tidied("x\n" * 100).count("\n") == notes.LINES_MAX - 1


def photo(kind, **notes_of):
    """Draw a small picture as a camera would keep it."""
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(file, kind, **notes_of)
    return file.getvalue()


def test_a_photo_loses_place_and_camera_and_keeps_its_way_up():
    """GPS and maker are gone from JPEG and PNG; whatever is broken or another kind is refused."""
    said = Image.Exif()
    said[0x010F], said[0x0112] = "Secret camera", 6
    said.get_ifd(0x8825)[1] = "N"
    jpeg = photo("JPEG", exif=said, comment=b"at home")
    bare = photos.bare(jpeg)
    png = photo("PNG", exif=said)

    assert b"Secret" in jpeg
    assert b"Secret" in png
    assert b"Secret" not in bare
    assert b"at home" not in bare
    assert b"Secret" not in photos.bare(png)
    assert dict(Image.open(io.BytesIO(bare)).getexif()) == {0x0112: 6}
    assert (
        Image.open(io.BytesIO(photos.bare(png))).tobytes() == Image.open(io.BytesIO(png)).tobytes()
    )
    assert photos.bare(photo("JPEG")) is not None
    assert photos.sides(bare) == photos.sides(jpeg) == (20, 40)
    assert photos.sides(photo("PNG")) == photos.sides(photo("JPEG", progressive=True)) == (40, 20)
    for wrong in (b"", b"\xff\xd8", jpeg[:30], b"\xff\xd8\xff\xe1\x00\x00", png[:40], photo("GIF")):
        assert photos.bare(wrong) is None
    for wrong in (b"", b"\xff\xd8", jpeg[:30], b"\xff\xd8\xff\xe1\x00\x00", png[:18], photo("GIF")):
        assert photos.sides(wrong) is None
