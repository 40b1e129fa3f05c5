"""Which day and which phase a moment belongs to."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import (
    Phase,
    acted_at,
    campaign_day,
    leap,
    outage_days,
    phase_on,
    quiet_end,
    scoring,
)

CITY = ZoneInfo("Asia/Shanghai")
NOW = datetime.fromisoformat("2022-06-15T00:05:00+08:00")
PHASES = (
    Phase("activity", date(2022, 4, 23), date(2022, 10, 7), scores=True),
    Phase("selection", date(2022, 10, 7), date(2022, 10, 16), scores=False),
    Phase("commendation", date(2022, 10, 16), date(2022, 11, 1), scores=False),
)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2022-04-22T15:59:59.999+00:00", date(2022, 4, 22)),
        ("2022-04-22T16:00:00+00:00", date(2022, 4, 23)),
        ("2022-04-22T16:00:00.001+00:00", date(2022, 4, 23)),
        ("2022-04-22T23:59:59.999+08:00", date(2022, 4, 22)),
        ("2022-04-23T00:00:00.001+08:00", date(2022, 4, 23)),
        ("2022-12-31T16:00:00+00:00", date(2023, 1, 1)),
        ("2022-04-22T09:00:00-07:00", date(2022, 4, 23)),
    ],
)
def test_the_day_turns_at_midnight_in_the_city(moment, expected):
    """One millisecond decides, whatever offset the moment is written with."""
    assert campaign_day(datetime.fromisoformat(moment), CITY) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("1988-07-01T14:59:59.999+00:00", date(1988, 7, 1)),
        ("1988-07-01T15:00:00+00:00", date(1988, 7, 2)),
        ("1988-12-01T15:00:00+00:00", date(1988, 12, 1)),
        ("1988-12-01T16:00:00+00:00", date(1988, 12, 2)),
    ],
)
def test_summer_time_is_the_zones_business(moment, expected):
    """In 1988 the city had summer time, so its midnight was 15:00 UTC in July."""
    assert campaign_day(datetime.fromisoformat(moment), CITY) == expected


@given(st.datetimes(datetime(2022, 1, 1), datetime(2023, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_day_is_eight_hours_ahead_of_greenwich(moment):
    """The city's day is the date eight hours later."""
    assert campaign_day(moment, CITY) == (moment + timedelta(hours=8)).date()


@pytest.mark.parametrize(
    ("late", "believed"),
    [
        (timedelta(0), True),
        (timedelta(minutes=10), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, milliseconds=1), False),
        (timedelta(hours=25), False),
        (timedelta(milliseconds=-1), False),
        (timedelta(days=-1), False),
    ],
)
def test_a_stamp_is_believed_for_a_day(late, believed):
    """A late message keeps its own time; one too old or from the future gets the receipt's."""
    stamped = NOW - late

    assert acted_at(stamped, NOW) == (stamped if believed else NOW)


def test_a_message_without_a_stamp_counts_now():
    """A tap has no time of its own."""
    assert acted_at(None, NOW) == NOW


def test_a_message_that_was_late_over_midnight_keeps_its_day():
    """Sent at 23:55 and received at 00:05 is a deed of the day before."""
    assert campaign_day(acted_at(NOW - timedelta(minutes=10), NOW), CITY) == date(2022, 6, 14)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 4, 22), None),
        (date(2022, 4, 23), "activity"),
        (date(2022, 10, 6), "activity"),
        (date(2022, 10, 7), "selection"),
        (date(2022, 10, 15), "selection"),
        (date(2022, 10, 16), "commendation"),
        (date(2022, 10, 31), "commendation"),
        (date(2022, 11, 1), None),
    ],
)
def test_a_phase_holds_its_first_day_and_not_its_until(day, expected):
    """Spans are half-open, and nothing lies outside the first and the last."""
    phase = phase_on(day, PHASES)

    assert (phase and phase.id) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1d2h", timedelta(days=1, hours=2)),
        ("+2w", timedelta(weeks=2)),
        ("+90m", timedelta(minutes=90)),
        ("+1w1d1h1m", timedelta(weeks=1, days=1, hours=1, minutes=1)),
        ("+", None),
        ("1d", None),
        ("-1d", None),
        ("+2h1d", None),
        ("+1d ", None),
        ("+١d", None),
        ("+99999999999d", None),
        ("", None),
    ],
)
def test_a_leap_is_read_or_refused(text, expected):
    """Weeks, days, hours and minutes in this order, ahead only, in plain digits."""
    assert leap(text) == expected


@pytest.mark.parametrize(
    ("gone", "back", "expected"),
    [
        ("15T07:30+08:00", "15T09:30+08:00", [15]),
        ("15T07:30+08:00", "15T09:29:59.999+08:00", []),
        ("15T05:00+08:00", "15T09:29+08:00", []),
        ("15T20:00+08:00", "16T09:30+08:00", [15, 16]),
        ("15T20:01+08:00", "16T09:29+08:00", []),
        ("15T22:00+08:00", "16T07:30+08:00", []),
        ("14T12:00+08:00", "17T08:00+08:00", [14, 15, 16]),
        ("15T00:00+00:00", "15T02:00+00:00", [15]),
        ("15T12:00+08:00", "15T11:00+08:00", []),
    ],
)
def test_two_hours_away_by_day_make_an_outage(gone, back, expected):
    """Only the hours from 07:30 to 22:00 in the city count, each day for itself."""
    moments = (datetime.fromisoformat(f"2022-06-{moment}") for moment in (gone, back))

    assert outage_days(*moments, CITY) == [date(2022, 6, day) for day in expected]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2022-06-15T21:59:59", None),
        ("2022-06-15T22:00:00", "2022-06-16T07:30:00"),
        ("2022-06-16T00:00:00", "2022-06-16T07:30:00"),
        ("2022-06-16T07:29:59", "2022-06-16T07:30:00"),
        ("2022-06-16T07:30:00", None),
    ],
)
def test_the_quiet_hours_end_in_the_morning(now, end):
    """From 22:00 to 07:30, over midnight."""
    moment = datetime.fromisoformat(now).replace(tzinfo=CITY)
    found = quiet_end(moment, time(22), time(7, 30), zone=CITY)

    assert found == (end and datetime.fromisoformat(end).replace(tzinfo=CITY))


def test_quiet_hours_within_a_day():
    """A siesta ends the same day."""
    noon = datetime(2022, 6, 15, 13, tzinfo=CITY)

    assert quiet_end(noon, time(12), time(14), zone=CITY).hour == 14
    assert quiet_end(noon, time(14), time(15), zone=CITY) is None


def test_quiet_hours_begin_and_end_on_the_dot():
    """The first moment is quiet, the last is not, and the end has no seconds left."""
    begins, ends = datetime(2022, 6, 15, 12, tzinfo=CITY), datetime(2022, 6, 15, 14, tzinfo=CITY)
    within = begins.replace(second=7, microsecond=9)

    assert [quiet_end(at, time(12), time(14), zone=CITY) for at in (begins, within)] == [ends] * 2
    assert quiet_end(ends, time(12), time(14), zone=CITY) is None
    assert quiet_end(begins, time(12), time(12), zone=CITY) is None


def test_the_days_that_score():
    """From the first phase that scores to the last; no day where none does."""
    assert scoring(PHASES) == (date(2022, 4, 23), date(2022, 10, 7))
    assert scoring(PHASES[1:]) == (date(2022, 10, 7), date(2022, 10, 7))
