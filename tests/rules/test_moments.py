"""Dates in forms: one meaning, or none."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.rules import moments
from bot.rules.moments import Marks

ZONE = ZoneInfo("Asia/Shanghai")
CHINESE = "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月"
ENGLISH = "January February March April May June July August September October November December"
MONTHS = [words.split() for words in (CHINESE, ENGLISH)]
MARKS = Marks(("年", "/"), ("月", "/"), ("日", "号", ","), MONTHS)
SEASON = (date(2022, 4, 23), date(2022, 10, 7))


@pytest.mark.parametrize(
    "text",
    [
        "2022-06-18 19:00",
        "２０２２－０６－１８　１９：００",
        "2022年6月18日 19:00",
        "2022年6月18日19:00",
        "2022年06月18号 19：00",
        "2022/6/18 19:00",
        "2022.6.18 19:00",
        " 2022-06-18  19:00 ",
        "2022-06-18T19:00",
        "2022-06-18 19:00:00",
        "\u200f2022-06-18 19:00\u200e",
    ],
)
def test_one_meaning_is_read(text):
    """Full-width signs and the Chinese and slashed twins are the same moment."""
    assert moments.moment(text, ZONE, MARKS) == datetime(2022, 6, 18, 19, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    [
        "明天晚上7点",
        "tomorrow 7pm",
        "",
        "19:00",
        "6月18日 19:00",
        "18/06/2022 19:00",
        "22-06-18 19:00",
        "2022-06-18",
        "2022-06-18 7:00",
        "2022-06-18 7点",
        "2022年6月18日 晚上7点",
        "2022-02-30 19:00",
        "2022-13-01 19:00",
        "2022-06-18 24:00",
        "2022-06-18 19:60",
        "2022-06-18 19:00" + " " * 40 + "或者改天",
        "2022-06-18 19:00 左右",
        "٢٠٢٢-٠٦-١٨ ١٩:٠٠",
        "0" * 1_000_000,
        "2022-06-18 19:00\0",
    ],
)
def test_what_must_be_guessed_is_no_moment(text):
    """No weekday, no evening, no order of day and month, no day that does not exist."""
    assert moments.moment(text, ZONE, MARKS) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2022-06", date(2022, 6, 1)),
        ("2022/6", date(2022, 6, 1)),
        ("2022年6月", date(2022, 6, 1)),
        ("6月", date(2022, 6, 1)),
        ("０６", date(2022, 6, 1)),
        ("6", date(2022, 6, 1)),
        ("六月", date(2022, 6, 1)),
        ("June", date(2022, 6, 1)),
        ("4月", date(2022, 4, 1)),
        ("10", date(2022, 10, 1)),
        ("2023-01", date(2023, 1, 1)),
        ("3月", None),
        ("11", None),
        ("13", None),
        ("0", None),
        ("2022-13", None),
        ("暑假", None),
        ("6-7月", None),
        ("", None),
        ("6" * 50, None),
    ],
)
def test_months(text, found):
    """With its year any month; without, the one there is in the season."""
    assert moments.month(text, SEASON, MARKS) == found


def test_a_month_without_its_year_must_be_the_only_one():
    """In a campaign over two Mays nobody guesses which."""
    assert moments.month("5", (date(2022, 5, 1), date(2023, 6, 1)), MARKS) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("60", 60),
        ("６０", 60),
        ("60分钟", 60),
        ("60 minutes", 60),
        ("90 min", 90),
        ("一小时", None),
        ("1.5", None),
        ("-60", None),
        ("60.", None),
        ("", None),
        ("9" * 99, None),
        ("٦٠", None),
    ],
)
def test_numbers(text, found):
    """Digits, alone or before their word."""
    assert moments.number(text, ["分钟", "分", "min", "minutes"]) == found


@pytest.mark.parametrize(
    ("month", "last"),
    [
        (date(2022, 6, 1), date(2022, 6, 30)),
        (date(2022, 12, 1), date(2022, 12, 31)),
        (date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_the_last_of_a_month(month, last):
    """Whatever its length."""
    assert moments.last_of(month) == last
