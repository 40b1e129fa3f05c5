"""Who may do what: every cell of the table, and how far duties reach together."""

import pytest

from bot.rules import rights
from bot.rules.rights import TABLE, Duty, Right, Role, Scope

ALL, OWN, NONE = Scope.ALL, Scope.OWN, Scope.NONE
ORGANISERS = {
    Right.UNIT,
    Right.BROADCASTS,
    Right.PROPOSALS,
    Right.AIRINGS,
    Right.BIND,
    Right.ROLL,
    Right.NOTES,
    Right.EXPORT,
    Right.VERIFY,
    Right.CARDS,
    Right.NOTES,
}
OWNERS = {Right.CLOCK, Right.GRANT_STAFF}


def expected(right, role):
    """Say in other words what the table must hold."""
    if role is Role.OWNER:
        return ALL
    if right in OWNERS:
        return NONE
    if role is Role.STAFF:
        return ALL
    if right is Right.REPORTS:
        return OWN if role is Role.UNIT else NONE
    return OWN if right in ORGANISERS else NONE


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("right", Right)
def test_every_cell(right, role):
    """A role reaches everything, its own unit, or nothing."""
    assert TABLE[right][role] is expected(right, role)

    reach = rights.reach([Duty(role, "zhujiajiao")], right)

    assert reach.covers("zhujiajiao") is (expected(right, role) is not NONE)
    assert reach.covers("jinze") is (expected(right, role) is ALL)
    assert reach.covers("") is (expected(right, role) is ALL)
    assert bool(reach) is (expected(right, role) is not NONE)


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
