"""QR codes: the modules they are made of, dark or light, row by row; and one as a picture."""

from io import BytesIO

ALONE, QUIET = 640, 4  # its width in pixels at most, and its white border in modules


def picture(text: str) -> bytes:
    """Draw one code as a PNG, without Pillow: quick enough for an answer that waits for it."""
    import segno

    out, made = BytesIO(), segno.make_qr(text, error="m")
    scale = ALONE // (made.symbol_size()[0] + 2 * QUIET)
    made.save(out, kind="png", scale=scale, border=QUIET)
    return out.getvalue()


def modules(link: str) -> list[list[bool]]:
    """Return the dark modules of a link's code, row by row; a seventh of it may be dirty."""
    import segno

    return [[bool(each) for each in row] for row in segno.make_qr(link, error="m").matrix]
