"""What a broadcast may hold, when it may go out, how long it takes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.rules.compositions import Problem, Season, duration, link, start, tidied, title

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime.fromisoformat("2022-05-01T09:00:00+08:00")
SEASON = Season(ZONE, time(22), time(7, 30), datetime(2022, 11, 1, tzinfo=ZONE))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("看直播 https://live.example.org/1", ("看直播", "https://live.example.org/1")),
        (
            "Watch  it\nhttps://a.example:8443/x?y=1#z",
            ("Watch it", "https://a.example:8443/x?y=1#z"),
        ),
        ("看 HTTP://Example.ORG", ("看", "HTTP://Example.ORG")),
        ("看 https://青浦.中国/书", ("看", "https://青浦.中国/书")),
        ("https://a.example", None),
        ("看 a.example", None),
        ("看 https://a", None),
        ("看 https://a.example\u202e", None),
        ("看 https://u:p@a.example", None),
        ("看 javascript:alert(1)", None),
        ("", None),
    ],
)
def test_links(text, found):
    """A label, a blank, a plain http(s) address."""
    assert link(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("19:00", "2022-05-01T19:00:00+08:00"),
        ("9:30", "2022-05-01T09:30:00+08:00"),
        ("2022-05-02 07:30", "2022-05-02T07:30:00+08:00"),
        ("2022-10-31 21:59", "2022-10-31T21:59:00+08:00"),
        ("09:00", Problem.PAST),
        ("07:00", Problem.PAST),
        ("22:00", Problem.QUIET),
        ("2022-05-02 00:00", Problem.QUIET),
        ("2022-11-01 10:00", Problem.OVER),
        ("24:00", Problem.UNREADABLE),
        ("7pm", Problem.UNREADABLE),
        ("明天19:00", Problem.UNREADABLE),
        ("", Problem.UNREADABLE),
    ],
)
def test_times(text, found):
    """At nine in the morning of 1 May."""
    wanted = found if isinstance(found, Problem) else datetime.fromisoformat(found)

    assert start(text, NOW, SEASON) == wanted


def test_titles_and_texts():
    """The first line, cut; nothing that turns it around."""
    assert title("一" * 30) == "一" * 19 + "…"
    assert title("kurz\nund mehr") == "kurz"
    assert tidied(" a\u202eb\u2066 ") == "ab"


def test_durations():
    """As many as a second takes; no limit takes no time."""
    assert duration(2300, 23) == timedelta(seconds=100)
    assert duration(2300, 0) == timedelta()
