"""The gates of the fault suite: what a run showed of each promise, as one table at its end.

A test that showed one says so with `record`, after its assertions: what stands in the table held.
`make faults` fails if a gate is missed, or shown by fewer tests than there are, so that no line of
the table is lost silently. A run of a few files prints what they showed, and fails for nothing.
"""

import json
import os
import platform
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_given = os.environ  # noqa: TID251 - of the run of tests, not of the program
LONG = _given.get("FAULTS") == "long"
"""Whether this is the long run, `make faults`."""
TO = _given.get("GATES", "")
"""The JSON file the table is written to as well; such a run has to meet every gate."""
SEED = int(_given.get("SEED") or (secrets.randbelow(2**31) if LONG else 20220423))
"""What chance begins with: a short run is the same each time, a long one tells its seed."""
GATE, ASKED = "gate", "may record a gate"
SUITE = "R16"
"""The gate of the run itself, which no test shows."""
SUITE_MINUTES_MAX = 10


class Gate(NamedTuple):
    """A promise, and what a short and a long run have to show of it, in so many tests."""

    promise: str
    short: str
    long: str
    tests: int = 1

    @property
    def required(self) -> str:
        """Return what this run has to show."""
        return self.long if LONG else self.short


GATES = {
    "R1": Gate("acknowledged acts lost over kill -9", "0 of 60 kills", "0 of 200 kills", 2),
    "R2": Gate("broken invariants after the stages; planted ones found", "0; all", "0; all", 4),
    "R3": Gate(
        "differences between the books and their model", "0 of 6,000 acts", "0 of 28,000", 2
    ),
    "R4": Gate(
        "copies and races paid once; 5 items sold to 200",
        "5,000 copies; 5 sold, 5 of 5 rounds",
        "20,000 copies; 5 sold, 20 of 20 rounds",
        4,
    ),
    "R5": Gate("acknowledged acts lost over restarts of PostgreSQL", "0 of 3", "0 of 20"),
    "R6": Gate(
        "sent twice; doubtful and not listed, over a push that is killed",
        "0; 0 of 2,000 people, 2 kills",
        "0; 0 of 20,000 people, 6 kills",
        2,
    ),
    "R7": Gate("sent after stop or revoke", "32 messages, 2 s", "32 messages, 2 s", 4),
    "R8": Gate("bells over virtual days, two schedulers, restarts", "60 days", "400 days", 2),
    "R9": Gate("guards whose removal breaks a test", "all, 15 at least", "all, 15 at least", 3),
    "R10": Gate("forged, tampered or replayed and accepted", "0 of 2,000", "0 of 11,000", 7),
    "R11": Gate("role, command and scope: wrong answers", "0 of all", "0 of all", 6),
    "R12": Gate("secrets and erased names in logs, answers, dumps", "0", "0", 6),
    "R13": Gate("ASVS 5.0 points that apply, each with its test", "all of L1", "all of L1"),
    "R14": Gate("p99 of an answer under 200 updates/s, a push running", "500 ms", "500 ms", 2),
    "R15": Gate("audit of so many lines", "100,000 in 5 s", "1,000,000 in 30 s", 2 if LONG else 1),
    SUITE: Gate("the fault suite takes", "2 min of a run of all tests", "10 min"),
}


class Shown(NamedTuple):
    """What one test showed of a gate."""

    gate: str
    figure: str
    seed: int | None
    test: str
    met: bool = True

    def __str__(self) -> str:
        """Return the figure, after the case it was shown for, a database for example."""
        case = self.test.partition("[")[2].rstrip("]")
        return f"{case}: {self.figure}" if case else self.figure


Record = Callable[..., None]


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Note what this test showed of a gate: `record("R1", "0 of 64 kills lost an act", seed=1)`.

    A time that a busy machine may miss is no reason for a test to fail: it is noted with whether it
    was `met`, and the table says so.
    """

    def note(gate: str, figure: str, *, seed: int | None = None, met: bool = True) -> None:
        assert gate in GATES
        request.node.user_properties.append((GATE, (gate, figure, seed, met)))

    request.node.user_properties.append((ASKED, True))
    return note


class Table:
    """Collects what was shown, also by other processes of the run, and prints it."""

    def __init__(self) -> None:
        self.shown: dict[str, list[Shown]] = defaultdict(list)
        self.failed: list[str] = []
        """Tests that would have shown something."""
        self._since = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test that passed has recorded, and the name of one that did not."""
        properties: list[tuple[str, Any]] = report.user_properties
        if report.failed and any(name == ASKED for name, _ in properties):
            self.failed.append(report.nodeid)
        if report.when != "call" or not report.passed:
            return
        for gate, figure, seed, met in [noted for name, noted in properties if name == GATE]:
            self.shown[gate].append(Shown(gate, figure, seed, report.nodeid, met))

    def met(self, gate: str) -> bool:
        """Say whether as many tests showed it as there are, and each of them in time."""
        found = self.shown.get(gate, [])
        return len(found) >= GATES[gate].tests and all(each.met for each in found)

    def lines(self) -> list[str]:
        """Return the table as Markdown, with where and when it was made."""
        now = datetime.now(UTC)  # noqa: TID251 - of the run of tests, not of a campaign
        where = f"Python {platform.python_version()} on {os.cpu_count()} cores"
        lines = [
            f"{now:%-d %B %Y}, {where}, {'long' if LONG else 'short'} form:",
            "",
            "| gate | promise | required | shown | seed | met |",
            "|---|---|---|---|---|---|",
        ]
        for name, gate in GATES.items():
            found = self.shown.get(name, [])
            figures = "; ".join(dict.fromkeys(map(str, found))) or "nothing"
            seeds = dict.fromkeys(str(each.seed) for each in found if each.seed is not None)
            told = (name, gate.promise, gate.required, figures, ", ".join(seeds))
            met = "yes" if self.met(name) else "**no**"
            lines.append(f"| {' | '.join(told)} | {met} |".replace("|  |", "| |"))
        return lines

    def end(self, minutes: float) -> None:
        """Note how long a run for the table took."""
        met = minutes <= SUITE_MINUTES_MAX
        self.shown[SUITE].append(Shown(SUITE, f"{minutes:.1f} min", None, "", met))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a run for the table fail that does not meet every gate."""
        if TO:
            self.end((time.monotonic() - self._since) / 60)
            if not all(map(self.met, GATES)):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, and write it as JSON if a file was named."""
        if not self.shown:
            return
        terminalreporter.section("gates")
        for line in [*self.lines(), *(f"failed, and so not shown: {test}" for test in self.failed)]:
            terminalreporter.write_line(line)
        if TO:
            rows = [each._asdict() for found in self.shown.values() for each in found]
            Path(TO).write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
