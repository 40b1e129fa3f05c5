"""Every case of the plan has a test that exists, or says why it has none."""

import re

from tests.named import NAME, TESTS, exists

CASES = 131
ROW = re.compile(r"\| (\d+) \| (.+) \| (.+) \|")


def test_every_case_has_a_test_or_a_reason():
    """The numbers are those of the plan, each once, and no test is named that is not there."""
    rows = ROW.findall((TESTS / "faults" / "CASES.md").read_text(encoding="utf-8"))
    named = {int(number): NAME.findall(shown) for number, _, shown in rows}
    reasoned = {int(number) for number, _, shown in rows if not shown.endswith("`")}

    assert [int(number) for number, _, _ in rows] == [*range(1, CASES + 1)]
    assert [name for names in named.values() for name in names if not exists(name)] == []
    assert [n for n, names in named.items() if not names and n not in reasoned] == []
