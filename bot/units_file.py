"""Files of units and teams, as CSV or XLSX, read and checked row by row."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import sheets
from bot.messages import Phrase, normal
from bot.sheets import Parsed, Table, whole

TOWN, TEAM = "town", "team"
KINDS = (TOWN, "bureau", "school", TEAM)
REQUIRED = ("kind", "name")
OPTIONAL = ("town", "target", "must_join", "reporter")
ROWS_MAX = 5000
TARGET_MAX = 10_000_000
LENGTHS = {"name": 64, "reporter": 64}


@dataclass(frozen=True, slots=True)
class Answer:
    """The words by which a cell says something."""

    words: tuple[str, ...]

    def __contains__(self, cell: str) -> bool:
        """Tell whether a cell says it."""
        return normal(cell) in self.words


YES = Answer(words=("yes", "y", "true", "1", "1.0", "是", "√", "必须", "必建"))
NO = Answer(words=("no", "n", "false", "0", "0.0", "否", "×"))


@dataclass(frozen=True, slots=True)
class Row:
    """One unit as a file offers it; `town` is a town's code, None where there is none.

    What a file leaves empty is None: it stays as it is.
    """

    kind: str
    name: str
    town: str | None
    target: int | None
    must_join: bool | None
    reporter: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rows are read under: the towns, by all they are called."""

    towns: Mapping[str, str]


def table(setting: Setting) -> Table[Row]:
    """Describe a file of units and teams."""
    return Table(
        REQUIRED,
        OPTIONAL,
        "units_file.none",
        row=lambda texts: _row(texts, setting),
        key=lambda row: (row.kind, row.town, normal(row.name)),
        rows_max=ROWS_MAX,
    )


def read(data: bytes, setting: Setting) -> Parsed[Row]:
    """Read a file of units and teams.

    Raises:
        UnreadableError: it is none, or nothing of it can be read.

    """
    return sheets.parse(data, table(setting))


def _row(texts: Mapping[str, str], setting: Setting) -> Row | Phrase:
    """Return a row, or what is wrong with it, the first thing only."""
    kind = texts["kind"].lower()
    wrong = _wrong(texts, kind) or _misplaced(texts, kind, setting)
    if wrong is not None:
        return wrong
    town = setting.towns.get(normal(texts["name" if kind == TOWN else "town"]))
    return Row(
        kind,
        texts["name"],
        town,
        target=whole(texts["target"], TARGET_MAX) if texts["target"] else None,
        must_join=texts["must_join"] in YES if texts["must_join"] else None,
        reporter=texts["reporter"] or None,
    )


def _wrong(texts: Mapping[str, str], kind: str) -> Phrase | None:
    if kind not in KINDS:
        known = ", ".join(KINDS)
        return Phrase("catalogue.kind", {"kind": texts["kind"][:40], "known": known})
    if not texts["name"]:
        return Phrase("units_file.no_name")
    for name, most in LENGTHS.items():
        if len(texts[name]) > most:
            return Phrase("catalogue.too_long", {"column": name, "most": most})
    if texts["target"] and whole(texts["target"], TARGET_MAX) is None:
        return Phrase("units_file.target", {"target": texts["target"][:20], "most": TARGET_MAX})
    must_join = texts["must_join"]
    if must_join and must_join not in YES and must_join not in NO:
        return Phrase("units_file.must_join", {"column": "must_join", "given": must_join[:20]})
    return None


def _misplaced(texts: Mapping[str, str], kind: str, setting: Setting) -> Phrase | None:
    """Say what is wrong with where a unit is; a town is one of the campaign's."""
    if kind == TOWN:
        known = normal(texts["name"]) in setting.towns
        return None if known else Phrase("units_file.town", {"town": texts["name"][:40]})
    if texts["town"] and normal(texts["town"]) not in setting.towns:
        return Phrase("units_file.town", {"town": texts["town"][:40]})
    if kind == TEAM and not texts["town"]:
        return Phrase("units_file.no_town")
    return None
