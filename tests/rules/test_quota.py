"""What one member and one app may be sent."""

from datetime import date, datetime, timedelta

import pytest

from bot.rules import quota as rules
from bot.rules.quota import HOUR_MAX, MINUTE_MAX, PER_ACCOUNT, Budget, Quota, rush
from tests.push import Monotonic

DAY = date(2022, 5, 1)


@pytest.fixture
def clock():
    """Seconds that pass when told."""
    return Monotonic()


def test_thirty_a_minute(clock):
    """The next may go when the first of them is a minute old."""
    quota = Quota(clock)
    for _ in range(MINUTE_MAX):
        assert quota.wait("a") == 0
        quota.take("a")
        clock.now += 1

    assert quota.wait("a") == 30
    assert quota.wait("a", spare=5) == 35
    assert quota.wait("b") == 0
    clock.now += 30
    assert quota.wait("a") == 0
    assert quota.wait("a", 2) == 1


def test_a_thousand_an_hour(clock):
    """At three seconds a message the minute is kept, and the hour ends it."""
    quota, sent = Quota(clock), 0
    for _ in range(1200):
        if quota.wait("a") == 0:
            quota.take("a")
            sent += 1
        clock.now += 2.5

    assert sent == HOUR_MAX
    clock.now += 601
    assert quota.wait("a") == 0


def test_any_hour_and_minute_hold_no_more_than_wecom_lets_through(clock):
    """Whatever the rhythm, counted over every window."""
    quota, sent = Quota(clock), []
    for turn in range(20_000):
        if quota.wait("a") == 0:
            quota.take("a")
            sent.append(clock.now)
        clock.now += (turn * 7919 % 13) / 8
    for span, most in ((60, MINUTE_MAX), (3600, HOUR_MAX)):
        first = 0
        for last, at in enumerate(sent):
            while sent[first] <= at - span:
                first += 1
            assert last - first + 1 <= most


def test_the_days_budget():
    """200 messages for each account; a new day begins anew; nothing set is no limit."""
    budget = Budget(2)
    assert budget.missing(PER_ACCOUNT * 2, DAY) == 0
    budget.spend(399, DAY)
    assert budget.missing(5, DAY) == 4
    budget.spend(100, DAY)
    assert budget.missing(5, DAY) == 5
    assert budget.missing(5, DAY + timedelta(days=1)) == 0
    assert Budget(0).missing(10**9, DAY) == 0


def test_what_other_processes_sent_counts(clock):
    """In place of what they told before, and only for the member it went to."""
    quota = Quota(clock)
    quota.take("a", 20)
    quota.learn("a", [(30.0, 10)])
    quota.learn("b", [(0.0, 3)])
    assert quota.wait("a") == 30

    quota.learn("a", [])
    assert quota.wait("a") == 0
    assert quota.wait("b", MINUTE_MAX) == 60
    quota.learn("c", [(0.0, 1)])
    assert quota.wait("c", MINUTE_MAX) == 60, "no room for so many beside the one"


def test_who_was_written_to_longest_ago_is_forgotten(clock, monkeypatch):
    """Only so many members are kept, and the newest of them."""
    monkeypatch.setattr(rules, "MEMBERS_KEPT_MAX", 3)
    quota = Quota(clock)
    for name in "abc":
        quota.take(name, MINUTE_MAX)
    assert quota.wait("a") == 60
    quota.take("d", MINUTE_MAX)
    assert [quota.wait(name) for name in "abcd"] == [0, 60, 60, 60]

    for name in "klmn":
        quota.learn(name, [(0.0, MINUTE_MAX)])
    assert [quota.wait(name) for name in "klmn"] == [0, 60, 60, 60]


def test_what_others_spent_of_the_day_counts():
    """Beside the own, and in place of what they told before."""
    budget = Budget(1)
    assert budget.left(DAY) == PER_ACCOUNT
    budget.spend(150, DAY)
    budget.learn(40, DAY)
    assert budget.left(DAY) == 10
    budget.learn(20, DAY)
    assert budget.left(DAY) == 30


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [("09:00:00", 60), ("09:00:59.5", 0.5), ("09:01:00", 0), ("09:29:59", 0), ("09:30:10", 50)],
)
def test_full_and_half_hours(moment, seconds):
    """Their first minute belongs to everybody else."""
    assert rush(datetime.fromisoformat(f"2022-05-01T{moment}+08:00")) == seconds
