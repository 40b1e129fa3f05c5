"""Whatever is signed is refused once a sign of it is another, and for others than it is meant."""

import random
from datetime import timedelta

from bot.rules import signing
from tests.conftest import START
from tests.gates import LONG, SEED

SECRET = b"the secret of the forgery tests"
FORGERIES = 11_000 if LONG else 2_000
ALPHABET = "abcxyzABCXYZ0189-_.:=%+ \0\n\ud800٣１²签"


def button(chance):
    """A confirming button of one person."""
    person, act = f"{chance.randrange(9999)}", f"linking.join:{chance.randrange(9999)}"
    signed = signing.sign(SECRET, person, act, at=START)
    return signed, lambda token, at=START, who=person: signing.opened(SECRET, who, token, at=at)


def page(chance):
    """A page of one citizen about one item."""
    token = signing.sign_page(SECRET, chance.randrange(9999), chance.randrange(99), at=START)
    return token, lambda token, at=START, _who="": signing.opened_page(SECRET, token, at=at)


def file(chance):
    """A file of one citizen."""
    token = signing.sign_file(SECRET, chance.randrange(99), chance.randrange(9999), at=START)
    return token, lambda token, at=START, _who="": signing.opened_file(SECRET, token, at=at)


SIGNED = (button, page, file)


def changed(token, chance):
    """One sign is another, is there twice, or is gone; or the end is."""
    place = chance.randrange(len(token))
    sign = chance.choice([each for each in ALPHABET if each != token[place]])
    return chance.choice(
        [
            token[:place] + sign + token[place + 1 :],
            token[:place] + token[place:].swapcase(),
            token[:place] + token[place] + token[place:],
            token[:place] + token[place + 1 :],
            token[:place],
            token + sign,
        ]
    )


def test_nothing_forged_tampered_or_replayed_is_opened(record):
    """Thousands of chance forgeries: changed, of others, for others, too old; all are refused."""
    chance = random.Random(SEED)
    refused = 0
    while refused < FORGERIES:
        kind = chance.choice(SIGNED)
        token, opened = kind(chance)
        other, _ = chance.choice(SIGNED)(chance)
        assert opened(token) is not None
        parting = max(token.rfind(":"), token.rfind(".")) + 1
        forged = {changed(token, chance) for _ in range(6)}
        forged.add(token[:parting] + other[-signing.SIGNATURE_LENGTH :])  # another's signature
        forged.add(other[: -signing.SIGNATURE_LENGTH] + token[parting:])  # another's words
        forged -= {token}
        for each in forged:
            assert opened(each) is None, (SEED, token, each)
        assert opened(token, START + timedelta(days=8)) is None, (SEED, token)
        refused += len(forged) + 1
        if kind is button:
            assert opened(token, START, "somebody else") is None, (SEED, token)
            refused += 1
        for another in SIGNED:
            if another is not kind:
                assert another(chance)[1](token) is None, (SEED, kind, another, token)
                refused += 1
    record("R10", f"0 of {refused:,} forged", seed=SEED)
