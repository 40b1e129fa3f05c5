"""What looks odd about a day, and what does not."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.signals import (
    CLOCKWORK_DEEDS_MIN,
    Done,
    Kind,
    Signal,
    clockwork,
    judge,
    linked,
    minimum,
    volume,
)

START = datetime.fromisoformat("2022-05-01T09:00:00+08:00")


def at(*gaps):
    """Make deeds with these seconds between them."""
    moments = [START]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(seconds=gap))
    return [Done(moment) for moment in moments]


def waited(*spare, least=60.0):
    """Make finishes so many seconds after the least time."""
    return [Done(START, 1, least + each, least) for each in spare]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ((90,) * 5, Signal(Kind.CLOCKWORK, 6, 90)),
        ((90, 90.4, 89.9, 90, 90.2), Signal(Kind.CLOCKWORK, 6, 90)),
        ((300, 17, 60, 60, 60, 60, 60, 411), Signal(Kind.CLOCKWORK, 6, 60)),
        ((90,) * 4, None),
        ((90, 92, 88, 91, 95), None),
        ((1,) * 20, None),
        ((0,) * 20, None),
        ((), None),
    ],
)
def test_regular_to_the_second(gaps, expected):
    """Six in a row at one distance; fast taps and ordinary days are none."""
    assert clockwork(at(*gaps)) == expected


@pytest.mark.parametrize(
    ("spare", "expected"),
    [
        ((0, 1, 2, 0, 1), Signal(Kind.MINIMUM, 5, 2)),
        ((0, 0, 0, 0), None),
        ((0, 1, 2, 0, 3), None),
        ((30,) * 9, None),
    ],
)
def test_always_at_the_least_time(spare, expected):
    """All of five or more; one that took its time is enough to be human."""
    assert minimum(waited(*spare)) == expected


def test_items_without_a_wait_say_nothing():
    """Where nothing is to be waited for, everybody is quick."""
    assert minimum(waited(*[0] * 9, least=0.0)) is None
    assert minimum([Done(START)] * 9) is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [([320] * 3, None), ([321] * 3, Signal(Kind.VOLUME, 3, 963)), ([0] * 99, None)],
)
def test_more_than_a_waking_day_holds(minutes, expected):
    """Over sixteen hours of content in one day."""
    assert volume([Done(START, each) for each in minutes]) == expected


@pytest.mark.parametrize(("accounts", "odd"), [(1, False), (3, False), (4, True)])
def test_many_accounts(accounts, odd):
    """Four channels of one person are worth a look."""
    assert (linked(accounts) is not None) is odd


@given(st.lists(st.floats(5, 5000), max_size=30), st.randoms())
def test_the_order_does_not_matter(gaps, chance):
    """Deeds come in any order, and a day's signals are of kinds there are, each once."""
    deeds = at(*gaps)
    mixed = list(deeds)
    chance.shuffle(mixed)

    found = list(judge(mixed))

    assert found == list(judge(deeds))
    assert len({signal.kind for signal in found}) == len(found)


@given(st.lists(st.floats(5, 5000), max_size=CLOCKWORK_DEEDS_MIN - 2))
def test_few_deeds_are_never_odd(gaps):
    """Whoever does little is left alone."""
    assert clockwork(at(*gaps)) is None
