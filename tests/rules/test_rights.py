"""Who may do what: every cell of the table, and how far duties reach together."""

import pytest

from bot.rules import rights
from bot.rules.rights import Duty, Right, Role
from handlers import FEATURES
from tests.planned import line_of, lines

PLAN = lines()
PLANNED = [
    (route, line)
    for feature in FEATURES
    for route in feature.routes
    if (line := line_of(route, PLAN)).guarded
]


@pytest.mark.parametrize("role", Role)
def test_every_cell(role, record):
    """Every command and button, on the own unit, another one, and who has none, as planned."""
    for route, line in PLANNED:
        reach, planned = rights.reach([Duty(role, "zhujiajiao")], route.right), line.cells[role]
        assert reach.covers("zhujiajiao") is (planned in {"own", "all"}), route.tap
        assert reach.covers("jinze") is (planned == "all"), route.tap
        assert reach.covers("") is (planned == "all"), route.tap
        assert bool(reach) is (planned != "no"), route.tap
    record("R11", f"0 of {3 * len(PLANNED)} wrong")


def test_the_plan_is_about_every_right():
    """No right is left that no command and no button is tested with."""
    assert {route.right for route, _ in PLANNED} == {*Right}


@pytest.mark.parametrize("right", Right)
def test_no_duty_reaches_nothing(right):
    """A citizen has no right at all."""
    assert not rights.reach([], right)


def test_duties_add_up():
    """Who organises two units reaches both, and staff reach everything whatever else they hold."""
    two = [Duty(Role.UNIT, "jinze"), Duty(Role.TEAM, "readers"), Duty(Role.UNIT, "jinze")]

    assert rights.reach(two, Right.UNIT).units == ("jinze", "readers")
    assert rights.reach([*two, Duty(Role.STAFF)], Right.UNIT).everything


def test_a_duty_without_its_unit_reaches_nothing():
    """A broken row gives no right over people without a unit."""
    assert not rights.reach([Duty(Role.UNIT)], Right.UNIT)


def test_the_first_of_what_is_offered():
    """In the order in which it is offered; nobody's duties allow nothing."""
    offered = {Right.IMPORT: "import", Right.REPORTS: "file"}

    assert rights.first([Duty(Role.UNIT, "jinze"), Duty(Role.STAFF)], offered) == "import"
    assert rights.first([Duty(Role.UNIT, "jinze")], offered) == "file"
    assert rights.first([Duty(Role.TEAM, "readers")], offered) is None
