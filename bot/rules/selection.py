"""Choosing the best: exact scores, a total order, lists with a reserve. Pure.

A candidate's score is the sum, over what counts, of its weight times the candidate's share of the
best value any candidate has. Everything is whole numbers and fractions, never floating point, so
that the same facts give the same order on every machine and the same bytes in every file.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any

SCORE, NUMBER = "score", "number"
"""What separates two neighbours first and last; between them stand the ties of the campaign."""
HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be chosen, or a unit.

    `number` is unique and, being given by chance, decides last. `values` are what counts, by name;
    `ties` decide between equal scores, the first that differs, the greater value first. `excluded`
    says why the candidate stands on no list, else it is empty.
    """

    number: str
    values: Mapping[str, int | Fraction]
    ties: Mapping[str, int]
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate in the order; `hundredths` is the score in hundredths of a point, rounded.

    `above_by` says what put the candidate before the next one; None for the last.
    """

    rank: int
    candidate: Candidate
    hundredths: int
    above_by: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A list that was drawn up: who is on it, who stands by, the others, and who may not."""

    chosen: tuple[Placed, ...]
    reserve: tuple[Placed, ...]
    others: tuple[Placed, ...]
    excluded: tuple[Candidate, ...]

    @property
    def order(self) -> tuple[Placed, ...]:
        """Return everybody who was ranked."""
        return self.chosen + self.reserve + self.others


def select(
    candidates: Sequence[Candidate],
    weights: Mapping[str, int],
    *,
    ties: Sequence[str],
    size: int,
    reserve: int,
) -> Outcome:
    """Draw up a list. What is excluded sets no best value and takes no place."""
    eligible = [each for each in candidates if not each.excluded]
    order = _order(eligible, weights, ties=ties)
    excluded = sorted((each for each in candidates if each.excluded), key=lambda each: each.number)
    return Outcome(
        order[:size], order[size : size + reserve], order[size + reserve :], tuple(excluded)
    )


def _order(
    eligible: Sequence[Candidate], weights: Mapping[str, int], *, ties: Sequence[str]
) -> tuple[Placed, ...]:
    scores, whole = _scores(eligible, weights)
    names = (SCORE, *ties, NUMBER)

    def chain(candidate: Candidate) -> tuple[Any, ...]:
        decided = (-candidate.ties[tie] for tie in ties)
        return (-scores[candidate.number], *decided, candidate.number)

    ranked = sorted(eligible, key=chain)
    chains = pairwise(map(chain, ranked))
    decided = [*(_first_difference(names, one, other) for one, other in chains), None]
    return tuple(
        Placed(rank, each, _rounded(scores[each.number], whole), by)
        for rank, (each, by) in enumerate(zip(ranked, decided, strict=False), start=1)
    )


def _scores(
    eligible: Sequence[Candidate], weights: Mapping[str, int]
) -> tuple[Mapping[str, int], int]:
    """Return scores as whole numbers on one scale, and what one point is on it."""
    counted, bests = {}, {}
    for name in weights:
        values = [Fraction(each.values[name]) for each in eligible]
        scale = lcm(*(value.denominator for value in values))
        counted[name] = [int(value * scale) for value in values]
        bests[name] = max(counted[name], default=0)
    whole = lcm(*(best for best in bests.values() if best))
    factors = {
        name: weight * whole // bests[name] if bests[name] else 0
        for name, weight in weights.items()
    }
    scores = {
        each.number: sum(factors[name] * counted[name][n] for name in weights)
        for n, each in enumerate(eligible)
    }
    return scores, whole


def _rounded(score: int, whole: int) -> int:
    """Return a score in hundredths, halves rounded up."""
    return (2 * HUNDREDTHS * score + whole) // (2 * whole)


def _first_difference(names: Sequence[str], one: Sequence[Any], other: Sequence[Any]) -> str:
    return next(name for name, a, b in zip(names, one, other, strict=True) if a != b)


@dataclass(frozen=True, slots=True)
class Change:
    """Who would come onto a list, and who would leave it, by number, in the order of the lists."""

    enters: tuple[str, ...]
    leaves: tuple[str, ...]


def compare(now: Outcome, then: Outcome) -> Change:
    """Say what another rule would change."""
    before = [placed.candidate.number for placed in now.chosen]
    after = [placed.candidate.number for placed in then.chosen]
    return Change(
        tuple(number for number in after if number not in set(before)),
        tuple(number for number in before if number not in set(after)),
    )


def canonical(data: object) -> bytes:
    """Write data as JSON that is the same everywhere: sorted keys, no blanks, UTF-8.

    Raises:
        TypeError: there is something in it that JSON cannot hold exactly, such as a float.

    """
    _refuse_floats(data)
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _refuse_floats(data: object) -> None:
    match data:
        case float():
            raise TypeError(f"{data} is no exact number")
        case Mapping():
            for value in data.values():
                _refuse_floats(value)
        case list() | tuple():
            for value in data:
                _refuse_floats(value)
        case _:
            pass


def digest(data: object) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(data)).hexdigest()
