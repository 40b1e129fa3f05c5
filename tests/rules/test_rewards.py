"""What may be redeemed, what goes back, and when staff are told of the stock."""

from dataclasses import replace
from datetime import date

import pytest

from bot.rules.rewards import State, Terms, Verdict, buy, crossed, give_back, last_day

DAY, LAST = date(2022, 5, 1), date(2022, 10, 31)
FAN = Terms(5, 1, 3, 2, DAY, LAST, 30)


@pytest.mark.parametrize(
    ("changed", "balance", "held", "day", "verdict"),
    [
        ({}, 5, 1, DAY, Verdict.BOOKED),
        ({}, 5, 1, LAST, Verdict.BOOKED),
        ({"opens": date(2022, 5, 2)}, 5, 0, DAY, Verdict.CLOSED),
        ({"closes": DAY}, 5, 0, date(2022, 5, 2), Verdict.CLOSED),
        ({"is_closed": True}, 5, 0, DAY, Verdict.CLOSED),
        ({"stock": 0}, 5, 0, DAY, Verdict.SOLD_OUT),
        ({}, 99, 2, DAY, Verdict.LIMIT),
        ({}, 4, 0, DAY, Verdict.POOR),
    ],
)
def test_who_may_redeem(changed, balance, held, day, verdict):
    """Window, stock, limit per person and balance, in this order."""
    assert buy(replace(FAN, **changed), balance=balance, held=held, day=day) is verdict


@pytest.mark.parametrize(
    ("state", "to", "day", "verdict"),
    [
        (State.OPEN, State.CANCELLED, DAY, Verdict.BOOKED),
        (State.OPEN, State.EXPIRED, LAST, Verdict.GONE),
        (State.OPEN, State.EXPIRED, date(2022, 11, 1), Verdict.BOOKED),
        (State.USED, State.CANCELLED, DAY, Verdict.USED),
        (State.CANCELLED, State.EXPIRED, LAST, Verdict.ALREADY),
        (State.VOID, State.EXPIRED, LAST, Verdict.ALREADY),
    ],
)
def test_what_goes_back(state, to, day, verdict):
    """An open voucher only; an expired one after its last day only."""
    assert give_back(state, LAST, to=to, day=day) is verdict


def test_no_voucher_outlives_the_campaign():
    """It lasts its days, or until the last day."""
    assert last_day(DAY, 30, LAST) == date(2022, 5, 31)
    assert last_day(date(2022, 10, 20), 30, LAST) == LAST


def test_staff_are_told_once_at_each_threshold():
    """At five and at none, also when the stock falls past one at once."""
    assert [crossed(n, n - 1) for n in (7, 6, 5, 1)] == [None, 5, None, 0]
    assert [crossed(20, 4), crossed(20, 0), crossed(4, 9)] == [5, 0, None]
