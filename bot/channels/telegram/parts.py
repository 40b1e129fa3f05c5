"""Cutting a rich text into messages of the length Telegram takes. Pure."""

import html
from collections.abc import Iterator

from bot.messages import plain

TEXT_UNITS_MAX = 4096  # UTF-16 units, counted after the markup is taken away
HIGH_SURROGATE = range(0xD8, 0xDC)


def units(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(rich: str) -> list[str]:
    """Split rich text at line ends so that each part fits in a message; tags never span lines."""
    parts: list[list[str]] = [[]]
    room = TEXT_UNITS_MAX
    for line in rich.split("\n"):
        for piece in _pieces(line):
            size = units(plain(piece)) + bool(parts[-1])
            if size > room:
                parts.append([])
                room, size = TEXT_UNITS_MAX, size - 1
            parts[-1].append(piece)
            room -= size
    joined = ("\n".join(lines) for lines in parts)
    return [part for part in joined if plain(part).strip()]


def _pieces(line: str) -> Iterator[str]:
    """Cut a line longer than a message, without its markup; other lines stay as they are."""
    text = plain(line)
    if units(text) <= TEXT_UNITS_MAX:
        yield line
        return
    left = text.encode("utf-16-le", "surrogatepass")
    while left:
        piece = left[: TEXT_UNITS_MAX * 2]
        if len(piece) < len(left) and piece[-1] in HIGH_SURROGATE:
            piece = piece[:-2]  # a sign of two units stays whole
        yield html.escape(piece.decode("utf-16-le", "surrogatepass"))
        left = left[len(piece) :]
