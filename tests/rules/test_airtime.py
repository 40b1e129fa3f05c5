from datetime import datetime, timedelta

import pytest

from bot.rules.airtime import Stage, stage

STARTS = datetime.fromisoformat("2022-06-15T23:30:00+08:00")
ENDS = STARTS + timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (STARTS - timedelta(minutes=10) - SECOND, Stage.COMING),
        (STARTS - timedelta(minutes=10), Stage.OPEN),
        (STARTS - SECOND, Stage.OPEN),
        (STARTS, Stage.RUNNING),
        (ENDS - SECOND, Stage.RUNNING),
        (ENDS, Stage.OVER),
        (ENDS + SECOND, Stage.OVER),
    ],
)
def test_each_second_has_its_stage(moment, expected):
    """In from ten minutes before the start, out at the end, over midnight as well."""
    assert stage(STARTS, ENDS, moment, ahead=timedelta(minutes=10)) is expected


def test_without_a_lead_the_door_opens_at_the_start():
    """A campaign may let nobody in early."""
    found = [stage(STARTS, ENDS, STARTS - SECOND, ahead=timedelta())]
    found.append(stage(STARTS, ENDS, STARTS, ahead=timedelta()))

    assert found == [Stage.COMING, Stage.RUNNING]
