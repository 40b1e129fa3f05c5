"""Plays the platforms, at the seam where the real ones are: blocks, floods, time-outs, outages.

What a platform does is decided by the seed, the receiver and how often they were written to before,
not by the order in which things happen to be sent: the same seed meets the same faults.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zlib import crc32

from bot.messages import Fate, NoFile, Receipt, Rendered
from bot.post import Outlet

TELEGRAM, WECOM, WEB = "telegram", "wecom", "web"
KEPT_MAX = 20  # messages an observed person can still look at
OUTAGE_HOURS = 0.004  # the share of a season's hours in which a platform takes nothing
OUTAGE_SECONDS, FLOOD_SECONDS = 300.0, 35.0
FLOODED, LOST, REFUSED = 0.01, 0.002, 0.0005
BY_CHANNEL = {TELEGRAM: 1.0, WECOM: 0.3, WEB: 0.0}
"""How much of all that a platform does to us."""


class Platforms:
    """Everything outside the bot that it sends to."""

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self._seed = seed
        self._now = now
        self._sent: Counter[str] = Counter()
        self._inboxes: dict[str, deque[Rendered]] = {}
        self.blocked: set[str] = set()
        """Who has blocked the bot, without a word of it from the platform."""
        self.put_off = False
        """Something was to be tried again later, since this was last asked."""
        self.met: Counter[str] = Counter()
        """What became of all that was sent, by channel and fate."""
        self.files: dict[str, bytes] = {}
        """What people have sent, by its name on the platform."""
        self.outlets: Mapping[str, Outlet] = {
            TELEGRAM: self._outlet(TELEGRAM, together=False),
            WECOM: self._outlet(WECOM, together=True),
            WEB: self._outlet(WEB, together=True),
        }

    def observe(self, sender: str) -> deque[Rendered]:
        """Keep what somebody is sent from now on; return where it stands, the newest last."""
        return self._inboxes.setdefault(sender, deque(maxlen=KEPT_MAX))

    def _outlet(self, channel: str, *, together: bool) -> Outlet:
        async def send(sender: str, rendered: Rendered) -> Receipt:
            return self._take(channel, sender, rendered)

        async def send_all(senders: Sequence[str], rendered: Rendered) -> list[Receipt]:
            return [self._take(channel, sender, rendered) for sender in senders]

        async def push(sender: str, rendered: Rendered) -> None:
            self._take(channel, sender, rendered)

        async def follow(sender: str, rendered: Rendered, *, live: str, ref: str) -> Receipt:
            del live, ref
            return self._take(channel, sender, rendered)

        async def fetch(ref: str) -> bytes:
            if ref not in self.files:
                raise NoFile("files.gone")
            return self.files[ref]

        everybody = send_all if together else None
        return Outlet(push, send, everybody, follow, gather=send, fetch=fetch)

    def _take(self, channel: str, sender: str, rendered: Rendered) -> Receipt:
        receipt = self._judge(channel, sender)
        self.met[f"{channel} {receipt.fate.value}"] += 1
        self.put_off = self.put_off or receipt.fate is Fate.LATER
        if receipt.fate is Fate.SENT and sender in self._inboxes:
            self._inboxes[sender].append(rendered)
        return receipt

    def _judge(self, channel: str, sender: str) -> Receipt:
        if sender in self.blocked:
            return Receipt(Fate.GONE, reason="blocked")
        hard = BY_CHANNEL[channel]
        if self._chance(channel, f"{self._now():%m%d%H}") < OUTAGE_HOURS * hard:
            return Receipt(Fate.LATER, reason="502", seconds=OUTAGE_SECONDS)
        if sender in self._inboxes:  # acts of those in charge are to be seen to their end
            return Receipt(Fate.SENT, ref="1")
        self._sent[sender] += 1
        drawn = self._chance(channel, f"{sender} {self._sent[sender]}")
        for share, receipt in (
            (REFUSED, Receipt(Fate.FAILED, reason="400")),
            (LOST, Receipt(Fate.UNCERTAIN, reason="time-out")),
            (FLOODED, Receipt(Fate.LATER, reason="429", seconds=FLOOD_SECONDS)),
        ):
            if drawn < share * hard:
                return receipt
            drawn -= share * hard
        return Receipt(Fate.SENT, ref=str(self._sent[sender]))

    def _chance(self, channel: str, what: str) -> float:
        return crc32(f"{self._seed} {channel} {what}".encode()) / 2**32
