"""Messages that are edited in place: how something stands, worded anew until it has ended.

Only the leader does this. The newest version wins: what lay between two looks is never sent. A
channel that cannot edit gets the last version, once; so does whoever may have got the first.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from bot import rounds
from bot.feature import Feature, Looking
from bot.leader import Watch
from bot.messages import Fate, Receipt, Reply, dump
from storage import accounts, progress
from storage.citizens import Receiver
from storage.progress import Followed

IDLE_SECONDS = 0.5
EDIT_SECONDS = 3.0  # from one version of a message to the next
LATER_SECONDS = 10.0
COSTS_MAX = 20  # times what one look takes, before the next
LEASE = timedelta(seconds=60)
AT_ONCE_MAX = 50


class Showing(Protocol):
    """What sends and edits; `bot.post` does."""

    def edits(self, channel: str) -> bool:
        """Say whether a channel can edit."""

    async def show(
        self, receiver: Receiver, reply: Reply, *, live: str = "", ref: str = ""
    ) -> Receipt:
        """Send, or edit what stands there as `ref`."""


class Progress:
    """Keeps messages up to date while this process leads. `run` goes on until cancelled."""

    def __init__(
        self,
        features: Sequence[Feature],
        watch: Watch,
        *,
        post: Showing,
        monotonic: Callable[[], float],
    ) -> None:
        """Take also a clock in seconds that never goes back."""
        self._words = {name: word for each in features for name, word in each.follows.items()}
        self._watch = watch
        self._database = watch.database
        self._post = post
        self._monotonic = monotonic
        self._not_before: dict[int, float] = {}

    async def run(self) -> None:
        """Look again and again."""
        await rounds.repeat(self.step, IDLE_SECONDS, name="showing progress")

    async def step(self) -> None:
        """Bring every message up to date that may be edited now."""
        if self._watch.leader.term is None:
            return
        async with self._database.reading() as db:
            found = await progress.followed(db, self._watch.campaign_id, AT_ONCE_MAX)
        now = self._monotonic()
        kept = {one.id: self._not_before.get(one.id, now) for one in found}
        self._not_before = kept
        for one in found:
            if kept[one.id] <= now:
                self._not_before[one.id] = now + EDIT_SECONDS
                await self._bring_up_to_date(one)
                # What takes long to count, among a million, is counted more seldom.
                took = self._monotonic() - now
                self._not_before[one.id] = max(self._not_before[one.id], now + COSTS_MAX * took)

    async def _bring_up_to_date(self, one: Followed) -> None:
        if one.state == progress.SENDING:
            lost = one.leased_until is None or one.leased_until < self._watch.clock.system()
            if lost:  # its sender ended: the first version may have arrived
                await self._note(one, progress.UNSURE)
            return
        worded = await self._worded(one)
        if worded is None:
            await self._note(one, progress.CLOSED)
            return
        reply, last = worded
        version = hashlib.sha256(dump(reply).encode()).hexdigest()[:40]
        receiver = await self._receiver(one)
        if receiver is None:
            await self._note(one, progress.CLOSED)
        elif version == one.shown:
            if last:
                await self._note(one, progress.CLOSED)
        elif last or (one.state != progress.UNSURE and self._post.edits(receiver.account.channel)):
            await self._show(one, receiver, reply, version=version, last=last)

    async def _worded(self, one: Followed) -> tuple[Reply, bool] | None:
        name, _, about = one.key.partition(":")
        word = self._words.get(name)
        if word is None:
            return None
        watch = self._watch
        async with self._database.reading() as db:
            now = watch.clock.now()
            return await word(Looking(about, now, watch.campaign, watch.campaign_id, db))

    async def _receiver(self, one: Followed) -> Receiver | None:
        """Return where the message stands, or where it is to stand."""
        async with self._database.reading() as db:
            found = (await accounts.receivers(db, [one.citizen], duty=True)).get(one.citizen)
        if found is None or one.account is None:
            return found
        return Receiver(one.account, found.language)

    async def _show(
        self, one: Followed, receiver: Receiver, reply: Reply, *, version: str, last: bool
    ) -> None:
        if one.state == progress.NEW:
            until = self._watch.clock.system() + LEASE
            async with self._database.transaction() as db:
                if not await progress.begin(db, one.id, receiver.account, until=until):
                    return
        receipt = await self._post.show(receiver, reply, live=one.key, ref=one.ref)
        match receipt.fate:
            case Fate.SENT:
                state = progress.CLOSED if last else progress.SHOWN
                await self._note(one, state, ref=receipt.ref, shown=version)
            case Fate.LATER:
                wait = receipt.seconds or LATER_SECONDS
                self._not_before[one.id] = self._monotonic() + wait
                await self._note(one, one.state)
            case Fate.UNCERTAIN if one.ref and not last:
                pass  # an edit may be done twice
            case Fate.UNCERTAIN:
                await self._note(one, progress.CLOSED if last else progress.UNSURE)
            case Fate.GONE | Fate.FAILED:
                await self._note(one, progress.CLOSED)

    async def _note(self, one: Followed, state: str, *, ref: str = "", shown: str = "") -> None:
        async with self._database.transaction() as db:
            await progress.note(db, one.id, state, ref=ref, shown=shown)
