"""One person's flood: after so many messages in ten seconds one notice, then silence."""

from collections import OrderedDict
from enum import Enum

WINDOW_SECONDS = 10.0
PEOPLE_MAX = 20_000


class Verdict(Enum):
    """What to do with a message."""

    ANSWER = "answer"
    NOTICE = "notice"
    SILENCE = "silence"


class Flood:
    """Counts each person's messages in fixed windows of ten seconds of system time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def judge(self, who: tuple[str, str], seconds: float) -> Verdict:
        """Count one message and say what to do with it. A limit of 0 lets everything pass."""
        if not self._limit:
            return Verdict.ANSWER
        since, count = self._seen.pop(who, (seconds, 0))
        if seconds - since >= WINDOW_SECONDS:
            since, count = seconds, 0
        self._seen[who] = (since, count + 1)
        if len(self._seen) > PEOPLE_MAX:
            self._seen.popitem(last=False)
        if count < self._limit:
            return Verdict.ANSWER
        return Verdict.NOTICE if count == self._limit else Verdict.SILENCE
