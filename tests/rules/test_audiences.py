"""Audiences: written one way, read without guessing, wide or not, and whose they are."""

import pytest

from bot.rules.audiences import Audience, Fate, To, fate, may, read, tally, turned
from bot.rules.rights import Reach

STAFF, LI, NOBODY = Reach(everything=True), Reach(units=("zhujiajiao", "jinze")), Reach()


@pytest.mark.parametrize(
    ("written", "wide"),
    [
        ("all", True),
        ("never", True),
        ("idle:7", True),
        ("live:3", False),
        ("units:a", False),
        ("units:a,b,c", False),
        ("units:a,b,c,d", True),
    ],
)
def test_what_is_written_is_read_again(written, wide):
    """And whether it takes a second person."""
    found = read(written)

    assert (str(found), found.wide) == (written, wide)


NONE = "|x|all:1|never:x|live:|live:0|live:x|idle:201|idle:-1|units:|units:;|UNITS:a|units|live:１"


@pytest.mark.parametrize("text", [*NONE.split("|")])
def test_what_is_no_audience(text):
    """Nothing is guessed from a forged button."""
    assert read(text) is None


def test_the_same_units_are_written_the_same_way():
    """Whatever their order, and said twice."""
    assert str(Audience(To.UNITS, units=("b", "a", "b"))) == "units:a,b"


@pytest.mark.parametrize(
    ("reach", "written", "own", "allowed"),
    [
        (STAFF, "all", False, True),
        (STAFF, "units:jinze", False, True),
        (STAFF, "all", True, False),
        (LI, "units:jinze", True, True),
        (LI, "units:jinze,zhujiajiao", True, True),
        (LI, "units:jinze,baihe", True, False),
        (LI, "units:jinze", False, False),
        (LI, "all", True, False),
        (LI, "live:1", True, False),
        (NOBODY, "units:jinze", True, False),
        (NOBODY, "all", False, False),
    ],
)
def test_who_may_speak_to_whom(reach, written, own, allowed):
    """Organisers to their own units, staff to anyone."""
    assert may(reach, read(written), own=own) == allowed


def test_a_unit_is_turned_round():
    """In, out, and in place of another kind of audience."""
    one = turned(None, "a")
    two = turned(one, "b")

    assert (str(one), str(two), str(turned(two, "a"))) == ("units:a", "units:a,b", "units:b")
    assert turned(one, "a") is None
    assert str(turned(Audience(To.ALL), "a")) == "units:a"


@pytest.mark.parametrize(
    ("state", "reason", "met"),
    [
        ("sent", "", Fate.DELIVERED),
        ("gone", "Forbidden: bot was blocked by the user", Fate.BLOCKED),
        ("gone", "nowhere to reach", Fate.BLOCKED),
        ("gone", "Bad Request: chat not found", Fate.UNREACHED),
        ("gone", "Forbidden: user is deactivated", Fate.UNREACHED),
        ("gone", "Forbidden: bot can't initiate conversation with a user", Fate.UNREACHED),
        ("skipped", "budget", Fate.QUOTA),
        ("skipped", "stopped", Fate.STOPPED),
        ("skipped", "not wanted", Fate.OFF),
        ("uncertain", "timed out", Fate.UNSURE),
        ("failed", "8 tries", Fate.FAILED),
        ("expired", "too late", Fate.LATE),
        ("waiting", "flooded", Fate.WAITING),
        ("sending", "", Fate.WAITING),
    ],
)
def test_what_a_delivery_means(state, reason, met):
    """Every state has its word for the author."""
    assert fate(state, reason) is met


def test_a_tally_adds_up():
    """Reasons that mean the same are one line; who switched it off had no delivery."""
    found = {("sent", ""): 3, ("gone", "blocked"): 1, ("gone", "nowhere to reach"): 1}

    assert tally(found, switched_off=2) == {Fate.OFF: 2, Fate.DELIVERED: 3, Fate.BLOCKED: 2}
