"""The hand-written table of who may do what, `RIGHTS.md`, and the line each route is under."""

from dataclasses import dataclass
from pathlib import Path

from bot.feature import Route

PATH = Path(__file__).with_name("RIGHTS.md")
WHO = ("citizen", "team", "unit", "staff", "owner", "elsewhere")
CELLS = frozenset({"no", "own", "all", "self"})


@dataclass(frozen=True, slots=True)
class Line:
    """What may be done, its commands and buttons, and a cell for each of `WHO`."""

    what: str
    commands: tuple[str, ...]
    buttons: tuple[str, ...]
    cells: dict[str, str]

    @property
    def guarded(self) -> bool:
        """Say whether a role is asked for."""
        return "self" not in self.cells.values()


def lines() -> list[Line]:
    """Return the table, line by line.

    Raises:
        ValueError: a line has too few or too many cells, or one that means nothing.

    """
    written = [each for each in PATH.read_text(encoding="utf-8").splitlines() if each[:1] == "|"]
    found = []
    for each in written[2:]:
        _, what, commands, buttons, *cells, _ = (cell.strip() for cell in each.split("|"))
        if not CELLS.issuperset(cells):
            raise ValueError(each)
        row = dict(zip(WHO, cells, strict=True))
        found.append(Line(what, tuple(commands.split()), tuple(buttons.split()), row))
    return found


def line_of(route: Route, table: list[Line]) -> Line:
    """Return the line a route is under: the one with the longest name its button begins with.

    Raises:
        LookupError: the table names neither the button nor what it begins with.

    """
    named = {button: line for line in table for button in line.buttons}
    parts = route.tap.split(".")
    for end in range(len(parts), 0, -1):
        if found := named.get(".".join(parts[:end])):
            return found
    raise LookupError(route.tap)
