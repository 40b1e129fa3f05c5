"""The selection: exact, total, the same in whatever order the candidates come."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.selection import (
    DECIDED,
    NUMBER,
    SCALE,
    SCORE,
    Candidate,
    Rule,
    barred,
    canonical,
    compare,
    differences,
    part,
    pieces,
    select,
    written,
)

WEIGHTS = {"days": 25, "items": 25, "videos": 25, "lives": 25}
TIES = ("points", "days", "first")


def candidate(number, days=0, items=0, videos=0, lives=0, **more):
    """Make a candidate; ties follow from what is told."""
    ties = (more.get("points", 0), days, more.get("first", 0))
    return Candidate(number, (days, items, videos, lives), ties, more.get("excluded", ""))


def draw(candidates, *, weights=WEIGHTS, size=2, reserve=1):
    """Draw up a list."""
    return select(candidates, Rule(weights, TIES, size, reserve))


def numbers(placed):
    """Return the numbers of a list."""
    return [each.candidate.number for each in placed]


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.integers(1, 99),
        *[st.integers(0, 5)] * 4,
        points=st.integers(0, 3),
        first=st.integers(-2, 0),
        excluded=st.sampled_from(["", "", "", "staff"]),
    ),
    unique_by=lambda each: each.number,
    max_size=12,
)


def test_a_list_a_reserve_and_the_rest():
    """The best two are chosen, the third stands by."""
    found = draw([candidate(n, days=d) for n, d in ((1, 1), (2, 4), (3, 3), (4, 2))])

    assert (numbers(found.chosen), numbers(found.reserve)) == ([2, 3], [4])
    assert (numbers(found.order), found.excluded) == ([2, 3, 4, 1], [])
    assert found.bests == [4, 0, 0, 0]


def test_a_score_is_the_sum_of_its_parts_each_rounded_down():
    """A third of 25 points is 8.333333, and the sheet adds up to the last millionth."""
    best = candidate(1, days=3, items=7)
    found = draw([best, candidate(2, days=1, items=6)])

    parts = [part(25, 1, 3), part(25, 6, 7), part(25, 0, 0)]
    assert parts == [8_333_333, 21_428_571, 0]
    assert [placed.score for placed in found.order] == [50 * SCALE, sum(parts)]
    assert [written(score) for score in (sum(parts), 50 * SCALE, 9_999)] == [
        *("29.76", "50.00", "0.00"),
    ]


def test_fractions_are_exact():
    """Units compare by share: one third is not 0.333."""
    third, less = Fraction(1, 3), Fraction(333_333_333, 1_000_000_000)
    made = [Candidate(n, [share], [0, 0, 0]) for n, share in ((1, less), (2, third))]
    found = select(made, Rule({"share": 100}, TIES, 1, 0))

    assert numbers(found.chosen) == [2]
    assert [placed.score for placed in found.order] == [100 * SCALE, 99_999_999]
    assert found.chosen[0].above_by == SCORE


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        ({"days": 2}, {"days": 1}, SCORE),
        ({"points": 9}, {"points": 8}, "points"),
        ({"points": 9, "first": -1}, {"points": 9, "first": -2}, "first"),
        ({}, {}, NUMBER),
    ],
)
def test_what_decided_is_said(one, other, by):
    """The first thing in which two neighbours differ; of all equal, the lower number."""
    found = draw([candidate(2, **other), candidate(1, **one)])

    assert numbers(found.order) == [1, 2]
    assert [placed.above_by for placed in found.order] == [by, ""]


def test_who_is_excluded_takes_no_place_and_sets_no_best():
    """Staff with the most days stand beside the list, with the reason."""
    staff = candidate(9, days=1000, excluded="staff")
    found = draw([staff, candidate(1, days=2), candidate(2, days=1)])

    assert found.excluded == [staff]
    assert [placed.score for placed in found.chosen] == [25 * SCALE, 12_500_000]


def test_why_somebody_is_not_on_a_list():
    """What the campaign excludes, what is always out, and what staff decided."""
    assert barred(["staff"], ["staff", "under_14"]) == "staff"
    assert barred(["staff"], ["under_14"]) == ""
    assert barred(["erased"], []) == "erased"
    assert barred(["no_target", "no_people"], []) == "no_target"
    assert barred([], ["staff"], decided=True) == DECIDED


@pytest.mark.parametrize("people", [[], [candidate(1)], [candidate(1), candidate(2)]])
def test_nobody_and_nothing(people):
    """No candidates, or all of them with nothing: no division, zero points, a total order."""
    found = draw(people)

    assert [placed.score for placed in found.order] == [0] * len(people)
    assert numbers(found.order) == sorted(numbers(found.order))


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_comes_first(candidates, chance):
    """Shuffled candidates make the same lists."""
    shuffled = candidates.copy()
    chance.shuffle(shuffled)

    assert draw(shuffled) == draw(candidates)


@given(CANDIDATES)
def test_more_of_everything_is_never_below(candidates):
    """Whoever has at least as much of everything stands above, unless all is equal."""
    order = [placed.candidate for placed in draw(candidates).order]
    for place, lower in enumerate(order):
        for higher in order[:place]:
            pairs = list(zip(lower.values, higher.values, strict=True))
            more, strictly = all(a >= b for a, b in pairs), any(a > b for a, b in pairs)
            assert not (more and strictly)


@given(CANDIDATES)
def test_everybody_is_somewhere_once_and_every_neighbour_is_decided(candidates):
    """Ranks count up from one, nobody is lost, and the chain leaves no two on one place."""
    found = draw(candidates)

    assert [placed.rank for placed in found.order] == list(range(1, len(found.order) + 1))
    assert all(placed.above_by for placed in found.order[:-1])
    assert sorted(numbers(found.order) + [each.number for each in found.excluded]) == sorted(
        each.number for each in candidates
    )


def test_what_another_rule_would_change():
    """Who reads more comes in when reading weighs more; the same rule changes nothing."""
    people = [candidate(1, days=3), candidate(2, days=2), candidate(3, items=9)]
    reading = {"days": 1, "items": 97, "videos": 1, "lives": 1}
    now, then = (
        numbers(draw(people, weights=weights, size=1).chosen)
        for weights in ({**WEIGHTS, "days": 97, "items": 1}, reading)
    )

    assert (compare(now, then).enters, compare(now, then).leaves) == ((3,), (1,))
    assert (compare(now, now).enters, compare(now, now).leaves) == ((), ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_pieces_are_the_canonical_form(data):
    """Sorted, without blanks, UTF-8: the same bytes as a whole and piece by piece."""
    streamed = {key: iter(v) if isinstance(v, list) else v for key, v in data.items()}

    assert b"".join(piece for _, piece in pieces(streamed)) == canonical(data)
    assert json.loads(canonical(data)) == data


def test_the_canonical_form():
    """Whatever the order of the keys; each piece says what it is about."""
    data = {"b": [1, "读"], "a": {"y": None, "x": True}}

    assert canonical(data) == '{"a":{"x":true,"y":null},"b":[1,"读"]}'.encode()
    assert canonical(data) == canonical(dict(reversed(data.items())))
    assert [name for name, _ in pieces({"b": iter([1, 2]), "a": 1})] == [
        *("a", "a", "b", "b", "b 1", "b 2", "b", ""),
    ]


@pytest.mark.parametrize("data", [1.5, [1, {"a": 0.1}], {"a": (1.0,)}])
def test_no_number_is_inexact(data):
    """A float has no business in a proof."""
    with pytest.raises(TypeError, match="exact"):
        canonical(data)


def test_where_two_documents_differ():
    """By the number of a candidate and the name of a field, with both values."""
    ours = {"readers": [{"number": 17, "points": 5, "marks": []}], "version": 1}
    theirs = {"readers": [{"number": 17, "points": 6}, {}], "extra": 1, "version": True}

    assert list(differences(ours, theirs)) == [
        "extra: not in the database",
        "readers[number 17].marks: missing in the file",
        "readers[number 17].points: 6 in the file, 5 in the database",
        "readers: 2 entries in the file, 1 in the database",
        "version: True in the file, 1 in the database",
    ]
    assert list(differences(ours, ours)) == []
