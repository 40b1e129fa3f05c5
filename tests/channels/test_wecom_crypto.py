"""The envelope of WeCom's callbacks, against vectors of independent implementations."""

import base64
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.channels.wecom.crypto import Envelope, Forged, Stamp

VECTORS = json.loads(Path(__file__).with_name("wecom_vectors.json").read_text("utf-8"))
GOOD = {vector["name"]: vector for vector in VECTORS["vectors"]}
BAD = {vector["name"]: GOOD[vector["of"]] | vector for vector in VECTORS["negative"]}
TEXT = GOOD["text_message_chinese_emoji"]
NODE = Path(__file__).parents[2] / ".venv" / "node"  # where .ci/run puts the package
WHERE = NODE if NODE.is_dir() else None  # else wherever Node itself looks
NPM = """
const c = require('@wecom/crypto'), v = JSON.parse(require('fs').readFileSync(0));
const sealed = c.encrypt(v.key, v.text, v.receiver);
console.log(JSON.stringify({
  opened: c.decrypt(v.key, v.sealed), sealed, signature: c.getSignature(v.token, '1', 'n', sealed),
}));
"""


def envelope(vector, **other):
    """Make the envelope of a vector."""
    vector = vector | other
    return Envelope(vector["token"], vector["encoding_aes_key"], vector["receive_id"])


def opened(vector, **other):
    """Open a vector, with something else in place of its own."""
    vector = vector | other
    stamp = Stamp(vector["timestamp"], vector["nonce"])
    return envelope(vector).opened(vector["signature"], stamp, vector["ciphertext"])


@pytest.mark.parametrize("name", GOOD)
def test_what_wecom_sealed_is_opened(name):
    """Chinese, emoji, a whole block of filling, an empty receiver, the real server's."""
    assert opened(GOOD[name]).decode() == GOOD[name]["plaintext"]


@pytest.mark.parametrize("name", GOOD)
def test_we_seal_as_wecom_does(name):
    """With the same random bytes it is the same, sign by sign."""
    vector = GOOD[name]
    own = envelope(vector)
    salt = bytes.fromhex(vector["random_hex"])
    sealed = own.sealed(vector["plaintext"].encode(), salt)

    assert sealed == vector["ciphertext"]
    stamp = Stamp(vector["timestamp"], vector["nonce"])
    assert own.signature(stamp, sealed) == vector["signature"]


@pytest.mark.parametrize("name", BAD)
def test_what_is_damaged_or_for_others_is_refused(name):
    """A signature, a receiver, the filling, the length: each is looked at."""
    with pytest.raises(Forged):
        opened(BAD[name])


@pytest.mark.parametrize(
    "other",
    [
        {"timestamp": TEXT["nonce"], "nonce": TEXT["timestamp"] + "1"},
        {"nonce": "other"},
        {"timestamp": "1764000002"},
        {"token": "another"},
        {"signature": ""},
        {"signature": "é"},
        {"signature": "\ud800"},
        {"signature": TEXT["signature"].upper()},
        {"ciphertext": ""},
        {"ciphertext": TEXT["ciphertext"] + " "},
        {"ciphertext": "\ud800"},
    ],
)
def test_the_signature_covers_everything(other):
    """Whatever is exchanged, nothing is opened."""
    with pytest.raises(Forged, match="signature"):
        opened(TEXT, **other)


def test_no_flipped_bit_is_accepted():
    """One bit in any field, 2,000 times."""
    chance = random.Random(7)
    for _ in range(500):
        for field in ("signature", "ciphertext", "timestamp", "nonce"):
            raw = bytearray(TEXT[field].encode())
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(7)
            with pytest.raises(Forged):
                opened(TEXT, **{field: raw.decode("latin-1")})


def test_a_flipped_bit_under_a_good_signature_changes_only_what_it_says():
    """Whoever has the token but not the key gains nothing but noise, and no error escapes."""
    chance, raw = random.Random(11), base64.b64decode(TEXT["ciphertext"])
    own, stamp = envelope(TEXT), Stamp("1", "n")
    refused = 0
    for _ in range(500):
        flipped = bytearray(raw)
        flipped[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        sealed = base64.b64encode(flipped).decode()
        try:
            assert own.opened(own.signature(stamp, sealed), stamp, sealed) != TEXT["plaintext"]
        except Forged:
            refused += 1

    assert refused > 20


def opened_raw(letter):
    """Open a letter that was encrypted and signed well, whatever it is."""
    own, stamp = envelope(TEXT), Stamp("1", "n")
    key = base64.b64decode(TEXT["encoding_aes_key"] + "=")
    sealer = Cipher(AES(key), CBC(key[:16])).encryptor()
    sealed = base64.b64encode(sealer.update(letter) + sealer.finalize()).decode()
    return own.opened(own.signature(stamp, sealed), stamp, sealed)


@pytest.mark.parametrize(
    "letter", [b"", b"\x20" * 16, b"\x20" * 32, bytes(32), b"\x21" * 64, b"x" * 31 + b"\x02"]
)
def test_filling_that_is_none_is_refused(letter):
    """Also when there is nothing before it, or it is longer than a block."""
    with pytest.raises(Forged, match="filled"):
        opened_raw(letter)


@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\0\0\0\x0c", b"\0\0\0\0"])
def test_a_length_that_is_wrong_is_refused(length):
    """Four bytes may say four gigabytes, or leave too much for the receiver."""
    with pytest.raises(Forged, match="somebody else"):
        opened_raw(bytes(16) + length + b"x" * 11 + b"\x01")


def npm_is_there():
    """Say whether Node finds the other implementation."""
    if shutil.which("node") is None:
        return False
    asked = ["node", "-e", "require('@wecom/crypto')"]
    return subprocess.run(asked, capture_output=True, check=False, cwd=WHERE).returncode == 0


@pytest.mark.skipif(not npm_is_there(), reason="needs node with the package @wecom/crypto")
@pytest.mark.parametrize("name", GOOD)
def test_wecoms_own_package_opens_ours_and_we_open_its(name):
    """There and back against npm's @wecom/crypto, a program of other people."""
    vector = GOOD[name]
    own, text = envelope(vector), vector["plaintext"]
    asked = {
        "key": vector["encoding_aes_key"],
        "text": text,
        "receiver": vector["receive_id"],
        "token": vector["token"],
        "sealed": own.sealed(text.encode(), bytes(range(16))),
    }
    ran = subprocess.run(
        ["node", "-e", NPM],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        cwd=WHERE,
    )
    told = json.loads(ran.stdout)

    assert told["opened"] == {
        "message": text,
        "id": vector["receive_id"],
        "random": told["opened"]["random"],
    }
    assert own.opened(told["signature"], Stamp("1", "n"), told["sealed"]).decode() == text
