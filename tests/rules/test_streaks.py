"""Streaks against a slow model that is obviously right."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules import streaks

START = date(2022, 4, 23)
DAYS = 167


def on(index):
    """Return a campaign day by its number, from 0."""
    return START + timedelta(days=index)


def bits(came):
    """Return check-in days, given by their numbers, as one number."""
    days = 0
    for index in came:
        days = streaks.with_visit(days, START, on(index))
    return days


def bridged(came, first, last, outages):
    """Say whether the days between two visits are all outages or free days, two a month.

    Free days are counted up to the last visit asked about, the whole way at once.
    """
    missed = [on(n) for n in range(first, last + 1) if n not in came and n not in outages]
    months = [(day.year, day.month) for day in missed]
    return all(months.count(month) <= streaks.FREE_DAYS_A_MONTH for month in months)


def slow_length(came, today, outages):
    """Count the visits from the earliest day whose way to today is bridged."""
    last = today if today in came else today - 1
    rows = [
        len([n for n in came if first <= n <= last])
        for first in range(last + 1)
        if bridged(came, first, last, outages)
    ]
    return max(rows, default=0)


def length(came, today, outages=()):
    """Ask the rule, with days by their numbers."""
    return streaks.length(bits(came), START, on(today), outages={on(n) for n in outages})


INDEXES = st.integers(0, DAYS - 1)
VISITS = st.one_of(
    st.sets(INDEXES),
    st.sets(INDEXES, max_size=20).map(lambda missed: set(range(DAYS)) - missed),
)


@given(VISITS, INDEXES, st.sets(INDEXES, max_size=30))
@example(set(), 0, set())
@example({0}, 0, set())
@example({0}, 3, {1, 2})
def test_length_agrees_with_the_slow_model(came, today, outages):
    """For any visits and outages up to any day, both count the same."""
    assert length(came, today, outages) == slow_length(came, today, outages)


@given(VISITS, INDEXES, st.sets(INDEXES, max_size=30), INDEXES)
def test_an_outage_never_shortens_a_streak(came, today, outages, more):
    """One more outage day leaves a streak as long or longer."""
    assert length(came, today, outages | {more}) >= length(came, today, outages)


@given(VISITS, INDEXES)
def test_days_to_come_do_not_count(came, today):
    """Bits after today change nothing."""
    assert length(came, today) == length({n for n in came if n <= today}, today)


@pytest.mark.parametrize(
    ("came", "today", "outages", "expected"),
    [
        pytest.param(range(10), 9, (), 10, id="ten in a row, today too"),
        pytest.param(range(9), 9, (), 9, id="today is still open"),
        pytest.param({0}, 0, (), 1, id="the first day"),
        pytest.param((), 0, (), 0, id="nothing yet"),
        pytest.param({8, 9, 12}, 12, (), 3, id="two free days bridge, uncounted"),
        pytest.param({8, 9, 13}, 13, (), 1, id="three missed days break"),
        pytest.param({8, 9, 13}, 13, {11}, 3, id="an outage saves a free day"),
        pytest.param({8, 16}, 16, range(9, 16), 2, id="a week of outages bridges"),
        pytest.param({8}, 11, (), 1, id="two days away and today open: still alive"),
        pytest.param({8}, 12, (), 0, id="three days away: gone"),
        # 04-23 is day 0, so 04-30 is day 7 and 05-01 is day 8.
        pytest.param({5, 10}, 10, (), 2, id="two in April and two in May bridge"),
        pytest.param({4, 10}, 10, (), 1, id="three in April break"),
        pytest.param({5, 11}, 11, (), 1, id="three in May break"),
        pytest.param({9, 11, 13, 15}, 15, (), 3, id="a month's free days are two in all"),
        pytest.param({3, 4}, 4, {4}, 2, id="a visit on an outage day counts"),
    ],
)
def test_a_gap_is_bridged_or_breaks(came, today, outages, expected):
    """Free days and outages bridge without being counted, month by month."""
    assert length(came, today, outages) == expected


def test_nothing_before_the_campaign_counts():
    """The days before the first bridge nothing and break nothing."""
    assert streaks.length(bits({0, 1}), START, START + timedelta(days=1)) == 2


def test_before_the_campaign_there_is_no_streak():
    """On the day before the first there are no visits."""
    eve = START - timedelta(days=1)

    assert (streaks.length(1, START, eve), streaks.visited(1, START, eve)) == (0, False)


@given(VISITS)
def test_check_in_days_are_kept_as_bits(came):
    """Each visit is found again, no other day is, and their number is right."""
    days = bits(came)

    assert {n for n in range(DAYS) if streaks.visited(days, START, on(n))} == came
    assert streaks.count(days) == len(came)


@given(VISITS, INDEXES)
def test_a_second_visit_on_a_day_changes_nothing(came, again):
    """A day has one bit."""
    assert bits([*came, again, again]) == bits(came | {again})
