"""Old browsers inside chat apps can read the pages' scripts: their syntax is that of 2017.

What is checked is syntax, by acorn, the parser that comes with Playwright's Node; and a short list
of names, since acorn knows no functions. That every other function is old enough is not proved.
"""

import json
import re
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

import bot.web

STATIC = Path(bot.web.__file__).with_name("static")
# Prints for each file of the command line what acorn has against it.
PARSE = """
const acorn = require("internal/deps/acorn/acorn/dist/acorn");
const fault = (text) => {
  try { acorn.parse(text, {ecmaVersion: 2017, sourceType: "module"}); return ""; }
  catch (error) { return error.message; }
};
const texts = JSON.parse(require("fs").readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(texts.map(fault)));
"""
YOUNGER = re.compile(
    r"\.(?:replaceChildren|replaceAll|matchAll|flatMap|flat|at|fromEntries|allSettled|finally"
    r"|checkVisibility|toSorted|toReversed|findLast|trimStart|trimEnd|showModal|randomUUID)\("
    r"|\b(?:structuredClone|queueMicrotask|globalThis|BigInt|AbortSignal|navigator\.share"
    r"|serviceWorker|BroadcastChannel)\b|\bimport\("
)


def faults(*texts: str) -> list[str]:
    """Return what acorn has against each text, or nothing."""
    node = compute_driver_executable()[0]
    asked = [node, "--expose-internals", "-e", PARSE]
    done = subprocess.run(
        asked, input=json.dumps(texts), capture_output=True, check=True, text=True
    )
    return list(json.loads(done.stdout))


def test_scripts_are_of_2017():
    """Each parses as ES2017 and calls nothing from the list; a younger script would be found."""
    scripts = {path.name: path.read_text("utf-8") for path in STATIC.glob("*.js")}
    younger = [
        "a?.b;",
        "a ?? b;",
        "a ||= b;",
        "1_000;",
        "try {} catch {}",
        "({...a});",
        "class A {b = 1}",
    ]
    found = faults(*scripts.values(), *younger)

    assert dict(zip(scripts, found, strict=False)) == dict.fromkeys(scripts, "")
    assert all(found[len(scripts) :])
    assert YOUNGER.search("a.replaceChildren()")
    assert [name for name, text in scripts.items() if YOUNGER.search(text)] == []
