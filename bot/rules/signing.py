"""Signatures of confirming buttons, of files and pages: bound to a person, for a while. Pure.

The signature travels in the button (64 bytes on Telegram), so it is short: 12 characters, 72 bits.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

CONFIRM_SECONDS = 600
FILE_SECONDS = 900
PAGE_SECONDS = 7 * 24 * 3600
SIGNATURE_LENGTH = 12


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # a forged button may hold half characters


def _signature(secret: bytes, person: str, body: str) -> str:
    signed = _bytes(f"confirm\0{person}\0{body}")
    digest = hmac.digest(secret, signed, hashlib.sha256)
    return urlsafe_b64encode(digest).decode()[:SIGNATURE_LENGTH]


def sign(secret: bytes, person: str, act: str, *, at: datetime) -> str:
    """Return an act with its expiry and signature behind it: `act:expiry:signature`."""
    body = f"{act}:{int(at.timestamp()) + CONFIRM_SECONDS:x}"
    return f"{body}:{_signature(secret, person, body)}"


def opened(secret: bytes, person: str, signed: str, *, at: datetime) -> str | None:
    """Return the act of a signed button, or None if forged, another person's or expired."""
    body, _, signature = signed.rpartition(":")
    act, _, expiry = body.rpartition(":")
    if not hmac.compare_digest(_bytes(_signature(secret, person, body)), _bytes(signature)):
        return None
    # In whole seconds, as the expiry was written: else a button would lose up to one of its 600.
    return act if int(at.timestamp()) <= int(expiry, 16) else None


def sign_file(secret: bytes, job: int, citizen: int, *, at: datetime) -> str:
    """Return a token by which the file of a piece of work can be fetched for fifteen minutes."""
    body = f"{job}.{citizen}.{int(at.timestamp()) + FILE_SECONDS:x}"
    return f"{body}.{_signature(secret, 'file', body)}"


def opened_file(secret: bytes, token: str, *, at: datetime) -> tuple[int, int] | None:
    """Return work and citizen of a token, or None if it is forged or too old."""
    body, _, signature = token.rpartition(".")
    good = _signature(secret, "file", body).encode()
    if not hmac.compare_digest(good, signature.encode(errors="replace")):
        return None
    job, citizen, expiry = body.split(".")
    return (int(job), int(citizen)) if int(at.timestamp()) <= int(expiry, 16) else None


def sign_page(secret: bytes, citizen: int, item: int, *, at: datetime) -> str:
    """Return a token for a citizen's page about an item, good for seven days."""
    body = f"{citizen}.{item}.{int(at.timestamp()) + PAGE_SECONDS:x}"
    return f"{body}.{_signature(secret, 'page', body)}"


def opened_page(secret: bytes, token: str, *, at: datetime) -> tuple[int, int] | None:
    """Return citizen and item of a token, or None if it is forged or too old."""
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_bytes(_signature(secret, "page", body)), _bytes(signature)):
        return None
    citizen, item, expiry = body.split(".")
    return (int(citizen), int(item)) if int(at.timestamp()) <= int(expiry, 16) else None


def sign_card(secret: bytes, number: str) -> str:
    """Return the signature of a paper card, which holds as long as the card does."""
    return _signature(secret, "card", number)


def keyed(secret: bytes, name: str) -> str:
    """Return a keyed hash that stands for a name without telling it."""
    return hmac.digest(secret, f"account\0{name}".encode(), hashlib.sha256).hex()[:40]


def derived(secret: bytes, purpose: str) -> str:
    """Return a secret of its own for a purpose, as 64 hexadecimal digits."""
    return hmac.digest(secret, f"for {purpose}".encode(), hashlib.sha256).hex()
