"""The envelope of WeCom's callbacks: signed by SHA-1, sealed by AES-256-CBC. Pure.

A letter is 16 random bytes, its length in four bytes, the text, and whom it is for, filled up to
a multiple of 32. The signature covers the sealed text only, so it is checked before anything is
opened: nobody without the token learns what our opening makes of a letter.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK, SALT, LENGTH = 32, 16, 4


class Forged(Exception):  # noqa: N818 - whoever sent it is not WeCom
    """A letter is not signed or sealed with our keys, or it is not for us."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What goes with a sealed text: the moment and the number that its signature covers."""

    timestamp: str
    nonce: str


class Envelope:
    """Opens what WeCom posts and seals what it is answered."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        """Take Token and EncodingAESKey of the callback, and whom letters are for: the CorpID."""
        self._token = token
        self._receiver = receiver.encode()
        key = base64.b64decode(f"{aes_key}=")
        self._cipher = Cipher(AES(key), CBC(key[:16]))

    def signature(self, stamp: Stamp, sealed: str) -> str:
        """Return the signature of a sealed text."""
        signed = "".join(sorted((self._token, stamp.timestamp, stamp.nonce, sealed)))
        return hashlib.sha1(signed.encode(errors="surrogatepass")).hexdigest()  # noqa: S324 - WeCom's

    def opened(self, signature: str, stamp: Stamp, sealed: str) -> bytes:
        """Return the text of a letter.

        Raises:
            Forged: the signature is wrong, it is damaged, or it is for somebody else.

        """
        good = self.signature(stamp, sealed)
        if not hmac.compare_digest(good.encode(), signature.encode(errors="surrogatepass")):
            raise Forged("the signature is wrong")
        try:
            opener = self._cipher.decryptor()
            letter = opener.update(base64.b64decode(sealed, validate=True)) + opener.finalize()
        except (binascii.Error, ValueError):
            raise Forged("it is not sealed like ours") from None
        return self._text(letter)

    def _text(self, letter: bytes) -> bytes:
        filling = letter[-1] if letter else 0
        whole = 1 <= filling <= BLOCK and letter.endswith(bytes([filling]) * filling)
        if len(letter) % BLOCK or not whole or len(letter) - filling < SALT + LENGTH:
            raise Forged("it is not filled up like ours")
        letter = letter[SALT:-filling]
        (length,) = struct.unpack(">I", letter[:LENGTH])
        text, receiver = letter[LENGTH : LENGTH + length], letter[LENGTH + length :]
        if len(text) < length or not hmac.compare_digest(receiver, self._receiver):
            raise Forged("it is for somebody else")
        return text

    def sealed(self, text: bytes, salt: bytes) -> str:
        """Seal a text behind 16 random bytes."""
        letter = salt + struct.pack(">I", len(text)) + text + self._receiver
        filling = BLOCK - len(letter) % BLOCK
        sealer = self._cipher.encryptor()
        letter += bytes([filling]) * filling
        return base64.b64encode(sealer.update(letter) + sealer.finalize()).decode()
