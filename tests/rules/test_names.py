import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import names
from bot.rules.names import Problem

RESERVED = ("管理员", "工作人员", "staff", "admin")


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("  小明  ", "小明"),
        ("小\u200b明", "小明"),
        ("\u202e小明", "小明"),
        ("a\0b\nc", "abc"),
        ("小  明", "小 明"),
        ("e" + "\u0301" * 50, "é\u0301\u0301"),
        ("👨\u200d👩", "👨👩"),
        ("x" * 4000, "x" * 1024),
    ],
)
def test_a_name_is_tidied(given_, kept):
    """Nothing invisible, no heap of accents, single blanks."""
    assert names.tidy(given_) == kept


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("小明", None),
        ("Ming 2022", None),
        ("📚", None),
        ("", Problem.EMPTY),
        ("...", Problem.EMPTY),
        ("字" * 16, None),
        ("字" * 17, Problem.LONG),
        ("青浦管理员", Problem.STAFF),
        ("管 理 员", Problem.STAFF),
        ("ＡＤＭＩＮ", Problem.STAFF),
        ("Staff Li", Problem.STAFF),
    ],
)
def test_a_name_is_judged(name, problem):
    """Empty, long and staff-like names are refused, whatever their width and case."""
    assert names.problem(name, RESERVED) == problem


@given(st.text())
def test_whatever_is_typed_the_name_is_safe_to_show(text):
    """Tidied twice is tidied once, and nothing hidden is left."""
    tidied = names.tidy(text)

    assert names.tidy(tidied) == tidied
    assert not {"\0", "\n", "\u202e", "\u200b"} & set(tidied)
