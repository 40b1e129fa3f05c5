"""Share, what a day still needs, and where the pace leads."""

from datetime import date

import pytest

from bot.rules.forecast import Course, Progress, progress

COURSE = Course(date(2022, 4, 23), date(2022, 10, 7))


def on(month, day):
    """Name a day of the campaign's year."""
    return date(2022, month, day)


@pytest.mark.parametrize(
    ("participants", "today", "lately", "expected"),
    [
        # before the first day is over there is no pace
        (0, on(4, 20), 0, Progress(0, 1500, 0, 9, None)),
        (10, on(4, 23), 10, Progress(10, 1500, 0, 9, None)),
        # one day over: its pace, and today is still to come
        (30, on(4, 24), 30, Progress(30, 1500, 2, 9, 30 + 30 * 166)),
        # fourteen days over
        (700, on(7, 1), 140, Progress(700, 1500, 46, 9, 700 + 10 * 98)),
        # nobody came lately
        (700, on(7, 1), 0, Progress(700, 1500, 46, 9, 700)),
        # the last day needs all that is missing
        (1499, on(10, 6), 14, Progress(1499, 1500, 99, 1, 1500)),
        # over, reached or not
        (1400, on(10, 7), 14, Progress(1400, 1500, 93, None, 1400)),
        (1600, on(10, 20), 0, Progress(1600, 1500, 106, 0, 1600)),
        (1600, on(9, 1), 0, Progress(1600, 1500, 106, 0, 1600)),
    ],
)
def test_progress(participants, today, lately, expected):
    """Participants so far, the day, and how many were new lately give the whole picture."""
    assert progress(participants, 1500, COURSE, today=today, lately=lately) == expected


def test_a_unit_without_a_target_misses_nothing():
    """A bureau has no target: nothing is needed, and nothing is divided by it."""
    found = progress(5, 0, COURSE, today=on(5, 10), lately=3)

    assert (found.percent, found.needed, found.missing) == (0, 0, 0)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (on(4, 1), (on(4, 23), on(4, 23))),
        (on(4, 25), (on(4, 23), on(4, 25))),
        (on(6, 15), (on(6, 1), on(6, 15))),
        (on(12, 1), (on(9, 23), on(10, 7))),
    ],
)
def test_the_pace_is_that_of_the_last_days_that_are_over(today, expected):
    """At most fourteen days, none before the first, none after the last, not today."""
    assert COURSE.looked_at(today) == expected
