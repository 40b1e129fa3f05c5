"""Every case of the plan has a test that exists, or says why it has none."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
CASES = 131
ROW = re.compile(r"\| (\d+) \| (.+) \| (.+) \|")


@cache
def functions_of(path):
    """Return the names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def exists(name):
    """Say whether a test is there under its short name."""
    folder, file, function = name.split("/")
    path = TESTS / folder / f"test_{file}.py"
    return path.exists() and f"test_{function}" in functions_of(path)


def test_every_case_has_a_test_or_a_reason():
    """The numbers are those of the plan, each once, and no test is named that is not there."""
    rows = ROW.findall((TESTS / "faults" / "CASES.md").read_text(encoding="utf-8"))
    named = {int(number): re.findall(r"`(\w+/\w+/\w+)`", shown) for number, _, shown in rows}
    reasoned = {int(number) for number, _, shown in rows if not shown.endswith("`")}

    assert [int(number) for number, _, _ in rows] == [*range(1, CASES + 1)]
    assert [name for names in named.values() for name in names if not exists(name)] == []
    assert [n for n, names in named.items() if not names and n not in reasoned] == []
