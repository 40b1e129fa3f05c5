"""Codes of vouchers: made of a seed, read however they are typed or scanned."""

import math
import string

from hypothesis import given
from hypothesis import strategies as st

from bot.rules import vouchers
from bot.rules.cards import ALPHABET

CODE = vouchers.code(b"secret", "seed")


def test_a_code_is_chance_of_the_secret_and_the_seed():
    """84 bits, another one for every seed and secret, always the same for the same."""
    others = {vouchers.code(b"secret", str(n)) for n in range(500)}
    others.add(vouchers.code(b"other", "seed"))

    assert len(others) == 501
    assert vouchers.code(b"secret", "seed") == CODE
    assert math.log2(len(ALPHABET)) * (vouchers.LENGTH - 1) > 84
    assert len(vouchers.grouped(CODE)) == 23


def test_a_code_is_read_in_any_shape():
    """Groups, blanks, lower case, full width, or the address that a QR code holds."""
    grouped = vouchers.grouped(CODE)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in grouped)
    shapes = [
        *(CODE, grouped, CODE.lower(), grouped.replace("-", " "), f" {grouped}\n", wide),
        *(f"https://x.example/v/{CODE}", f"https://x.example/s/v/{CODE}?"[:-1]),
    ]

    assert [vouchers.read(shape) for shape in shapes] == [CODE] * len(shapes)


@given(st.integers(0, vouchers.LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_no_code(place, sign):
    """A slip of the finger is told from a wrong code."""
    typed = CODE[:place] + sign + CODE[place + 1 :]

    assert vouchers.read(typed) == (CODE if typed == CODE else None)


@given(st.text(st.sampled_from(string.printable + "书０-/?="), max_size=400))
def test_anything_else_is_no_code(text):
    """Whatever somebody types, nothing breaks."""
    found = vouchers.read(text)

    assert found is None or len(found) == vouchers.LENGTH
