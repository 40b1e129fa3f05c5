"""A photo without what its camera noted of place and person. Pure.

The picture itself is not touched: its file loses every part that pictures do not need. Of a JPEG's
notes only the way up is kept.
"""

from collections.abc import Iterator

JPEG, PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
SCAN, END = 0xDA, 0xD9
NOTES = {*range(0xE1, 0xF0), 0xFE}  # APP1 to APP15 and comments; APP0 says how dense the dots are
COLOURS = 0xEE  # Adobe's note tells which colours are meant
EXIF = b"Exif\0\0"
WAY_UP = 0x0112
SHAPES = {0xC0, 0xC1, 0xC2}  # the parts that tell the sides: plain, extended, progressive
ON_ITS_SIDE = 5  # from here on the camera was held upright, and the sides change places
DRAWN = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"iCCP")


def bare(content: bytes) -> bytes | None:
    """Return a JPEG or PNG without notes; None if it is neither, or is broken."""
    try:
        if content.startswith(JPEG):
            return JPEG + b"".join(_jpeg(content))
        if content.startswith(PNG):
            return PNG + b"".join(_png(content))
    except (IndexError, ValueError):
        return None
    return None


def sides(content: bytes) -> tuple[int, int] | None:
    """Return how wide and high a JPEG or PNG is shown, in dots; None if that cannot be told."""
    try:
        found = _png_sides(content) if content.startswith(PNG) else _jpeg_sides(content)
    except (IndexError, ValueError):
        return None
    return found if min(found) > 0 else None


def _png_sides(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _jpeg_sides(content: bytes) -> tuple[int, int]:
    if not content.startswith(JPEG):
        raise ValueError(content[:2])
    up = 0
    for part in _jpeg(content):
        if part[4:10] == EXIF:
            up = _way_up(part[10:])
        elif part[1] in SHAPES:
            high, wide = int.from_bytes(part[5:7], "big"), int.from_bytes(part[7:9], "big")
            return (high, wide) if up >= ON_ITS_SIDE else (wide, high)
    return 0, 0


def _jpeg(content: bytes) -> Iterator[bytes]:
    at = len(JPEG)
    while True:
        if content[at] != 0xFF:  # noqa: PLR2004 - begins every part
            raise ValueError(at)
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        part = content[at : at + 2 + length]
        if kind == SCAN:
            yield content[at:]
            return
        if length < 2 or len(part) != length + 2 or kind == END:  # noqa: PLR2004 - its own length
            raise ValueError(at)
        if kind not in NOTES or kind == COLOURS:
            yield part
        elif part[4:10] == EXIF and (up := _way_up(part[10:])):
            yield _turned(up)
        at += 2 + length


def _way_up(notes: bytes) -> int:
    """Read from a camera's notes how the picture was held, 2 to 8; 0 if upright or not said."""
    order = "little" if notes[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(notes[at : at + size], order)  # type: ignore[arg-type]

    first = number(4, 4)
    for entry in range(min(number(first, 2), 100)):
        at = first + 2 + 12 * entry
        if number(at, 2) == WAY_UP:
            up = number(at + 8, 2)
            return up if 1 < up <= 8 else 0  # noqa: PLR2004 - as EXIF counts
    return 0


def _turned(up: int) -> bytes:
    """Return notes that say the way up and nothing else."""
    entry = WAY_UP.to_bytes(2, "big") + b"\0\x03\0\0\0\x01" + up.to_bytes(2, "big") + b"\0\0"
    body = EXIF + b"MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def _png(content: bytes) -> Iterator[bytes]:
    at = len(PNG)
    while True:
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        part = content[at : at + 12 + length]
        if len(part) != length + 12:
            raise ValueError(at)
        if kind in DRAWN:
            yield part
        if kind == b"IEND":
            return
        at += 12 + length
