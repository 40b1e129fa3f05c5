"""When one may join a class on the air. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """Where a moment lies to a class."""

    COMING = "coming"
    OPEN = "open"  # people are let in, it begins soon
    RUNNING = "running"
    OVER = "over"


def stage(starts: datetime, ends: datetime, moment: datetime, *, ahead: timedelta) -> Stage:
    """Say where a moment lies; people are let in from `ahead` of the start, up to the end."""
    if moment >= ends:
        return Stage.OVER
    if moment >= starts:
        return Stage.RUNNING
    return Stage.OPEN if moment >= starts - ahead else Stage.COMING
