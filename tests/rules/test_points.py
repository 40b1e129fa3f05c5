"""What deeds earn: whole days of deeds against the promises of the rules."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.points import ONCE, Day, Decision, Outcome, Rate, decide, item_once, settle

PAIRS = st.tuples(st.integers(1, 12), st.integers(1, 60))
RATES = PAIRS.map(lambda pair: Rate(min(pair), max(pair)))


def lived(rates):
    """Do one deed per rate on one day; return each with its decision."""
    day, told = Day(), []
    for rate in rates:
        decision = decide(rate, day)
        told.append((rate, decision))
        if decision.outcome is Outcome.PAID:
            day = Day(day.slots + 1, day.points + decision.points)
    return told


def paid(told):
    """Keep the decisions that paid."""
    return [(rate, decision) for rate, decision in told if decision.points]


@pytest.mark.parametrize(
    ("rate", "day", "expected"),
    [
        (Rate(2, 10), Day(), Decision(Outcome.PAID, 2, 0)),
        (Rate(2, 10), Day(4, 8), Decision(Outcome.PAID, 2, 4)),
        (Rate(2, 10), Day(5, 10), Decision(Outcome.CAPPED)),
        (Rate(5, 5), Day(), Decision(Outcome.PAID, 5, 0)),
        (Rate(5, 5), Day(1, 5), Decision(Outcome.CAPPED)),
        (Rate(3, 10), Day(3, 9), Decision(Outcome.PAID, 1, 3)),
        (Rate(3, 10), Day(4, 10), Decision(Outcome.CAPPED)),
    ],
)
def test_a_deed_earns_what_is_left_of_its_cap(rate, day, expected):
    """The first deeds pay in full, the last one the remainder, later ones nothing."""
    assert decide(rate, day) == expected


@given(RATES, st.integers(0, 30), st.integers(0, 60))
def test_a_phase_that_does_not_score_pays_nothing(rate, slots, points):
    """Whatever the day was like, a deed is noted with 0 points."""
    assert decide(rate, Day(slots, points), scores=False) == Decision(Outcome.UNSCORED)


@given(RATES, st.integers(1, 80))
def test_a_day_pays_up_to_its_cap_exactly(rate, deeds):
    """Any number of deeds earns their points or the cap, whichever is less."""
    total = sum(decision.points for _, decision in lived([rate] * deeds))

    assert total == min(deeds * rate.points, rate.cap)


@given(RATES)
def test_the_last_deed_pays_the_remainder(rate):
    """All deeds before the last pay in full; the last pays what is left."""
    told = [decision.points for _, decision in paid(lived([rate] * 80))]
    rest = rate.cap % rate.points

    assert told == [rate.points] * (rate.cap // rate.points) + [rest] * bool(rest)


@given(st.lists(RATES, max_size=80))
def test_no_line_breaks_the_schema_even_if_the_rate_changes_at_noon(rates):
    """Each paid line fits its slot: slot x rate + points <= cap, and points <= rate."""
    offenders = [
        (rate, decision)
        for rate, decision in paid(lived(rates))
        if decision.slot * rate.points + decision.points > rate.cap
        or not 0 < decision.points <= rate.points
    ]

    assert offenders == []


@given(st.lists(RATES, max_size=80))
def test_slots_are_taken_one_after_the_other(rates):
    """No two paid lines of a day share a slot, and none is left out."""
    slots = [decision.slot for _, decision in paid(lived(rates))]

    assert slots == list(range(len(slots)))


@given(st.lists(RATES, max_size=80))
def test_a_day_never_holds_more_than_the_cap_of_the_moment(rates):
    """At each paid deed the day's points are within the cap that holds just then."""
    total, offenders = 0, []
    for rate, decision in paid(lived(rates)):
        total += decision.points
        if total > rate.cap:
            offenders.append((rate, total))

    assert offenders == []


@given(st.lists(RATES, max_size=80))
def test_only_paid_lines_have_points(rates):
    """A decision has points exactly when it says paid."""
    told = [decision for _, decision in lived(rates)]

    assert [bool(decision.points) for decision in told] == [
        decision.outcome is Outcome.PAID for decision in told
    ]


@pytest.mark.parametrize(
    ("balance", "debt", "points", "expected"),
    [
        (0, 0, 5, (5, 0)),
        (3, 0, -5, (0, 2)),
        (0, 7, 5, (0, 2)),
        (0, 7, 10, (3, 0)),
        (5, 0, -5, (0, 0)),
    ],
)
def test_a_debt_is_paid_first(balance, debt, points, expected):
    """What is taken beyond the balance becomes a debt, and the next points pay it."""
    assert settle(balance, debt, points) == expected


@given(st.lists(st.integers(-100, 100)))
def test_settling_loses_nothing(moves):
    """Balance less debt is the sum of all that moved, and at most one of them is not 0."""
    balance = debt = 0
    for points in moves:
        balance, debt = settle(balance, debt, points)

    assert (balance - debt, min(balance, debt)) == (sum(moves), 0)


def test_an_item_scores_once_or_once_a_day():
    """Its key says which."""
    today = date(2022, 5, 1)
    assert item_once(ONCE, 7, today) == "item:7"
    assert item_once("daily", 7, today) == "item:7:2022-05-01"
