"""How many people on channels with servers abroad ask for what, in law; data, not legal advice.

The rules of 2024 on data that leaves the country count people a year: from 100,000 on a standard
contract or a certification, from a million on a security assessment. What is known of children
under 14 is sensitive: the former from the first child on, the latter from 10,000. A mark at four
fifths comes first.
"""

from collections.abc import Sequence

CONTRACT, ASSESSMENT = 100_000, 1_000_000
YOUNG_ASSESSMENT = 10_000
PEOPLE = (80_000, CONTRACT, 800_000, ASSESSMENT)
YOUNG = (1, 8_000, YOUNG_ASSESSMENT)


def reached(count: int, marks: Sequence[int]) -> int | None:
    """Return the highest mark that a number has reached, None before the first."""
    return max((mark for mark in marks if count >= mark), default=None)
