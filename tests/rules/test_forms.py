"""Forms read line by line, whatever is thrown at them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import forms
from bot.rules.forms import Form

WORDS = {
    "topic": ("主题", "题目", "Topic"),
    "time": ("时间", "Time"),
    "minutes": ("时长", "时长(分钟)", "Duration"),
    "summary": ("简介", "Summary"),
    "month": ("月份", "Planned month"),
}
LABELS = forms.labels(WORDS)
FULL = {"topic": "读《红楼梦》", "time": "2022-06-18 19:00", "summary": "一句话"}


def read(text):
    """Read a form with the labels of these tests."""
    return forms.read(text, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "主题：读《红楼梦》\n时间：2022-06-18 19:00\n简介：一句话",
        "主题:读《红楼梦》\n时间:2022-06-18 19:00\n简介:一句话",
        "简介：一句话\n\n\n时间： 2022-06-18 19:00 \n  主题 ： 读《红楼梦》",
        "\r\n主题：读《红楼梦》\r\n时间：2022-06-18 19:00\r\n简介：一句话\r\n",
        "Topic: 读《红楼梦》\nTIME: 2022-06-18 19:00\nsummary：一句话",
        "题目：读《红楼梦》\nｔｉｍｅ：2022-06-18 19:00\n简介：一句话",
        "1. 主题：读《红楼梦》\n2、时间：2022-06-18 19:00\n- 【简介】：一句话",
        "\u202e主题\u200b：读《红楼梦》\u202c\n\u200f时间：2022-06-18 19:00\n简介：一\0句\x07话",
        "主题：\n读《红楼梦》\n时间：\n2022-06-18 19:00\n简介：\n\n一句话",
    ],
    ids=["full", "half", "order", "crlf", "english", "alias", "bullets", "hidden", "below"],
)
def test_many_ways_to_fill_the_same_form(text):
    """Colons of either width, any order, blank lines, both languages, marks that hide."""
    assert dict(read(text).values) == FULL
    assert read(text) == Form(read(text).values)


def test_a_value_goes_on_until_the_next_label():
    """Lines that begin with no label belong to the value above; times and addresses are none."""
    text = "简介：第一行\n第1讲：宝玉\n19:00 开始\nhttps://live.example.org/1\n\n最后\n主题：红"

    assert read(text).values == {
        "summary": "第一行\n第1讲：宝玉\n19:00 开始\nhttps://live.example.org/1\n最后",
        "topic": "红",
    }


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("主题：红\n备注：x", {"unknown": ("备注",)}),
        ("主题：红\n备注：x\n还有\n备注：y", {"unknown": ("备注",)}),
        ("主题：红\n题目：楼", {"doubled": ("topic",)}),
        ("您好\n主题：红", {"stray": ("您好",)}),
        ("明天晚上讲红楼梦", {"stray": ("明天晚上讲红楼梦",)}),
        ("主题：红\nNote: x", {"unknown": ("Note",)}),
        ("备注：x\n主题：红", {"unknown": ("备注",)}),
    ],
)
def test_what_cannot_be_read_is_named(text, wrong):
    """Labels nobody knows, fields given twice, what stands before the first label."""
    form = read(text)

    assert {name: getattr(form, name) for name in ("unknown", "doubled", "stray")} == {
        "unknown": (),
        "doubled": (),
        "stray": (),
        **wrong,
    }
    assert form.values.get("topic", "红") == "红"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", ("topic", "time")),
        ("主题：红", ("time",)),
        ("主题：\n时间：  ", ("topic", "time")),
        ("主题：红\n时间：x", ()),
    ],
)
def test_missing_is_what_has_no_value(text, missing):
    """A label without a value is as missing as none."""
    assert read(text).missing(["topic", "time"]) == missing


def test_one_label_cannot_name_two_fields():
    """A mistake in the words shows at once."""
    with pytest.raises(ValueError, match="names two fields"):
        forms.labels({"a": ["主题"], "b": ["【主题】"]})


@pytest.mark.parametrize(
    "text",
    [
        "字" * 1_000_000,
        "主题：" + "字" * 1_000_000,
        "备注：x\n" * 10_000,
        "".join(f"{'备' * (n % 9 + 1)}：x\n" for n in range(10_000)),
        "主题：x\n" * 10_000,
        "：" * 1_000_000,
        "\n" * 1_000_000,
        "\u202e" * 1_000_000,
        "\0" * 1_000_000,
        "主题：\ud800\udfff",
        "e" + "\u0301" * 100_000 + "：x",
    ],
    ids=["one", "value", "lines", "labels", "doubled", "colons", "blank", "rtl", "nul", "half",
         "accents"],
)  # fmt: skip
def test_hostile_forms_are_read_in_no_time(text):
    """A megabyte, ten thousand lines, invisible signs: short answers, at once."""
    began = time.perf_counter()
    form = read(text)

    assert time.perf_counter() - began < 2
    for named in (form.unknown, form.doubled, form.stray):
        assert len(named) <= forms.NAMED_MAX
        assert all(len(each) <= forms.NAMED_LENGTH_MAX for each in named)
    assert not any(sign in "".join(form.values.values()) for sign in "\0\u202e\ud800")


@given(st.text(st.sampled_from("主题时间简介：: \n\r\t0x/\u202e《》"), max_size=200))
def test_any_text_is_read(text):
    """Whatever comes, fields are ours, values are tidy, and nothing is both read and named."""
    form = read(text)

    assert set(form.values) <= set(WORDS)
    assert set(form.doubled) <= set(form.values)
    for value in form.values.values():
        assert value == "\n".join(map(forms.tidy, value.split("\n")))
