"""Card numbers (书友号). Pure.

Eight characters without look-alikes; the last one checks the other seven. The alphabet has 31
characters, a prime, so the weighted sum finds every single wrong character and every swap of two
neighbours.
"""

import hashlib
import hmac

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
ALIAS_LENGTH = 4


def check_character(seven: str) -> str:
    """Return the character that completes seven others."""
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(seven, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def from_chance(chance: int) -> str:
    """Make a number from a random whole number; uses its remainder modulo 31 to the 7th."""
    seven = ""
    for _ in range(LENGTH - 1):
        chance, index = divmod(chance, len(ALPHABET))
        seven += ALPHABET[index]
    return seven + check_character(seven)


def read(text: str) -> str | None:
    """Return the number somebody typed, in any case, hyphens and blanks allowed; None if wrong."""
    number = "".join(text.upper().replace("-", "").split())
    if len(number) != LENGTH or any(sign not in ALPHABET for sign in number):
        return None
    return number if check_character(number[:-1]) == number[-1] else None


def shown(number: str) -> str:
    """Return a number in two halves, as people read it out."""
    half = LENGTH // 2
    return f"{number[:half]}-{number[half:]}"


def alias(secret: bytes, citizen: int) -> str:
    """Return four characters that stand for a citizen on boards and tell nothing of the number."""
    digest = hmac.digest(secret, f"alias\0{citizen}".encode(), hashlib.sha256)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:ALIAS_LENGTH])
