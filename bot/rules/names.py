"""Display names. Pure.

A name is shown to others, so it holds nothing invisible, nothing that turns the line around, no
heap of accents, and does not pass for staff.
"""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum

LENGTH_MAX = 16
ACCENTS_MAX = 2
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
ACCENT = frozenset({"Mn", "Me"})
HEAP = re.compile(r"\s+")


class Problem(StrEnum):
    """Why a name cannot be taken."""

    EMPTY = "empty"
    LONG = "long"
    STAFF = "staff"


def tidy(text: str) -> str:
    """Return a name without what cannot be seen, without heaps of accents and blanks."""
    kept: list[str] = []
    accents = 0
    for sign in unicodedata.normalize("NFC", text[: LENGTH_MAX * 64]):
        kind = unicodedata.category(sign)
        accents = accents + 1 if kind in ACCENT else 0
        if kind not in HIDDEN and accents <= ACCENTS_MAX:
            kept.append(sign)
    return HEAP.sub(" ", "".join(kept)).strip()


def problem(name: str, reserved: Collection[str]) -> Problem | None:
    """Say what is wrong with a tidied name; None if nothing is.

    `reserved` are words that staff go by, compared in half width and lower case, blanks left out.
    """
    if not any(unicodedata.category(sign)[0] in "LNS" for sign in name):
        return Problem.EMPTY
    if sum(unicodedata.category(sign) not in ACCENT for sign in name) > LENGTH_MAX:
        return Problem.LONG
    compared = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    if any(word.casefold() in compared for word in reserved):
        return Problem.STAFF
    return None
