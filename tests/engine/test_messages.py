from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import Texts
from bot.messages import (
    Button,
    Command,
    Lines,
    Named,
    Phrase,
    Reply,
    Text,
    clean,
    dump,
    load,
    normal,
    plain,
    read,
)

TEXTS = Texts(ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("/checkin", Command("checkin")),
        ("  /CheckIn@Shu_Bot  now  ", Command("checkin", "now", "shu_bot")),
        ("／ｃｈｅｃｋｉｎ", Command("checkin")),
        ("/propose\n主题：一\n时间：二", Command("propose", "主题：一\n时间：二")),
        ("/search a  b", Command("search", "a  b")),
        ("/search红楼梦", Text("/search红楼梦")),
        ("/", Text("/")),
        ("签到", Text("签到")),
        ("", Text("")),
    ],
)
def test_one_parser_reads_commands(written, read_as):
    """Names are normalised; what follows keeps its spelling and its lines."""
    assert read(written) == read_as


@pytest.mark.parametrize(
    ("text", "compared"),
    [("　签 到　", "签 到"), ("ＭＥ", "me"), ("签\u200b到", "签到"), ("\u202e签到", "签到")],
)
def test_words_are_compared_without_what_cannot_be_seen(text, compared):
    """Full width, case, blanks around, zero-width and direction marks do not matter."""
    assert normal(text) == compared


def test_clean_text_fits_every_database_and_platform():
    """No NUL, no half character, not longer than a message."""
    cleaned = clean("a\0b\ud83d" + "x" * 9999)

    assert cleaned.encode().decode() == cleaned
    assert "\0" not in cleaned
    assert len(cleaned) == 4096


def test_a_kept_reply_comes_back_as_it_was():
    """Every kind of parameter and button survives being stored."""
    reply = Reply(
        "a.b",
        {
            "text": "{x} <b>",
            "number": 5,
            "day": date(2022, 5, 1),
            "moment": datetime(2022, 5, 1, 1, 2, tzinfo=UTC),
            "phrase": Phrase("c.d", {"inner": Named("一", "one")}),
            "lines": Lines((Phrase("e.f"), Phrase("g.h", {"n": 1}))),
        },
        (
            (Button("一", "t:1"), Button(Phrase("i.j"), url="https://x.org")),
            (Button(Named("二", "two"), "u"),),
        ),
        replaces=True,
        menu=True,
    )  # fmt: skip

    assert load(dump(reply)) == reply


@pytest.mark.parametrize(
    "evil", ["<script>", "<b>", "a & b", '"', "{points.__class__}", "%s", "{0}"]
)
def test_values_are_escaped_where_they_are_filled_in(evil):
    """No value becomes formatting, a tag or a placeholder."""
    said = TEXTS.text("belonging.ask_move", "zh_CN", {"now": evil, "unit": "x"})

    assert evil in plain(said)
    assert said.count("<") == said.count("<b>") * 2


def test_days_and_moments_are_said_in_each_language_and_in_the_citys_time():
    """Dates are formatted late, with the campaign's zone."""
    params = {"newest": datetime(2022, 6, 30, 16, 30, tzinfo=UTC)}

    assert "2022-07-01 00:30 星期五" in TEXTS.text("clock.too_early", "zh_CN", params)
    assert "2022-07-01 00:30, Friday" in TEXTS.text("clock.too_early", "en", params)


def test_an_unknown_language_falls_back_to_chinese():
    """A person is always answered."""
    assert TEXTS.text("menu.name", "tlh", {}) == "菜单"
    assert TEXTS.text("menu.name", None, {}) == "菜单"


def test_english_counts():
    """One day, two days."""
    params = dict.fromkeys(("points", "today", "cap", "visits", "balance"), 5)

    def said(days):
        return TEXTS.text(
            "checkins.paid",
            "en",
            {**params, "streak": days, "when": "today", "where": "", "badge": ""},
        )

    assert "1 day in a row" in said(1)
    assert "2 days in a row" in said(2)
