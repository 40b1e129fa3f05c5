"""Tests by their short names, as lists in Markdown name them: `folder/file/function`."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
NAME = re.compile(r"`(\w+/\w+/\w+)`")


@cache
def functions_of(path: Path) -> set[str]:
    """Return the names of the functions in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def exists(name: str) -> bool:
    """Say whether a test is there under its short name."""
    folder, file, function = name.split("/")
    path = TESTS / folder / f"test_{file}.py"
    return path.exists() and f"test_{function}" in functions_of(path)
