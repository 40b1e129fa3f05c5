"""What staff write to adjust points: whose number, how many, why. Pure.

Forms of signs are tolerated, meanings are not guessed: full-width digits are digits, but 1e9, 5.0
and half a number are refused, each with its own reason.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.rules import cards
from bot.rules.corrections import POINTS_MAX, REASON_MAX

MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-", "－": "-", "＋": "+"})
POINTS = re.compile(r"[+-]?[0-9]{1,6}")
BLANKS = re.compile(r"\s+")
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


class Wrong(StrEnum):
    """Why an order cannot be taken."""

    POINTS = "points"  # no whole number stands there
    ZERO = "zero"
    MANY = "many"
    REASON = "reason"  # there is none
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Amount:
    """Points with their sign, and why."""

    points: int
    reason: str


def parted(text: str) -> tuple[str, str]:
    """Part a card number, as it was written, from what follows; it may be written in two halves."""
    head, rest = _word(text)
    half, more = _word(rest)
    if cards.read(head) is None and half and cards.read(f"{head}{half}") is not None:
        return f"{head} {half}", more
    return head, rest


def _word(text: str) -> tuple[str, str]:
    word, *rest = BLANKS.split(text.strip(), maxsplit=1)
    return word, rest[0] if rest else ""


def amount(text: str) -> Amount | Wrong:
    """Read points and a reason, or say what is wrong with them."""
    head, rest = _word(text)
    digits = unicodedata.normalize("NFKC", head.translate(MINUS)).translate(MINUS)
    if not POINTS.fullmatch(digits):
        return Wrong.POINTS
    points = int(digits)
    if points == 0:
        return Wrong.ZERO
    if abs(points) > POINTS_MAX:
        return Wrong.MANY
    why = reason(rest)
    return why if isinstance(why, Wrong) else Amount(points, why)


def reason(text: str, *, longest: int = REASON_MAX) -> str | Wrong:
    """Return a reason without what cannot be seen, or say what is wrong with it."""
    seen = (sign for sign in BLANKS.sub(" ", text) if unicodedata.category(sign) not in HIDDEN)
    tidied = "".join(seen).strip()
    if not any(unicodedata.category(sign)[0] in "LN" for sign in tidied):
        return Wrong.REASON
    return Wrong.LONG if len(tidied) > longest else tidied


def guesses(text: str) -> list[str]:
    """Return the card numbers that differ from a mistyped one by one sign or one swap."""
    typed = "".join(text.upper().replace("-", "").split())
    if len(typed) != cards.LENGTH:
        return []
    found = {
        typed[:place] + sign + typed[place + 1 :]
        for place in range(cards.LENGTH)
        for sign in cards.ALPHABET
    } | {typed[:n] + typed[n + 1] + typed[n] + typed[n + 2 :] for n in range(cards.LENGTH - 1)}
    return sorted(number for number in found if cards.read(number) == number)
