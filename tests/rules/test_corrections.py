"""Corrections by staff: what each may move, and that no debt comes about unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.corrections import (
    Decision,
    Kind,
    Purse,
    Verdict,
    adjust,
    make_up,
    needs_second,
    reverse,
    room,
)
from bot.rules.points import Rate, settle

VIDEO = Rate(2, 10)
POINTS = st.integers(-1000, 1000).filter(bool)
PURSES = st.integers(-500, 500).map(lambda net: Purse(*settle(0, 0, net)))


@pytest.mark.parametrize(
    ("purse", "points", "agreed", "expected"),
    [
        (Purse(5), 3, 0, Decision(Verdict.BOOKED, 3, Purse(8))),
        (Purse(5), -5, 0, Decision(Verdict.BOOKED, -5, Purse(0))),
        (Purse(5), -6, 0, Decision(Verdict.DEBT, -6, Purse(0, 1))),
        (Purse(5), -6, 1, Decision(Verdict.BOOKED, -6, Purse(0, 1))),
        (Purse(4), -6, 1, Decision(Verdict.DEBT, -6, Purse(0, 2))),
        (Purse(6), -6, 1, Decision(Verdict.BOOKED, -6, Purse())),
        (Purse(0, 3), 2, 0, Decision(Verdict.BOOKED, 2, Purse(0, 1))),
        (Purse(0, 3), 5, 0, Decision(Verdict.BOOKED, 5, Purse(2))),
        (Purse(0, 3), -1, 3, Decision(Verdict.DEBT, -1, Purse(0, 4))),
    ],
)
def test_an_adjustment_moves_the_balance_and_asks_before_a_debt(purse, points, agreed, expected):
    """A debt is booked only up to what was seen and agreed to."""
    assert adjust(purse, points, agreed=agreed) == expected


@pytest.mark.parametrize(
    ("points", "net", "scores", "verdict"),
    [
        (2, 0, True, Verdict.BOOKED),
        (1, 0, True, Verdict.BOOKED),
        (2, 8, True, Verdict.BOOKED),
        (2, 9, True, Verdict.FULL),
        (1, 9, True, Verdict.BOOKED),
        (2, 10, True, Verdict.FULL),
        (3, 0, True, Verdict.DEAR),
        (2, 0, False, Verdict.RESTS),
    ],
)
def test_a_makeup_pays_as_its_deed_would_have(points, net, scores, verdict):
    """No more than the rate, no more than the day holds, nothing where nothing scores."""
    assert make_up(Purse(1), points, rate=VIDEO, net=net, scores=scores).verdict is verdict


@given(st.integers(-3, 15))
def test_the_room_of_a_day_is_the_largest_makeup_that_is_booked(net):
    """What is offered is booked, and one point more is not."""
    most = room(VIDEO, net)

    told = [make_up(Purse(), n, rate=VIDEO, net=net, scores=True).verdict for n in range(1, 4)]

    assert [verdict is Verdict.BOOKED for verdict in told] == [n <= most for n in range(1, 4)]


@pytest.mark.parametrize(
    ("kind", "is_reversed", "verdict"),
    [
        ("deed", False, Verdict.BOOKED),
        (Kind.MAKEUP, False, Verdict.BOOKED),
        (Kind.ADJUSTMENT, False, Verdict.BOOKED),
        (Kind.REVERSAL, False, Verdict.FIXED),
        ("redemption", False, Verdict.FIXED),
        (None, False, Verdict.MISSING),
        ("deed", True, Verdict.ALREADY),
    ],
)
def test_a_line_is_reversed_once_and_not_every_kind(kind, is_reversed, verdict):
    """A reversal is not reversed; what a reward cost has a way back of its own."""
    assert reverse(Purse(5), kind, 5, is_reversed=is_reversed).verdict is verdict


@given(PURSES, POINTS, st.integers(0, 1000))
def test_no_debt_grows_beyond_what_was_agreed(purse, points, agreed):
    """Booked or not, nobody owes more than before, or more than somebody saw."""
    for decision in (
        adjust(purse, points, agreed=agreed),
        reverse(purse, "deed", -points, is_reversed=False, agreed=agreed),
    ):
        if decision.verdict is Verdict.BOOKED:
            assert decision.purse.debt <= max(purse.debt, agreed)
        else:
            assert decision.purse.debt > max(purse.debt, agreed)


@given(PURSES, POINTS)
def test_a_reversal_undoes_an_adjustment_to_the_point(purse, points):
    """There and back, whatever was owed meanwhile."""
    there = adjust(purse, points, agreed=10_000).purse

    back = reverse(there, "adjustment", points, is_reversed=False, agreed=10_000).purse

    assert back == purse


@pytest.mark.parametrize(
    ("points", "adjusted_today", "expected"),
    [
        (50, 0, False),
        (51, 0, True),
        (-51, 0, True),
        (50, 150, False),
        (50, 151, True),
        (1, 200, True),
    ],
)
def test_large_ones_and_long_rows_of_small_ones_need_a_second_person(
    points, adjusted_today, expected
):
    """Above fifty at once, or two hundred a day by the same person."""
    assert needs_second(points, alone_max=50, adjusted_today=adjusted_today) is expected
