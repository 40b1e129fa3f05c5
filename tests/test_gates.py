"""The table of the fault suite loses no line silently, and calls nothing met that was not shown."""

import pytest

from tests.gates import ASKED, GATE, GATES, SUITE, SUITE_MINUTES_MAX, Table


def report(test, *noted, outcome="passed"):
    """Make the report of a test that could have recorded a gate, and recorded these."""
    properties = [(ASKED, True), *((GATE, each) for each in noted)]
    return pytest.TestReport(
        test, (test, 1, test), {}, outcome, None, "call", user_properties=properties
    )


@pytest.fixture
def table():
    """A table on which everything is shown but R5, and R1 by one test of two."""
    table = Table()
    for gate in GATES.keys() - {"R1", "R5", SUITE}:
        for number in range(GATES[gate].tests):
            table.pytest_runtest_logreport(report(f"{gate} {number}", (gate, "all", None, True)))
    table.pytest_runtest_logreport(report("kills[sqlite]", ("R1", "0 of 30", 7, True)))
    return table


def line(table, gate):
    """Return a gate's line."""
    [found] = [line for line in table.lines() if line.startswith(f"| {gate} |")]
    return found


def test_what_was_not_shown_is_not_met(table):
    """A test that failed shows nothing, even of what it had noted; the rest stands there."""
    noted = ("R1", "0 of 31", 8, True)
    table.pytest_runtest_logreport(report("kills[postgres]", noted, outcome="failed"))
    table.end(SUITE_MINUTES_MAX)

    assert [gate for gate in GATES if not table.met(gate)] == ["R1", "R5"]
    assert table.failed == ["kills[postgres]"]
    assert line(table, "R1").endswith("| sqlite: 0 of 30 | 7 | **no** |")
    assert line(table, "R5").endswith("| nothing | | **no** |")
    assert line(table, "R3").endswith("| all | | yes |")


def test_a_run_that_took_too_long_is_told_so(table):
    """Its time stands in the table, and its gate is not met."""
    table.end(SUITE_MINUTES_MAX + 0.5)

    assert not table.met(SUITE)
    assert line(table, SUITE).endswith(f"| {SUITE_MINUTES_MAX + 0.5} min | | **no** |")


def test_a_time_that_was_missed_stands_there(table):
    """The test passes, and the gate is not met."""
    table.pytest_runtest_logreport(report("speed", ("R14", "900 ms", None, False)))

    assert not table.met("R14")
    assert line(table, "R14").endswith("| all; 900 ms | | **no** |")


def test_what_nobody_asked_for_is_left_alone(table):
    """Tests that record nothing leave no trace, whether they fail or not."""
    before = table.lines()
    made = pytest.TestReport("other", ("other", 1, "other"), {}, "failed", None, "call")
    table.pytest_runtest_logreport(made)

    assert (table.lines(), table.failed) == (before, [])
