"""Forms: one message of lines like `topic: …`, in any order. Pure.

Which words name which field comes from outside, in as many languages as there are. A line that
begins with no label goes on with the value above it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

COLON = re.compile("[:：﹕︰]")
LENGTH_MAX = 20_000
LABEL_LENGTH_MAX = 16
NAMED_MAX = 5
NAMED_LENGTH_MAX = 40
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
JOINER = "\u200d"  # holds signs like 👨‍👩‍👧 together


@dataclass(frozen=True, slots=True)
class Form:
    """What a message says, by field, in the order of its lines; and what it cannot say.

    Of what is wrong, the first few are named: labels nobody knows, fields given twice, and what
    stands before the first label.
    """

    values: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()

    def missing(self, fields: Iterable[str]) -> tuple[str, ...]:
        """Return which of these fields have no value."""
        return tuple(field for field in fields if not self.values.get(field))


def labels(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the field of each label, as labels are compared.

    Raises:
        ValueError: one label names two fields.

    """
    found: dict[str, str] = {}
    for field, called in words.items():
        for word in called:
            if found.setdefault(folded(word), field) != field:
                raise ValueError(f"{word!r} names two fields")
    return found


def read(text: str, known: Mapping[str, str]) -> Form:
    """Read a message; `known` is what `labels` returned."""
    values: dict[str, list[str]] = {}
    unknown: list[str] = []
    doubled: list[str] = []
    stray: list[str] = []
    here: list[str] | None = None  # the lines of the value that goes on
    for line in map(tidy, text[:LENGTH_MAX].splitlines()):
        head, value = _split(line)
        field = known.get(folded(head)) if head else None
        if field is not None:
            if field in values:
                doubled.append(field)
                here = []
            else:
                here = values[field] = []
        elif head and _is_label(head, value):
            unknown.append(_short(head))
            here = []
        elif line and here is None:
            stray.append(_short(line))
        else:
            value = line
        if value and here is not None:
            here.append(value)
    found = {field: "\n".join(lines) for field, lines in values.items()}
    return Form(found, _first(unknown), _first(doubled), _first(stray))


def tidy(line: str) -> str:
    """Return a line without what cannot be seen or turns it around, no blanks around it."""
    seen = (" " if sign == "\t" else sign for sign in line)
    return "".join(s for s in seen if s == JOINER or unicodedata.category(s) not in HIDDEN).strip()


def folded(label: str) -> str:
    """Return a label as it is compared: half-width, lower case, without signs around it."""
    return " ".join(_bare(unicodedata.normalize("NFKC", tidy(label))).split()).casefold()


def _bare(text: str) -> str:
    """Return a text without a number before it and signs around it: `1. 【topic】` is `topic`."""
    places = [place for place, sign in enumerate(text) if _is_letter(sign)]
    if not places:
        return ""
    last = max(place for place, sign in enumerate(text) if _is_letter(sign) or sign.isdigit())
    return text[places[0] : last + 1]


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"


def _split(line: str) -> tuple[str, str]:
    """Part a line at its first colon; the head is empty if that cannot end a label."""
    found = COLON.search(line, 0, LABEL_LENGTH_MAX * 2)
    if found is None:
        return "", line
    return line[: found.start()].strip(), line[found.end() :].strip()


def _is_label(head: str, value: str) -> bool:
    """Say whether somebody meant a label: one or two short words, no time and no address."""
    word = unicodedata.normalize("NFKC", head).lstrip("0123456789.-*·•、)( ")
    is_address = value.startswith("//")
    letters = all(_is_letter(sign) or sign == " " for sign in word)
    return bool(word) and len(word) <= LABEL_LENGTH_MAX and letters and not is_address


def _short(text: str) -> str:
    return text if len(text) <= NAMED_LENGTH_MAX else f"{text[: NAMED_LENGTH_MAX - 1]}…"


def _first(named: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(named))[:NAMED_MAX]
