"""What a reading note may hold. Pure.

Many read it whom its writer does not know: it leads nowhere else, and calls nobody.
"""

import re
import unicodedata
from enum import StrEnum

LENGTH_MIN, LENGTH_MAX = 10, 500
LINES_MAX = 20
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
BLANKS = re.compile(r"[^\S\n]+")
LINK = re.compile(
    r"https?:|www\.|[a-z0-9-]+\.(?:com|cn|net|org|top|xyz|info|io|me|cc|vip|shop|site|app)\b|t\.me"
    r"|[\w.+-]+@[\w-]+",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<!\d)(?:\+?86[ -]?)?1[3-9](?:[ .-]?\d){9}(?!\d)"  # a mobile, however it is spaced
    r"|(?<!\d)\(?0\d{2,3}\)?[ -]\d{7,8}(?!\d)"  # a landline
    r"|\d{7,}"  # what else can be called or added
)


class Problem(StrEnum):
    """Why a text cannot be taken."""

    SHORT = "short"
    LONG = "long"
    LINK = "link"
    PHONE = "phone"


def tidied(text: str) -> str:
    """Return a text without what cannot be seen, without heaps of blanks and empty lines."""
    shown = "".join(
        sign for sign in text if sign == "\n" or unicodedata.category(sign) not in HIDDEN
    )
    lines = (BLANKS.sub(" ", line).strip() for line in shown.split("\n"))
    return "\n".join(list(filter(None, lines))[:LINES_MAX])


def problem(text: str, *, least: int = LENGTH_MIN, most: int = LENGTH_MAX) -> Problem | None:
    """Say what is wrong with a tidied text; None if nothing is."""
    if sum(unicodedata.category(sign)[0] in "LN" for sign in text) < least:
        return Problem.SHORT
    if len(text) > most:
        return Problem.LONG
    compared = unicodedata.normalize("NFKC", text)
    if LINK.search(compared):
        return Problem.LINK
    return Problem.PHONE if PHONE.search(compared) else None
