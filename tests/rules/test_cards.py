"""Card numbers: what a slip of the pen does to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import cards

CHANCES = st.integers(0, 31**7 - 1)
NUMBERS = CHANCES.map(cards.from_chance)


@given(NUMBERS)
def test_a_number_reads_as_itself(number):
    """Every number made is accepted."""
    assert cards.read(number) == number


@given(NUMBERS)
def test_a_number_has_eight_signs_without_look_alikes(number):
    """No 0, 1, I, L or O, and always eight."""
    assert (len(number), set(number) & set("01ILO")) == (8, set())


@given(NUMBERS)
def test_every_single_wrong_character_is_found(number):
    """Each place with each other character of the alphabet is refused."""
    wrong = [
        number[:place] + sign + number[place + 1 :]
        for place in range(len(number))
        for sign in cards.ALPHABET
        if sign != number[place]
    ]

    assert [text for text in wrong if cards.read(text)] == []


@given(NUMBERS)
def test_every_swap_of_neighbours_is_found(number):
    """Two different neighbours the wrong way round are refused, the check character too."""
    swapped = [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(len(number) - 1)
        if number[place] != number[place + 1]
    ]

    assert [text for text in swapped if cards.read(text)] == []


@given(NUMBERS, st.integers(0, 7), st.sampled_from("01ILOilo"))
def test_look_alikes_are_refused(number, place, sign):
    """A look-alike is a mistake, never guessed at."""
    assert cards.read(number[:place] + sign + number[place + 1 :]) is None


@given(NUMBERS)
def test_case_hyphen_and_blanks_do_not_matter(number):
    """Lower case, a hyphen in the middle and blanks around are tolerated."""
    assert cards.read(f"  {number[:4]}-{number[4:]}\n".lower()) == number


@given(NUMBERS, st.integers(0, 7))
def test_a_number_of_another_length_is_refused(number, place):
    """One character too few or too many is a mistake."""
    short = number[:place] + number[place + 1 :]

    assert [cards.read(short), cards.read(number + "2")] == [None, None]


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """Whatever is typed, the answer is a whole number or None."""
    number = cards.read(text)

    assert number is None or cards.read(number) == number


@pytest.mark.parametrize(
    ("chance", "expected"), [(0, "2222222"), (1, "3222222"), (31**7 - 1, "ZZZZZZZ")]
)
def test_chance_spans_all_numbers(chance, expected):
    """The smallest and the largest chance give the first and the last number."""
    assert cards.from_chance(chance)[:-1] == expected


@given(CHANCES, CHANCES)
def test_different_chances_give_different_numbers(one, other):
    """No two chances below 31 to the 7th share a number."""
    assert (cards.from_chance(one) == cards.from_chance(other)) == (one == other)


@given(NUMBERS)
def test_a_number_is_shown_in_two_halves(number):
    """As people read it out."""
    assert cards.shown(number) == f"{number[:4]}-{number[4:]}"
