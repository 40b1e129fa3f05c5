"""Paper cards: what stands in a card's QR code, and what somebody typed or scanned. Pure.

A card is known by its number, which is made as card numbers of people are; whoever first uses it
gets it as their own. The code holds the number with a signature behind it: who has that has seen
the card itself, while a number may have been guessed or overheard.
"""

import hmac
import re
from dataclasses import dataclass
from unicodedata import normalize

from bot.rules import cards, signing

START = "card_"
"""How a start parameter begins that names a card."""
READ_MAX = 300
SHEET_MAX = 100
"""Cards on one sheet: ten pages."""
UNUSED_MAX = 300
"""Cards of one unit that nobody has used yet."""
CODE = re.compile(r"(?<![0-9A-Za-z])([0-9A-Za-z]{8})_([0-9A-Za-z_-]{12})(?![0-9A-Za-z_-])")


@dataclass(frozen=True, slots=True)
class Scan:
    """A card's number, with the signature that was scanned; none if it was typed."""

    number: str
    signature: str = ""


def code(secret: bytes, number: str) -> str:
    """Return what stands for a card in its page's address and, behind `START`, in a link."""
    return f"{number}_{signing.sign_card(secret, number)}"


def read(text: str) -> Scan | None:
    """Read a card off a number, a code, a link or an address; None if there is none in it."""
    folded = normalize("NFKC", text[:READ_MAX]).replace(START, "")
    found = CODE.search(folded)
    number = cards.read(found[1] if found else folded)
    if number is None:
        return None
    return Scan(number, found[2] if found else "")


def is_genuine(secret: bytes, scan: Scan) -> bool:
    """Say whether whoever scanned this has seen a card of ours."""
    signature = signing.sign_card(secret, scan.number)
    return hmac.compare_digest(signature, scan.signature)


def grouped(number: str) -> str:
    """Return a number as people read it."""
    half = cards.LENGTH // 2
    return f"{number[:half]}-{number[half:]}"
