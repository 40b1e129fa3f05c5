"""A share as a bar of signs. Pure."""

FULL, EMPTY = "■", "□"
WIDE = 10


def few(value: int, target: int) -> bool:
    """Say whether something begun is less than one percent of its target: 0 % would say nothing."""
    return 0 < value * 100 < target


def bar(percent: int) -> str:
    """Return ten signs; something begun shows one, and only what is complete shows all."""
    filled = min(max(percent, 0) * WIDE // 100, WIDE)
    if percent > 0:
        filled = max(filled, 1)
    return FULL * filled + EMPTY * (WIDE - filled)
