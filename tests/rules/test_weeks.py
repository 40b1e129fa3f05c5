"""Weeks against the calendar of 2022, and against their own definition on any campaign."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import weeks
from bot.rules.weeks import Week

START, UNTIL = date(2022, 4, 23), date(2022, 10, 7)  # a Saturday; the day after a Thursday
FIRST = Week(1, date(2022, 4, 23), date(2022, 4, 24))
SECOND = Week(2, date(2022, 4, 25), date(2022, 5, 1))
LAST = Week(25, date(2022, 10, 3), date(2022, 10, 6))


@pytest.mark.parametrize(
    ("day", "week"),
    [
        pytest.param("2022-04-22", None, id="before the start"),
        pytest.param("2022-04-23", FIRST, id="the first day, a Saturday"),
        pytest.param("2022-04-24", FIRST, id="its Sunday"),
        pytest.param("2022-04-25", SECOND, id="the first Monday"),
        pytest.param("2022-05-01", SECOND, id="the Sunday after it"),
        pytest.param("2022-05-02", Week(3, date(2022, 5, 2), date(2022, 5, 8)), id="a third"),
        pytest.param("2022-10-02", Week(24, date(2022, 9, 26), date(2022, 10, 2)), id="last full"),
        pytest.param("2022-10-03", LAST, id="the last Monday"),
        pytest.param("2022-10-06", LAST, id="the last day that scores"),
        pytest.param("2022-10-07", None, id="the selection phase"),
    ],
)
def test_the_week_of_a_day(day, week):
    """Monday to Sunday, cut where the days that score begin and end."""
    found = weeks.week_of(date.fromisoformat(day), START, UNTIL)
    assert found == week
    assert found is None or type(found.number) is int, "it is shown as it is"


def test_all_weeks_of_the_season():
    """Twenty-five: two days, twenty-three full weeks, four days."""
    found = weeks.weeks(START, UNTIL)

    assert (found[0], found[1], found[-1], len(found)) == (FIRST, SECOND, LAST, 25)
    assert [(week.last - week.first).days + 1 for week in found] == [2, *[7] * 23, 4]


@pytest.mark.parametrize(
    ("day", "number"),
    [
        pytest.param("2022-04-22", None, id="before the start"),
        pytest.param("2022-04-24", None, id="the first week's Sunday"),
        pytest.param("2022-04-25", 1, id="the first Monday"),
        pytest.param("2022-05-01", 1, id="the next Sunday"),
        pytest.param("2022-05-02", 2, id="the next Monday"),
        pytest.param("2022-10-03", 24, id="the last week has begun"),
        pytest.param("2022-10-07", 24, id="the last week's days are over, its Monday is to come"),
        pytest.param("2022-10-10", 25, id="that Monday"),
        pytest.param("2023-01-01", 25, id="long after"),
    ],
)
def test_the_newest_complete_week(day, number):
    """A week is complete from the Monday after it."""
    found = weeks.newest(date.fromisoformat(day), START, UNTIL)

    assert (found and found.number) == number


@pytest.mark.parametrize(("start", "until"), [(START, START), (UNTIL, START)])
def test_without_a_day_that_scores_there_is_no_week(start, until):
    """A campaign may score nothing."""
    assert weeks.weeks(start, until) == ()
    assert weeks.newest(date(2022, 12, 1), start, until) is None


@given(start=st.dates(date(2000, 1, 1), date(2099, 1, 1)), length=st.integers(1, 300))
def test_weeks_cover_each_day_once(start, length):
    """No day is missed or counted twice, none is outside; all but the ends are whole weeks."""
    until = start + timedelta(days=length)
    found = weeks.weeks(start, until)
    days = [
        week.first + timedelta(days=n)
        for week in found
        for n in range((week.last - week.first).days + 1)
    ]

    assert days == [start + timedelta(days=n) for n in range(length)]
    assert [week.number for week in found] == list(range(1, len(found) + 1))
    assert all(week.first.weekday() == 0 for week in found[1:])
    assert all(week.last.weekday() == 6 for week in found[:-1])
    assert all(week.told_on.weekday() == 0 and week.told_on > week.last for week in found)
    assert all(weeks.week_of(day, start, until) in found for day in days)


@pytest.mark.parametrize(
    ("points", "places"),
    [
        pytest.param({}, {"a": 1, "b": 1, "c": 1}, id="nobody earned anything"),
        pytest.param({"a": 100, "b": 100}, {"b": 1, "a": 2, "c": 3}, id="a smaller target"),
        pytest.param({"a": 200, "b": 100, "c": 1}, {"a": 1, "b": 1, "c": 3}, id="equals share"),
        pytest.param({"a": 201, "b": 100}, {"a": 1, "b": 2, "c": 3}, id="a hair's breadth"),
        pytest.param({"a": 1, "elsewhere": 999}, {"a": 1, "b": 2, "c": 2}, id="without target"),
    ],
)
def test_towns_stand_by_points_per_head_of_their_target(points, places):
    """A big town does not win by being big."""
    assert weeks.town_places(points, {"a": 1000, "b": 500, "c": 500}) == places
