"""Choosing the best: exact scores, a total order, lists with a reserve. Pure.

What counts for a list are its measures. For each of them a candidate gets the measure's weight
times the candidate's share of the best value any eligible candidate has, in millionths of a point,
rounded down; the score is the sum. All of it is whole numbers and fractions, never floating point,
so the same facts give the same order on every machine, and a score sheet adds up on paper.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

SCALE = 1_000_000
"""A point in the units of a score."""
WHOLE = 100
"""What the weights of a list are together."""
SCORE, NUMBER = "score", "number"
"""What separates two neighbours first and last; between them stand the ties of the campaign."""
READER, UNIT = "reader", "unit"
STAFF, ORGANISERS, YOUNG, ERASED = "staff", "organisers", "under_14", "erased"
NO_TARGET, NO_PEOPLE = "no_target", "no_people"
DECIDED = "decided"
"""Why somebody stands on no list: what they are, or what staff decided, with a reason."""
ALWAYS = (ERASED, NO_TARGET, NO_PEOPLE)
"""What bars from every list: there is nobody to honour, or nothing to compare with."""

Value = int | Fraction


@dataclass(frozen=True, slots=True)
class Rule:
    """How a list is drawn up: weights by measure, ties first to last, how many, who does not."""

    weights: Mapping[str, int]
    ties: Sequence[str]
    size: int
    reserve: int
    exclude: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be chosen, or a unit.

    `number` is unique and decides last, the lower first. `values` are what counts, in the order of
    the rule's weights; `ties` decide between equal scores, in the order of the rule's ties, the
    first that differs, the greater value first. `excluded` says why the candidate stands on no
    list, else it is empty.
    """

    number: int
    values: Sequence[Value]
    ties: Sequence[int]
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate in the order, with the score; `above_by` put them before the next one.

    The last has nobody to be above.
    """

    rank: int
    candidate: Candidate
    score: int
    above_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A list that was drawn up: everybody in their order, and who may not be on it."""

    order: Sequence[Placed]
    size: int
    reserved: int
    bests: Sequence[Value]
    """The best value of each measure among those who are eligible; 0 if there is none."""
    excluded: Sequence[Candidate]

    @property
    def chosen(self) -> Sequence[Placed]:
        """Return who is on the list."""
        return self.order[: self.size]

    @property
    def reserve(self) -> Sequence[Placed]:
        """Return who stands by."""
        return self.order[self.size : self.size + self.reserved]


def barred(marks: Iterable[str], exclude: Iterable[str], *, decided: bool = False) -> str:
    """Return why somebody with these marks may not be on a list that excludes some; else ""."""
    held = set(marks)
    for why in (*ALWAYS, *exclude):
        if why in held:
            return why
    return DECIDED if decided else ""


def part(weight: int, value: Value, best: Value) -> int:
    """Return what one measure brings, in millionths of a point."""
    return weight * SCALE * value // best if best else 0


def select(candidates: Iterable[Candidate], rule: Rule) -> Outcome:
    """Draw up a list. What is excluded sets no best value and takes no place."""
    eligible: list[Candidate] = []
    excluded: list[Candidate] = []
    for each in candidates:
        (excluded if each.excluded else eligible).append(each)
    weights = tuple(rule.weights.values())
    bests = [max((each.values[n] for each in eligible), default=0) for n in range(len(weights))]
    scores = {
        each.number: sum(part(*three) for three in zip(weights, each.values, bests, strict=True))
        for each in eligible
    }

    def chain(candidate: Candidate) -> tuple[int, ...]:
        return (
            -scores[candidate.number],
            *(-value for value in candidate.ties),
            candidate.number,
        )

    eligible.sort(key=chain)
    names = (SCORE, *rule.ties, NUMBER)
    decided = [_first_difference(names, chain(a), chain(b)) for a, b in pairwise(eligible)]
    order = [
        Placed(rank, each, scores[each.number], by)
        for rank, (each, by) in enumerate(zip(eligible, [*decided, ""], strict=False), start=1)
    ]
    excluded.sort(key=lambda each: each.number)
    return Outcome(order, rule.size, rule.reserve, bests, excluded)


def _first_difference(names: Sequence[str], one: Sequence[Any], other: Sequence[Any]) -> str:
    return next(name for name, a, b in zip(names, one, other, strict=True) if a != b)


def written(score: int) -> str:
    """Write a score for people, with two places, rounded down as it is summed."""
    return f"{score // SCALE}.{score % SCALE * 100 // SCALE:02}"


@dataclass(frozen=True, slots=True)
class Change:
    """Who would come onto a list, and who would leave it, by number, in the order of the lists."""

    enters: tuple[int, ...]
    leaves: tuple[int, ...]


def compare(now: Sequence[int], then: Sequence[int]) -> Change:
    """Say what another rule would change, given who is chosen under each."""
    before, after = set(now), set(then)
    return Change(
        tuple(number for number in then if number not in before),
        tuple(number for number in now if number not in after),
    )


def canonical(data: object) -> bytes:
    """Write data as JSON that is the same everywhere: sorted keys, no blanks, UTF-8.

    Raises:
        TypeError: there is something in it that JSON cannot hold exactly, such as a float.

    """
    _refuse_floats(data)
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def pieces(data: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    """Write what `canonical` writes, piece by piece, each with what it is about.

    A value that is an iterator stands for a list and is never held as a whole.
    """
    for n, name in enumerate(sorted(data)):
        yield name, (b"{" if n == 0 else b",") + canonical(name) + b":"
        value = data[name]
        if isinstance(value, Iterator):
            yield name, b"["
            for place, each in enumerate(value):
                yield f"{name} {place + 1}", (b"," if place else b"") + canonical(each)
            yield name, b"]"
        else:
            yield name, canonical(value)
    yield "", b"}" if data else b"{}"


def _refuse_floats(data: object) -> None:
    if isinstance(data, float):
        raise TypeError(f"{data} is no exact number")
    if isinstance(data, Mapping):
        data = data.values()
    elif not isinstance(data, list | tuple):
        return
    for value in data:
        if type(value) is not int and type(value) is not str:
            _refuse_floats(value)


def differences(ours: object, theirs: object, place: str = "") -> Iterator[str]:
    """Say where two canonical documents differ: the path of a field, and both values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        yield from _between_fields(ours, theirs, place)
    elif isinstance(ours, list) and isinstance(theirs, list):
        for n, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from differences(one, other, f"{place}[{_name(one, n)}]")
        if len(ours) != len(theirs):
            yield f"{place}: {len(theirs)} entries in the file, {len(ours)} in the database"
    elif ours != theirs or type(ours) is not type(theirs):
        yield f"{place}: {theirs!r} in the file, {ours!r} in the database"


def _between_fields(
    ours: Mapping[str, object], theirs: Mapping[str, object], place: str
) -> Iterator[str]:
    for name in sorted({*ours, *theirs}):
        below = f"{place}.{name}" if place else str(name)
        if name not in ours:
            yield f"{below}: not in the database"
        elif name not in theirs:
            yield f"{below}: missing in the file"
        else:
            yield from differences(ours[name], theirs[name], below)


def _name(entry: object, n: int) -> str:
    """Name an entry of a list as people know it: by its number or id, else by its place."""
    if isinstance(entry, dict):
        for key in ("number", "id", "name"):
            if key in entry:
                return f"{key} {entry[key]}"
    return str(n + 1)
