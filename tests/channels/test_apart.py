"""Features, rules, use cases and tables know no channel; channels say the same."""

import ast
import re
from pathlib import Path

import pytest

from bot.channels import web
from bot.channels.wecom.show import Card, Said, Words, show
from bot.messages import Pressable, Rendered, plain

ROOT = Path(__file__).parents[2]
HOMES = ("handlers", "storage", "bot/rules", "bot/operations")
NAMES = re.compile(r"telegram|wecom|企业微信|weixin", re.IGNORECASE)
FILES = [
    path for home in HOMES for path in (ROOT / home).rglob("*.py") if "versions" not in path.parts
]


def words_of(tree):
    """Collect what a module says in code: its texts and names, but not its docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docs:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.ImportFrom(module=str(module)):
                yield module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_but_channels_names_a_channel(path):
    """A handler, rule, operation or table that did would have to be changed for the next one."""
    named = [word for word in words_of(ast.parse(path.read_text("utf-8"))) if NAMES.search(word)]

    assert named == []


def test_the_promise_can_fail():
    """It finds a comparison, an import, a name and a part of a text."""
    told = 'import bot.channels.wecom\nif x == "telegram": wecom_too("by WeCom")'

    assert sum(bool(NAMES.search(word)) for word in words_of(ast.parse(told))) == 4


@pytest.mark.parametrize("count", [0, 1, 6, 7, 30])
@pytest.mark.parametrize("text", ["<b>+5</b> &amp; more", "好" * 3000, "一\n二"])
def test_wecom_shows_the_same_words_and_buttons(text, count):
    """As the web page does: every word, every button, on a card or by its number."""
    buttons = tuple((Pressable(f"label {n}", f"tap{n}"),) for n in range(count))
    rendered = Rendered(text, buttons)

    shown = show(rendered, Words("", "", ""))
    frame = web.show(rendered)

    said = "".join(each.text for each in shown.messages if isinstance(each, Said | Card))
    assert said.replace("\n", "").startswith(plain(text).replace("\n", ""))
    cards = [each for each in shown.messages if isinstance(each, Card)]
    taps = [button.tap for card in cards for button in card.buttons] or [*shown.offered.values()]
    assert taps == [button["tap"] for row in frame["buttons"] for button in row]
