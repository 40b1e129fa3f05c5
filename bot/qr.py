"""QR codes: the modules they are made of, dark or light, row by row; and one as a picture."""

import struct
import zlib

ALONE, QUIET = 640, 4  # its width in pixels at most, and its white border in modules
BYTE, MASK = 8, 2
HEAD = b"\x89PNG\r\n\x1a\n"


def picture(text: str) -> bytes:
    """Draw one code as a black and white PNG: quick enough for an answer that waits for it."""
    import segno

    # Which of the eight masks is the best is most of the work, and readers take any.
    made = segno.make_qr(text, error="m", mask=MASK)
    code = [[bool(each) for each in row] for row in made.matrix]
    scale = ALONE // (len(code) + 2 * QUIET)
    side = scale * (len(code) + 2 * QUIET)
    edge = "1" * (QUIET * scale)
    blank = _row("1" * side) * (QUIET * scale)
    rows = (edge + "".join("01"[not dark] * scale for dark in row) + edge for row in code)
    drawn = blank + b"".join(_row(row) * scale for row in rows) + blank
    size = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return HEAD + b"".join(
        (_chunk(b"IHDR", size), _chunk(b"IDAT", zlib.compress(drawn, 1)), _chunk(b"IEND", b""))
    )


def _row(bits: str) -> bytes:
    """Pack a row of pixels, eight a byte, behind the sign that says it is stored as it is."""
    length = -(-len(bits) // BYTE)
    return b"\0" + int(bits.ljust(length * BYTE, "1"), 2).to_bytes(length, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def modules(link: str) -> list[list[bool]]:
    """Return the dark modules of a link's code, row by row; a seventh of it may be dirty."""
    import segno

    return [[bool(each) for each in row] for row in segno.make_qr(link, error="m").matrix]
