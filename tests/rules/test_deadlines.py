"""When something is due, and when to say so."""

from datetime import date, timedelta

import pytest

from bot.rules import deadlines

DUE = date(2022, 5, 7)


@pytest.mark.parametrize(
    ("left", "number"),
    [(30, None), (8, None), (7, 7), (6, 7), (2, 7), (1, 1), (0, 1), (-1, None)],
)
def test_the_nearest_reminder(left, number):
    """A missed one is made up for until the next has come; afterwards none."""
    assert deadlines.reminder(DUE - timedelta(days=left), DUE, (7, 1)) == number


def test_days_before_a_broadcast():
    """Ten days before 18 June is 8 June; what is handed in then is in time for it."""
    assert deadlines.details_day(date(2022, 6, 18), 10) == date(2022, 6, 8)
    assert deadlines.earliest(date(2022, 6, 8), 10) == date(2022, 6, 18)
    assert deadlines.month_days(date(2022, 6, 1), 10) == (date(2022, 5, 22), date(2022, 6, 20))


@pytest.mark.parametrize(
    ("planned", "held", "lacking"),
    [
        ([], [], []),
        ([date(2022, 6, 1)], [], [date(2022, 6, 1)]),
        ([date(2022, 6, 1)], [date(2022, 6, 30)], []),
        ([date(2022, 6, 1)] * 2, [date(2022, 6, 18)], [date(2022, 6, 1)]),
        ([date(2022, 6, 1), date(2022, 7, 1)], [date(2022, 7, 9)] * 3, [date(2022, 6, 1)]),
    ],
)
def test_months_that_lack_classes(planned, held, lacking):
    """As many classes as plans; those of another month do not count."""
    assert deadlines.lacking(planned, held) == lacking
