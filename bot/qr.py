"""QR codes as the modules they are made of: dark or light, row by row."""


def modules(link: str) -> list[list[bool]]:
    """Return the dark modules of a link's code, row by row; a seventh of it may be dirty."""
    import segno

    return [[bool(each) for each in row] for row in segno.make_qr(link, error="m").matrix]
