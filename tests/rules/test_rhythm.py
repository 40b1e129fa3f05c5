from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.rules.rhythm import Daily, Hourly, Minutely, Weekly, newest

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = 0


def at(text):
    """Read a moment of the city."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        (Minutely(), "2022-06-15T08:30:59.9", "2022-06-15T08:30"),
        (Hourly(), "2022-06-15T08:30", "2022-06-15T08:00"),
        (Daily(time(18)), "2022-06-15T18:00", "2022-06-15T18:00"),
        (Daily(time(18)), "2022-06-15T17:59:59.999", "2022-06-14T18:00"),
        (Daily(time(0)), "2022-06-15T00:00", "2022-06-15T00:00"),
        (Weekly(MONDAY, time(9)), "2022-06-13T09:00", "2022-06-13T09:00"),
        (Weekly(MONDAY, time(9)), "2022-06-13T08:59", "2022-06-06T09:00"),
        (Weekly(MONDAY, time(9)), "2022-06-19T23:59", "2022-06-13T09:00"),
        (Weekly(MONDAY, time(9)), "2022-06-20T00:00", "2022-06-13T09:00"),
        (Weekly(6, time(20)), "2022-06-15T12:00", "2022-06-12T20:00"),
    ],
)
def test_what_was_due_last(rhythm, now, due):
    """At the very moment it is due; a moment before, the one before is."""
    assert newest(rhythm, at(now), ZONE) == at(due)


def test_the_machines_zone_does_not_matter():
    """Now may come in any zone."""
    now = at("2022-06-15T08:30").astimezone(ZoneInfo("America/New_York"))

    assert newest(Daily(time(8)), now, ZONE) == at("2022-06-15T08:00")
