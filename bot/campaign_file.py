"""A TOML file read into a model, and its mistakes told by line and field.

`tomllib` forgets where things stood, so the text is looked through a second time when something
is wrong.
"""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

BYTES_MAX = 1_000_000
REASONS = {
    "bool_type": "must be true or false",
    "date_type": "must be a date like 2022-04-23",
    "dict_type": "must be a table",
    "extra_forbidden": "is not a known field",
    "int_type": "must be a whole number",
    "missing": "is missing",
    "model_type": "must be a table",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
}
SYNTAX = re.compile(r"(?P<reason>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)")
TOKEN = re.compile(
    r"""
      \#[^\n]*
    | (?P<header>^[ \t]*\[\[?[^\[\]\n]+\]\]?(?=[ \t\r]*(?:\#|$)))
    | [\[\]{}=,]
    | "{3}(?:\\.|[^\\])*?"{3,5}
    | '{3}.*?'{3,5}
    | "(?:\\.|[^"\\\n])*"
    | '[^'\n]*'
    | [\w.:+-]+
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)

Place = tuple[str | int, ...]
"""Where a value stands: names of tables and keys, and numbers of elements from 0."""

Model = TypeVar("Model", bound=BaseModel)


class CampaignError(Exception):
    """The campaign file is wrong; the text is one sentence for whoever starts the program."""


def wrong(reason: str, *place: str | int) -> PydanticCustomError:
    """Make a validator's error about a place below what is being validated."""
    return PydanticCustomError("wrong", "{reason}", {"reason": reason, "place": place})


def read(path: Path, model: type[Model]) -> Model:
    """Read a TOML file into a model.

    Raises:
        CampaignError: the file cannot be read or is wrong, said in one sentence.

    """
    return parsed(text_of(path), path, model)


def parsed(text: str, path: Path, model: type[Model]) -> Model:
    """Read the text of a TOML file, which stands or shall stand at a path, into a model.

    Raises:
        CampaignError: it is wrong, said in one sentence.

    """
    try:
        return model.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise _error(path, *_first(error, places(text))) from None
    except RecursionError:
        raise _error(path, 1, "TOML is nested too deeply") from None
    except ValueError as error:  # a TOMLDecodeError, or a number too long for Python
        found = SYNTAX.fullmatch(str(error))
        line = (found and found["line"]) or text.rstrip().count("\n") + 1
        reason = found["reason"] if found else str(error)
        raise _error(path, int(line), f"TOML cannot be understood, {reason}") from None


def text_of(path: Path) -> str:
    """Return a file's text; a byte-order mark, as some editors write, is no part of it.

    Raises:
        CampaignError: it cannot be read, said in one sentence.

    """
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
        if len(content) > BYTES_MAX:
            raise CampaignError(_sentence(f"{path} is longer than {BYTES_MAX} bytes"))
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(path, line, "text is not UTF-8") from None
    except (OSError, ValueError) as error:  # a path with NUL is a ValueError
        reason = getattr(error, "strerror", None) or str(error)
        raise CampaignError(_sentence(f"{path} cannot be read: {reason}")) from None


def _error(path: Path, line: int, mistake: str) -> CampaignError:
    return CampaignError(_sentence(f"{path}, line {line}: {mistake}"))


def _sentence(text: str) -> str:
    """Return a text on one line, with a full stop; a quoted name may hold any sign."""
    return "".join(sign if sign.isprintable() else " " for sign in text).rstrip(" .") + "."


def _first(error: ValidationError, lines: dict[Place, int]) -> tuple[int, str]:
    """Choose the mistake to tell: a misspelt field before the one that is missing for it."""
    told = []
    for fault in error.errors(include_url=False):
        place = (*fault["loc"], *fault.get("ctx", {}).get("place", ()))
        rank = {"extra_forbidden": 0, "missing": 2}.get(fault["type"], 1)
        told.append((rank, _line(place, lines), place, fault))
    _, line, place, fault = min(told, key=lambda each: each[:2])
    return line, f"{_field(place)} {_reason(fault)}"


def _line(place: Place, lines: dict[Place, int]) -> int:
    """Return the line of a place, or of what should hold it."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _field(place: Place) -> str:
    """Write a place as staff would: `activities[2].cap` is the second activity's."""
    return "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place
    ).removeprefix(".")


def _reason(fault: ErrorDetails) -> str:
    reason = REASONS.get(fault["type"])
    if reason is None:
        return fault["msg"].replace("Input should", "should", 1)
    return reason.replace("{pattern}", str(fault.get("ctx", {}).get("pattern", "")))


def places(text: str) -> dict[Place, int]:
    """Find the lines on which the tables, keys and elements of a TOML text begin.

    The text must have been accepted by tomllib before. Dots inside quoted keys are misread; such
    a place then has the line of its table.
    """
    walk = _Walk()
    for token in TOKEN.finditer(text):
        if not token[0].startswith("#"):
            line = text.count("\n", 0, token.start()) + 1
            walk.step(token[0].strip(), line, header=bool(token["header"]))
    return walk.lines


class _Walk:
    """Goes through the tokens of a TOML text and remembers where each place began."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {(): 1}
        self.counts: dict[Place, int] = {}  # of arrays: the number of the current element
        self.open: list[tuple[str, Place]] = []  # brackets around here, and whose they are
        self.table: Place = ()
        self.here: Place = ()  # the value that comes next
        self.word = ""

    def step(self, sign: str, line: int, *, header: bool) -> None:
        """Take one token."""
        if header and not self.open:
            self._header(sign, line)
        elif sign == "=":
            self.here = self._note(self.open[-1][1] if self.open else self.table, self.word, line)
        elif self.open and sign in "]},":
            self._next(sign)
        else:
            self._value(sign, line)

    def _next(self, sign: str) -> None:
        if sign == ",":
            self.counts[self.open[-1][1]] += 1
        else:
            self.open.pop()

    def _header(self, sign: str, line: int) -> None:
        *above, name = _keys(sign.strip("[] \t"))
        place: Place = ()
        for key in above:
            place = self._note(place, key, line)
            if place in self.counts:
                place = (*place, self.counts[place])
        self.table = self._note(place, name, line)
        if sign.startswith("[["):
            self.counts[self.table] = self.counts.get(self.table, -1) + 1
            self.table = (*self.table, self.counts[self.table])
            self.lines[self.table] = line

    def _value(self, sign: str, line: int) -> None:
        if self.open and self.open[-1][0] == "[":
            array = self.open[-1][1]
            self.here = (*array, self.counts[array])
            self.lines.setdefault(self.here, line)
        if sign in {"[", "{"}:
            self.open.append((sign, self.here))
            self.counts[self.here] = 0
        self.word = sign

    def _note(self, place: Place, dotted: str, line: int) -> Place:
        for key in _keys(dotted):
            place = (*place, key)
            self.lines.setdefault(place, line)
        return place


def _keys(dotted: str) -> list[str]:
    return [key.strip(" \t\"'") for key in dotted.split(".")]
