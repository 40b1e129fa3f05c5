"""The selection: exact, total, the same in whatever order the candidates come."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.selection import NUMBER, SCORE, Candidate, canonical, compare, digest, select

WEIGHTS = {"days": 25, "items": 25, "videos": 25, "lives": 25}
TIES = ("points", "days", "first")


def candidate(number, days=0, items=0, videos=0, lives=0, **more):
    """Make a candidate; ties follow from what is told."""
    values = {"days": days, "items": items, "videos": videos, "lives": lives}
    ties = {"points": more.get("points", 0), "days": days, "first": more.get("first", 0)}
    return Candidate(number, values, ties, more.get("excluded", ""))


def draw(candidates, *, weights=WEIGHTS, size=2, reserve=1):
    """Draw up a list."""
    return select(candidates, weights, ties=TIES, size=size, reserve=reserve)


def numbers(placed):
    """Return the numbers of a list."""
    return [each.candidate.number for each in placed]


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.text("23456789ABC", min_size=3, max_size=3),
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
    found = draw([candidate(n, days=d) for n, d in (("A", 1), ("B", 4), ("C", 3), ("D", 2))])

    assert (numbers(found.chosen), numbers(found.reserve)) == (["B", "C"], ["D"])
    assert (numbers(found.others), found.excluded) == (["A"], ())


def test_the_score_is_the_weight_times_the_share_of_the_best():
    """Half the best days and all of the best items: 12.5 and 25 points, in hundredths."""
    best = candidate("A", days=100, items=10)
    found = draw([best, candidate("B", days=50, items=10)])

    assert [placed.hundredths for placed in found.order] == [5000, 3750]


def test_halves_are_rounded_up():
    """A third of 25 points is 8.33; an eighth of a hundredth never depends on the machine."""
    found = draw([candidate("A", days=3), candidate("B", days=1), candidate("C", days=2)])

    assert [placed.hundredths for placed in found.order] == [2500, 1667, 833]


def test_fractions_are_exact():
    """Units compare by share: one third is not 0.333."""
    third, less = Fraction(1, 3), Fraction(333_333_333, 1_000_000_000)
    made = [
        Candidate(n, {"share": share}, dict.fromkeys(TIES, 0))
        for n, share in (("A", less), ("B", third))
    ]
    found = select(made, {"share": 100}, ties=TIES, size=1, reserve=0)

    assert numbers(found.chosen) == ["B"]
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
    found = draw([candidate("B", **other), candidate("A", **one)])

    assert numbers(found.order) == ["A", "B"]
    assert [placed.above_by for placed in found.order] == [by, None]


def test_who_is_excluded_takes_no_place_and_sets_no_best():
    """Staff with the most days stand beside the list, with the reason."""
    staff = candidate("S", days=1000, excluded="staff")
    found = draw([staff, candidate("A", days=2), candidate("B", days=1)])

    assert found.excluded == (staff,)
    assert [placed.hundredths for placed in found.chosen] == [2500, 1250]


@pytest.mark.parametrize("people", [[], [candidate("A")], [candidate("A"), candidate("B")]])
def test_nobody_and_nothing(people):
    """No candidates, or all of them with nothing: no division, zero points, a total order."""
    found = draw(people)

    assert [placed.hundredths for placed in found.order] == [0] * len(people)
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
            more = all(lower.values[name] >= higher.values[name] for name in WEIGHTS)
            strictly = any(lower.values[name] > higher.values[name] for name in WEIGHTS)
            assert not (more and strictly)


@given(CANDIDATES)
def test_everybody_is_somewhere_once(candidates):
    """Ranks count up from one, and nobody is lost."""
    found = draw(candidates)

    assert [placed.rank for placed in found.order] == list(range(1, len(found.order) + 1))
    assert sorted(numbers(found.order) + [each.number for each in found.excluded]) == sorted(
        each.number for each in candidates
    )


@given(CANDIDATES)
def test_the_same_rule_changes_nothing(candidates):
    """What-if with the same weights is an empty change."""
    change = compare(draw(candidates), draw(candidates))

    assert (change.enters, change.leaves) == ((), ())


def test_what_another_rule_would_change():
    """Who reads more comes in when reading weighs more."""
    people = [candidate("A", days=3), candidate("B", days=2), candidate("C", items=9)]
    reading = {"days": 1, "items": 97, "videos": 1, "lives": 1}

    change = compare(draw(people, size=2), draw(people, weights=reading, size=1))
    assert (change.enters, change.leaves) == ((), ("A",))

    first = draw(people, weights={**WEIGHTS, "days": 97, "items": 1}, size=1)
    assert compare(first, draw(people, weights=reading, size=1)).enters == ("C",)


def test_the_canonical_form():
    """Sorted, without blanks, UTF-8; one byte changes the digest."""
    data = {"b": [1, "读"], "a": {"y": None, "x": True}}

    assert canonical(data) == '{"a":{"x":true,"y":null},"b":[1,"读"]}'.encode()
    assert digest(data) == digest(dict(reversed(data.items())))
    assert digest(data) != digest({**data, "b": [2, "读"]})


@pytest.mark.parametrize("data", [1.5, [1, {"a": 0.1}], {"a": (1.0,)}])
def test_no_number_is_inexact(data):
    """A float has no business in a proof."""
    with pytest.raises(TypeError, match="exact"):
        canonical(data)
