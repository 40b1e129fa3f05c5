"""Codes of vouchers: made of a seed and the server's secret, so that no code is ever stored. Pure.

Eighteen characters without look-alikes in six groups of three; seventeen are chance (84 bits), the
last one checks the others, so that a slip of the finger is told from a wrong code.
"""

import hashlib
import hmac
from unicodedata import normalize

from bot.rules.cards import ALPHABET

LENGTH = 18
GROUP = 3
READ_MAX = 300
SEPARATORS = "/?=_"
"""What stands before a code in an address that was scanned."""
START = "voucher_"
"""How the start parameter of a deep link begins that carries a code, for whoever hands out."""


def code(secret: bytes, seed: str) -> str:
    """Return the code of a voucher."""
    chance = int.from_bytes(hmac.digest(secret, f"voucher\0{seed}".encode(), hashlib.sha256))
    signs = ""
    for _ in range(LENGTH - 1):
        chance, index = divmod(chance, len(ALPHABET))
        signs += ALPHABET[index]
    return signs + _check(signs)


def grouped(plain: str) -> str:
    """Return a code as people read it."""
    return "-".join(plain[start : start + GROUP] for start in range(0, len(plain), GROUP))


def read(text: str) -> str | None:
    """Return the code somebody typed or scanned, in any case and grouping; None if it is none."""
    folded = normalize("NFKC", text[:READ_MAX]).upper()
    for sign in SEPARATORS:
        folded = folded.rpartition(sign)[2]
    signs = "".join(sign for sign in folded if sign.isalnum())
    if len(signs) != LENGTH or any(sign not in ALPHABET for sign in signs):
        return None
    return signs if _check(signs[:-1]) == signs[-1] else None


def _check(signs: str) -> str:
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=2))
    return ALPHABET[-total % len(ALPHABET)]
