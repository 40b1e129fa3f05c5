import pytest

from bot.rules.pace import REPLIES_SHARE, Pace


class Clock:
    """Seconds that pass when told."""

    now = 1000.0

    def __call__(self):
        """Return the seconds."""
        return self.now


def test_the_rate_leaves_a_share_to_replies():
    """28 a second, five of them for replies: 23 messages take a second."""
    pace = Pace(28, Clock())

    waits = [pace.reserve(str(chat)) for chat in range(47)]

    # What was unused for half a second may go at once; then one each 1/23 of a second.
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[46] == pytest.approx((46 / (28 - REPLIES_SHARE)) - 0.5, abs=0.001)


def test_a_person_gets_one_a_second():
    """However empty the road."""
    pace = Pace(28, clock := Clock())

    first, second = pace.reserve("42"), pace.reserve("42")
    clock.now += 3
    third = pace.reserve("42")

    assert (first, second, third) == (0, 1, 0)


def test_a_group_gets_twenty_a_minute():
    """The twenty-first waits for the minute's end, whatever the rate."""
    pace = Pace(28, clock := Clock())
    waits = []
    for _ in range(21):
        waits.append(pace.reserve("-100", group=True))
        clock.now += 1

    assert waits[:20] == [0] * 20
    assert waits[20] == 40


def test_somebody_held_up_does_not_hold_others_up():
    """A second message to one person waits; the next to another does not wait for it."""
    pace = Pace(28, Clock())
    pace.reserve("42")
    pace.reserve("42")

    assert pace.reserve("43") < 0.1


def test_no_pacing_at_all():
    """A rate of 0 is for tests."""
    pace = Pace(0, Clock())

    assert [pace.reserve("42") for _ in range(100)] == [0] * 100
