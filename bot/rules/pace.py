"""How fast pushes may go out: overall, and to one chat. Pure but for the clock it is given.

Telegram allows about 30 messages a second in all, one a second to a person, 20 a minute to a group.
A share of the whole is left to replies, which wait for nobody.
"""

from collections import OrderedDict, deque
from collections.abc import Callable

REPLIES_SHARE = 5.0
CHAT_SECONDS = 1.0
GROUP_MESSAGES, GROUP_SECONDS = 20, 60.0
CHATS_KEPT_MAX = 20_000
BURST_SECONDS = 0.5  # what was not used may be used so much later


def speed(rate: float) -> float:
    """Return how many pushes a second go out at a rate; 0 is no limit."""
    return max(rate - REPLIES_SHARE, 1.0) if rate else 0.0


class Pace:
    """Gives each message the earliest moment at which it may go out."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        """Take the messages a second over all, 0 for no pacing at all, and a clock in seconds."""
        self._gap = 1.0 / speed(rate) if rate else 0.0
        self._clock = clock
        self._next = 0.0
        self._chats: OrderedDict[str, float] = OrderedDict()
        self._groups: dict[str, deque[float]] = {}

    def reserve(self, chat: str, *, group: bool = False) -> float:
        """Reserve the next moment for a chat; return the seconds to wait until then."""
        if not self._gap:
            return 0.0
        now = self._clock()
        self._next = max(self._next, now - BURST_SECONDS)
        at = max(self._next, self._free(chat, group=group), now)
        self._next += self._gap
        self._note(chat, at, group=group)
        return at - now

    def _free(self, chat: str, *, group: bool) -> float:
        if group:
            sent = self._groups.get(chat, deque())
            return sent[0] + GROUP_SECONDS if len(sent) >= GROUP_MESSAGES else 0.0
        return self._chats.get(chat, float("-inf")) + CHAT_SECONDS

    def _note(self, chat: str, at: float, *, group: bool) -> None:
        if group:
            sent = self._groups.setdefault(chat, deque(maxlen=GROUP_MESSAGES))
            sent.append(at)
            return
        self._chats[chat] = at
        self._chats.move_to_end(chat)
        if len(self._chats) > CHATS_KEPT_MAX:
            self._chats.popitem(last=False)
