"""What a unit's summary report must hold, how it is counted, and how files of it are named. Pure.

Characters are counted as people count them: every sign but spaces, Chinese or not.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

UNSEEN = frozenset({"Cf", "Cc", "Cs", "Mn", "Me"})
FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')
NAME_LENGTH_MAX = 40


class Counted(NamedTuple):
    """What is in a report that was handed in."""

    characters: int
    cases: int
    pictures: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What a report must hold, as the campaign says."""

    characters_min: int
    cases_min: int
    cases_max: int
    pictures_min: int


class Lack(StrEnum):
    """What is wrong with a report."""

    CHARACTERS = "characters"
    CASES = "cases"
    CASES_OVER = "cases_over"
    PICTURES = "pictures"


def characters(text: str) -> int:
    """Count the signs of a text that can be seen."""
    composed = unicodedata.normalize("NFC", text)
    return sum(not sign.isspace() and unicodedata.category(sign) not in UNSEEN for sign in composed)


def lacking(counted: Counted, demand: Demand) -> tuple[Lack, ...]:
    """Return everything that is wrong, in the order in which it is told."""
    found = {
        Lack.CHARACTERS: counted.characters < demand.characters_min,
        Lack.CASES: counted.cases < demand.cases_min,
        Lack.CASES_OVER: counted.cases > demand.cases_max,
        Lack.PICTURES: counted.pictures < demand.pictures_min,
    }
    return tuple(lack for lack, holds in found.items() if holds)


def is_numbered(line: str, words: Iterable[str]) -> bool:
    """Say whether a line begins with one of these words and a number, in whatever script.

    That is how people head a case where they use no heading: the word, then 1, ① or 一, and then
    nothing more, or a sign that parts it from the rest.
    """
    bare = unicodedata.normalize("NFKC", line).strip().lower()
    for word in words:
        rest = bare.removeprefix(word.lower()).lstrip()
        number = next((n for n, sign in enumerate(rest) if not _is_numeric(sign)), len(rest))
        if bare.startswith(word.lower()) and number and not rest[number : number + 1].isalnum():
            return True
    return False


def _is_numeric(sign: str) -> bool:
    return unicodedata.numeric(sign, None) is not None


def parcels(sizes: Sequence[int], most: int) -> list[range]:
    """Lay files out in parcels of so many bytes at most, in their order; a larger one goes alone.

    Returns which files, by their places, lie in which parcel.
    """
    found: list[range] = []
    first = held = 0
    for place, size in enumerate(sizes):
        if held and held + size > most:
            found.append(range(first, place))
            first, held = place, 0
        held += size
    return [*found, range(first, len(sizes))] if sizes else found


def file_name(text: str) -> str:
    """Return a text as part of a file's name that every system takes."""
    plain = "".join(sign for sign in text if unicodedata.category(sign)[0] not in "CZ")
    return FORBIDDEN.sub("_", plain).strip("._")[:NAME_LENGTH_MAX] or "_"
