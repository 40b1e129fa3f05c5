"""What a report lacks, how its signs are counted, how its files are laid out and named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import summaries
from bot.rules.summaries import Counted, Demand, Lack

DEMAND = Demand(characters_min=1000, cases_min=2, cases_max=3, pictures_min=2)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("在运河边，读书。", 8),
        ("a reading town", 12),
        ("全角\u3000空格 和\t制表\n换行", 9),
        ("零\u200b宽\ufeff的\u2060不算", 5),
        ("e\u0301", 1),
    ],
)
def test_characters_are_counted_without_spaces(text, count):
    """Chinese signs and punctuation each count; what cannot be seen does not."""
    assert summaries.characters(text) == count


def test_everything_that_lacks_is_named_at_once():
    """Each threshold on its own, and together in one order."""
    assert summaries.lacking(Counted(1000, 2, 2), DEMAND) == ()
    assert summaries.lacking(Counted(9999, 3, 99), DEMAND) == ()
    assert summaries.lacking(Counted(999, 1, 1), DEMAND) == (
        *(Lack.CHARACTERS, Lack.CASES, Lack.PICTURES),
    )
    assert summaries.lacking(Counted(1000, 4, 2), DEMAND) == (Lack.CASES_OVER,)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("案例一：古镇书声", True),
        ("案例 2 银发读书会", True),
        ("案例③", True),
        ("案例十二、夜读", True),
        ("案例一讲的是一位老人怎样学会用手机听书", False),
        ("Case 1: by the canal", True),
        ("案例", False),
        ("案例分析", False),
        ("我们的案例一", False),
    ],
)
def test_a_case_is_told_by_its_word_and_number(line, is_one):
    """In whatever script the number is written."""
    assert summaries.is_numbered(line, ["案例", "case"]) is is_one


@given(st.lists(st.integers(1, 100)), st.integers(1, 150))
def test_parcels_hold_every_file_once(sizes, most):
    """In order, none above the limit but what is larger alone."""
    found = summaries.parcels(sizes, most)

    assert [place for part in found for place in part] == list(range(len(sizes)))
    for part in found:
        assert len(part) == 1 or sum(sizes[place] for place in part) <= most


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("夏阳街道", "夏阳街道"),
        ("../..\\evil:*?", "evil"),
        ("a\u202eb\x00 c", "abc"),
        ("///", "_"),
        ("", "_"),
        ("长" * 99, "长" * 40),
    ],
)
def test_file_names_are_safe(text, name):
    """No folder, no sign that turns the line around, never empty."""
    assert summaries.file_name(text) == name
