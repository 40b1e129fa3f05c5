"""What the argument of a tap says."""

import pytest

from bot.rules import taps


@pytest.mark.parametrize(
    ("argument", "number"),
    [
        ("7", 7),
        ("007", 7),
        ("999999999999", 999_999_999_999),
        ("1000000000000", 0),
        ("", 0),
        ("-1", 0),
        ("1.5", 0),
        ("7:8", 0),
        (" 7", 0),
        ("٧", 0),
        ("七", 0),
        ("²", 0),
    ],
)
def test_only_a_plain_number_of_at_most_twelve_digits_names_something(argument, number):
    """What no button of ours says names nothing: no sign, no space, no other script."""
    assert taps.number(argument) == number
