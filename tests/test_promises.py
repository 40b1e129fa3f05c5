"""If a convention matters, a test fails when it is broken."""

import ast
import re
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import campaign as campaigns
from bot import i18n, sample
from bot.channels import telegram, web
from bot.messages import Pressable, Rendered, plain
from bot.settings import Settings
from handlers import FEATURES
from storage import models
from storage.base import Base

ROOT = Path(__file__).parent.parent
CODE = [path for folder in ("bot", "handlers", "storage") for path in (ROOT / folder).rglob("*.py")]
TESTS = list((ROOT / "tests").rglob("*.py"))
LANGUAGES = sorted(folder.name for folder in i18n.LOCALES.iterdir())
FIELD = re.compile(r"\{(\w+)\}")
KEY = re.compile(r"[a-z_]+\.[a-z_]+")
CHINESE = re.compile("[\u4e00-\u9fff]")
TAP_BYTES_MAX = 64
LINES_MAX, HANDLER_LINES_MAX, FUNCTION_LINES_MAX = 400, 150, 70
HANDLERS_LONGER = {"start.py": 250}  # first contact is one conversation, told in one file
HEAVY = {"alembic", "PIL", "telegram", "aiohttp", "asyncpg", "httpx", "pytest"}
HEAVY |= {"cryptography", "defusedxml"}


def trees(paths=CODE):
    """Parse every file."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def sentences(language):
    """Map each key of one language to the placeholders of its sentences."""
    found = {}
    for message in i18n.read(language):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = [message.string] if isinstance(message.string, str) else message.string
            assert all(forms), f"{language} says nothing for {key}"
            assert key not in found, f"{language} says {key} twice"
            found[key] = {frozenset(FIELD.findall(form)) for form in forms}
    return found


def forms(language):
    """List every form of every sentence of one language."""
    for message in i18n.read(language):
        if message.id:
            texts = [message.string] if isinstance(message.string, str) else message.string
            yield from ((message.id, form) for form in texts)


def said():
    """Collect the keys that code says, and the beginnings of those it composes."""
    for path, tree in trees().items():
        if "storage" in path.parts:
            continue
        for node in ast.walk(tree):
            match node:
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), _]):
                    yield text
                case ast.Constant(value=str(text)) if KEY.fullmatch(text):
                    yield text


def routes():
    """List every route of every feature."""
    return [route for feature in FEATURES for route in feature.routes]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_locale_has_the_same_keys_and_placeholders(language):
    """No language lacks a sentence or a number."""
    assert sentences(language) == sentences("zh_CN")


def test_every_key_in_code_exists():
    """Nothing is said that no language knows."""
    keys = set(sentences("zh_CN"))
    blocks = {key.split(".")[0] for key in keys}
    taps = {route.tap for route in routes()}

    spoken = {
        key
        for key in said()
        if KEY.fullmatch(key) and not key.endswith("_") and key.split(".")[0] in blocks
    }
    unknown = spoken - keys - taps

    assert unknown == set()


def test_every_key_in_the_locales_is_said():
    """No sentence is kept that nobody says."""
    static = "".join(
        path.read_text("utf-8") for path in (ROOT / "bot/web/static").iterdir() if path.is_file()
    )
    composed = {f"{feature.name}.name" for feature in FEATURES}
    composed |= {f"commands.{route.command}" for route in routes()}
    pages = (ROOT / "bot/web/__init__.py").read_text("utf-8") + static
    app = (ROOT / "bot/app.py").read_text("utf-8")

    def is_said(key):
        block, _, name = key.partition(".")
        if block == "page":
            return name in pages
        if block == "demo":
            people = [*sample.DEMO_PEOPLE, *sample.DEMO_IN_CHARGE, "visitor", "owner"]
            return name.removesuffix("_note") in people or f"demo.{name}" in app
        return key in composed

    found = set(said())
    heads = tuple(head for head in found if head.endswith((".", "_")))
    unsaid = {
        key
        for key in set(sentences("zh_CN")) - found
        if not is_said(key) and not key.startswith(heads)
    }

    assert unsaid == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_rich_text(language):
    """Only <b>, opened and closed on the same line, and no bare sign that HTML reads."""
    for key, form in forms(language):
        for line in form.split("\n"):
            assert line.count("<b>") == line.count("</b>"), key
            assert not re.search(r"[<>&]", line.replace("<b>", "").replace("</b>", "")), key


def test_chinese_sentences_hold_no_english_words():
    """Apart from commands and what the placeholders bring, Chinese is Chinese."""
    allowed = {
        "b",
        "clock",
        "Cookie",
        "JavaScript",
        "English",
        "MB",
        "UTF",
        "http",
        "https",
        "hlm",
        "d",
        "h",
        "T",
        "EN",
        "yyyy",
        "MM",
        "dd",
        "HH",
        "mm",
    }
    allowed |= {"EEEE", "M"}
    allowed |= {"Excel", "XLSX", "CSV", "docx", "doc", "HEIC", "JPEG", "PNG", "WebP"}  # files
    allowed |= {"video", "book", "audio", "zh", "en", "town", "bureau", "school", "team"}  # cells
    allowed |= {"approved", "ended", "cancelled", "Telegram"}
    allowed |= {"gone", "failed", "expired", "uncertain", "told", "nobody", "wrong", "unwanted"}
    commands = "|".join(route.command for route in routes() if route.command)
    # What is typed as it stands: a command, a card number, how long a code lasts.
    typed = re.compile(rf"/(?:{commands})\b|2A3B4C5D|\b\d+[dh]\b")
    for key, form in forms("zh_CN"):
        words = set(re.findall(r"[A-Za-z]+", typed.sub("", FIELD.sub("", form))))
        assert words <= allowed, (key, words - allowed)


def test_english_sentences_hold_no_chinese():
    """English is English."""
    held = {str(key) for key, form in forms("en") if CHINESE.search(form)}

    assert held <= {"page.language", "languages.zh_CN"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_can_be_said(language):
    """Every sentence renders with all its placeholders, in plural forms as well."""
    texts = i18n.Texts(ZoneInfo("Asia/Shanghai"))
    for key, fields in sentences(language).items():
        for number in (0, 1, 2):
            text = texts.text(key, language, dict.fromkeys(frozenset().union(*fields), number))
            assert key not in text
            assert "{" not in text


def test_every_module_of_the_engine_has_its_layer():
    """A new module in bot/ is named in the layers of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "one-way")
    named = {name.strip(" ()") for layer in layers for name in re.split(r"[|:]", layer)}

    modules = {
        f"bot.{path.stem}" for path in (ROOT / "bot").iterdir() if path.suffix in {".py", ""}
    }

    assert modules - named - {"bot.__init__", "bot.__pycache__", "bot.campaigns"} == set()


def test_no_two_features_claim_the_same_word():
    """Each command, word and tap leads to one place."""
    for kind in ("command", "tap"):
        claimed = [getattr(route, kind) for route in routes() if getattr(route, kind)]
        assert sorted(claimed) == sorted(set(claimed))
    words = [word for route in routes() for word in (*route.words, route.command) if word]

    assert sorted(words) == sorted(set(words))


def test_every_feature_is_listed_once_and_has_its_test():
    """One noun: a handler file, a test file, a place in the list."""
    files = {path.stem for path in (ROOT / "handlers").glob("[a-z]*.py")}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests/features").glob("*.py")}

    assert len({feature.name for feature in FEATURES}) == len(FEATURES) == len(files)
    assert files - tests == set()


def test_every_button_in_code_leads_somewhere():
    """`button("x")` and the names in f-strings are taps of some feature."""
    taps = {route.tap for route in routes()}
    for path, tree in trees().items():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="button"), args=[ast.Constant(value=target), *_]):
                    assert target.partition(":")[0] in taps, (path, target)
                case ast.Call(
                    func=ast.Name(id="button"), args=[ast.JoinedStr(values=[head, *_]), *_]
                ):
                    if isinstance(head, ast.Constant):
                        name = str(head.value).partition(":")[0]
                        assert name in taps or (
                            name.endswith(".") and any(tap.startswith(name) for tap in taps)
                        ), (path, name)
    for feature in FEATURES:
        assert not feature.in_menu or feature.name in taps


def test_every_payload_fits_in_a_telegram_button():
    """The longest tap with the longest town, carried or signed, is at most 64 bytes."""
    campaign = campaigns.load("qingpu_2022")
    taps = [route.tap for route in routes() if route.tap.startswith("start.")]
    longest = "x" * 24  # what the campaign file allows for a unit's id
    carried = [f"{tap}:unit_{longest}" for tap in taps]
    carried += [f"start.town:{unit.id}:place_{longest}" for unit in campaign.towns]
    carried += [f"checkins:place_{longest}"]
    signed = f"groups.tie:{longest}:mmmmmm:{0xFFFFFFFF:x}:{'s' * 12}"

    assert max(len(unit.id) for unit in campaign.units) <= len(longest)
    assert max(map(len, [*carried, signed])) <= TAP_BYTES_MAX


def test_files_and_functions_fit_on_a_screen():
    """No file over 400 lines, no handler over 150, no function over 70."""
    for path, tree in trees([*CODE, *TESTS]).items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        most = HANDLER_LINES_MAX if path.parent.name == "handlers" else LINES_MAX
        if "migrations" not in path.parts:
            assert lines <= HANDLERS_LONGER.get(path.name, most), path
        for node in ast.walk(tree):
            if "migrations" not in path.parts and isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef
            ):
                length = (node.end_lineno or 0) - node.lineno
                assert length <= FUNCTION_LINES_MAX, (path, node.name)


def test_only_the_database_commits():
    """No commit( outside storage/db.py, and none there either: `begin` does it."""
    offenders = [path.name for path in CODE if "commit(" in path.read_text(encoding="utf-8")]

    assert offenders == []


def test_the_ledger_is_only_added_to():
    """storage/ledger.py knows no UPDATE and no DELETE of its own."""
    tree = ast.parse((ROOT / "storage/ledger.py").read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)
              and isinstance(node.func, ast.Name)}  # fmt: skip

    assert called & {"update", "delete"} == set()


def test_no_feature_asks_which_channel():
    """Outside the channels nobody compares a channel's name."""
    for path, tree in trees().items():
        if "channels" in path.parts or path.name == "settings.py":
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Compare(comparators=[ast.Constant(value=("telegram" | "wecom" | "web"))]):
                    pytest.fail(f"{path} asks which channel it is on")


def test_words_people_read_stand_in_the_locales():
    """Chinese in code is only what people type: the words of a route."""
    for path, tree in trees().items():
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body and isinstance(node.body[0], ast.Expr)
        }  # fmt: skip
        typed = {
            id(constant)
            for node in ast.walk(tree)
            if isinstance(node, ast.keyword) and node.arg in {"words", "words_in_groups"}
            for constant in ast.walk(node.value)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(text)) if CHINESE.search(text):
                    ours = id(node) in docs | typed or path.name == "cli.py"
                    assert ours, (path, text)


def test_every_table_is_in_the_list_of_models():
    """The metadata is complete wherever `storage.models` is imported."""
    assert {table.__tablename__ for table in models.TABLES} == set(Base.metadata.tables)


def test_rows_of_a_campaign_carry_its_id():
    """What belongs to a campaign says to which."""
    for name in ("deeds", "ledger", "totals", "outages"):
        assert "campaign" in Base.metadata.tables[name].columns


def test_every_setting_is_in_the_readme():
    """README's table of settings is complete."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    missing = [name for name in Settings.model_fields if f"`{name.upper()}`" not in readme]

    assert missing == []


def test_every_command_is_in_the_readme():
    """README lists what can be said."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [r.command for r in routes() if r.command and f"`/{r.command}`" not in readme] == []


def test_the_top_level_is_what_was_agreed():
    """No stray file or folder beside the agreed ones."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    top = {line.partition("/")[0] for line in listed.splitlines()}
    agreed = {"pyproject.toml", "bot", "handlers", "storage", "tests", "locales", "README.md"}
    agreed |= {"Makefile", "LICENSE", "CHANGELOG.md"}

    assert {n for n in top if not n.startswith((".", "requirements"))} <= agreed


@pytest.mark.parametrize(
    ("text", "taps"),
    list(product(["<b>+5</b> & more", "x" * 9000, "一\n二"], [(), ("checkins", "me")])),
    ids=lambda value: f"{len(value)}",
)
def test_every_channel_shows_the_same_words_and_buttons(text, taps):
    """What one channel says, the others say as well."""
    rich = text.replace(" & ", " &amp; ")
    rendered = Rendered(rich, tuple((Pressable(tap, tap),) for tap in taps))

    frame = web.show(rendered)
    calls = telegram.show(rendered, telegram.Back(chat=5))

    shown = "".join(plain(call.parameters["text"]) for call in calls)
    assert frame["text"].replace("\n", "") == plain(rich).replace("\n", "")
    assert shown.replace("\n", "") == plain(rich).replace("\n", "")
    keyboard = calls[-1].parameters.get("reply_markup", {"inline_keyboard": []})
    assert [row[0]["callback_data"] for row in keyboard["inline_keyboard"]] == list(taps)
    assert [row[0]["tap"] for row in frame["buttons"]] == list(taps)


def test_the_demo_starts_without_what_it_does_not_need():
    """Heavy libraries are loaded only when something asks for them."""
    code = "import bot.app, bot.cli, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert HEAVY & set(loaded) == set()


def test_requirements_name_no_address():
    """The pinned lists hold hashes and no index."""
    for path in ROOT.glob("requirements*"):
        assert "://" not in path.read_text(encoding="utf-8"), path
