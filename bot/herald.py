"""Says in bound group chats what waits for them: claims, words, sends, settles.

Only the leader does. It is the small sister of `bot/delivery.py`: groups are few, have no switches
or budgets of their own but what their organisers chose, and are told nothing personal. What a
killed sender leaves behind may have arrived, so it becomes uncertain and is never sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import rounds
from bot.feature import Feature
from bot.grouping import Gathering
from bot.leader import Watch
from bot.messages import Fate, Receipt, Reply
from bot.rules.pace import Pace
from storage import group_messages, groups, pushes
from storage.db import Db, Unavailable
from storage.group_messages import Message, Outcome
from storage.groups import Chat, Group

CLAIM_MAX = 16
LEASE = timedelta(seconds=60)
SEND_SECONDS_MAX = 40.0  # of the lease; what has not begun by then is given back
IDLE_SECONDS, DOUBT_SECONDS = 1.0, 5.0
TRIES_MAX = 8
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 5.0, 300.0

log = logging.getLogger(__name__)

Send = Callable[[Group, Reply], Awaitable[Receipt]]
"""Renders and sends a reply to a group; never raises for what a platform says."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a message that was claimed in a term, and where its group lives now."""

    message: Message
    outcome: Outcome
    term: int
    moved_to: str


class Herald:
    """Tells groups for as long as this process leads. `run` goes on until `close`."""

    def __init__(
        self,
        features: Sequence[Feature],
        watch: Watch,
        *,
        pace: Pace,
        send: Send,
        links: Callable[[str, str], Sequence[str]],
        monotonic: Callable[[], float],
    ) -> None:
        """Take the addresses that lead here, by the start parameter and the channel they are for.

        The clock is in seconds and never goes back.
        """
        self._words = {name: word for each in features for name, word in each.told_groups.items()}
        self._watch = watch
        self._pace = pace
        self._send = send
        self._links = links
        self._monotonic = monotonic
        self._closing = asyncio.Event()
        self._doubted_at = float("-inf")
        self._done: list[_Done] = []

    async def run(self) -> None:
        """Send while there is something, else look again soon."""
        await rounds.repeat(self.step, IDLE_SECONDS, name="telling groups", closing=self._closing)
        try:
            await self._settle()
        except Unavailable:
            log.warning("the database is away; what groups were just told will be uncertain")

    def close(self) -> None:
        """Begin nothing new; `run` settles what is on its way, and ends."""
        self._closing.set()

    async def step(self) -> bool:
        """Send what is due, a limited number at once, if this process leads; say if any was."""
        await self._settle()
        term = self._watch.leader.term
        if term is None:
            return False
        await self._doubt()
        claimed = await self._claim(term)
        deadline = self._monotonic() + SEND_SECONDS_MAX
        async with asyncio.TaskGroup() as tasks:
            work = [
                tasks.create_task(self._work_off(one, term=term, deadline=deadline))
                for one in claimed
            ]
        self._done = [task.result() for task in work]
        await self._settle()
        return bool(claimed)

    async def _doubt(self) -> None:
        if self._monotonic() < self._doubted_at + DOUBT_SECONDS:
            return
        self._doubted_at, now = self._monotonic(), self._watch.clock.system()
        async with self._watch.database.reading() as db:
            if not await group_messages.is_any_doubtful(db, now=now):
                return
        async with self._watch.database.transaction() as db:
            await group_messages.doubt(db, now=now)
        log.warning("messages to groups are uncertain: their sender ended")

    async def _claim(self, term: int) -> list[Message]:
        now, system_now = self._watch.clock.now(), self._watch.clock.system()
        async with self._watch.database.reading() as db:
            if not await group_messages.is_any_due(db, now=now, system_now=system_now):
                return []  # most often, and no writer had to wait for us
        async with self._watch.database.transaction() as db:
            return await group_messages.claim(
                db,
                now=now,
                system_now=system_now,
                until=system_now + LEASE,
                term=term,
                most=CLAIM_MAX,
            )

    async def _work_off(self, one: Message, *, term: int, deadline: float) -> _Done:
        """Send one, unless it is too late or unwanted by now; never raises."""
        outcome, receipt = self._verdict(one), None
        try:
            if outcome is None:
                outcome, receipt = await self._deliver(one, term=term, deadline=deadline)
        except Unavailable:
            outcome = Outcome(pushes.WAITING)
        except Exception:  # one that cannot be worded holds no other up
            log.exception("message %s to a group failed", one.id)
            outcome = Outcome(pushes.FAILED, reason="it could not be worded")
        return _Done(one, outcome, term, receipt.moved_to if receipt else "")

    async def _settle(self) -> None:
        """Write what became of what was sent; while the database is away it is kept."""
        if not self._done:
            return
        at = self._watch.clock.system()
        async with self._watch.database.transaction() as db:
            for done in self._done:
                await _settle(db, done, at=at)
        self._done = []

    def _verdict(self, one: Message) -> Outcome | None:
        """Say why a message is not to go out now; None if it is."""
        now = self._watch.clock.now()
        if one.kind not in self._words:
            return Outcome(pushes.SKIPPED, reason="unknown kind")
        if not one.group.bound:
            return Outcome(pushes.SKIPPED, reason="unbound")
        if now >= one.expires_at:
            return Outcome(pushes.EXPIRED, reason="too late")
        end = self._watch.campaign.quiet_end(now)
        return None if end is None else Outcome(pushes.WAITING, not_before=end)

    async def _deliver(
        self, one: Message, *, term: int, deadline: float
    ) -> tuple[Outcome, Receipt | None]:
        reply = await self._worded(one)
        if reply is None:
            return Outcome(pushes.SKIPPED, reason="not wanted"), None
        wait = self._pace.reserve(f"{one.group.channel}:{one.group.chat}", group=True)
        if wait:
            await rounds.rest(min(wait, SEND_SECONDS_MAX), self._closing)
        late = self._monotonic() >= deadline
        if late or self._closing.is_set() or self._watch.leader.term != term:
            return Outcome(pushes.WAITING), None
        receipt = await self._send(one.group, reply)
        return self._after(one, receipt), receipt

    async def _worded(self, one: Message) -> Reply | None:
        async with self._watch.database.reading() as db:
            told = Gathering(
                one.group,
                one.content,
                self._watch.clock.now(),
                self._watch.campaign,
                self._watch.campaign_id,
                db,
                lambda start: self._links(start, one.group.channel),
            )
            return await self._words[one.kind](told)

    def _after(self, one: Message, receipt: Receipt) -> Outcome:
        match receipt.fate:
            case Fate.SENT:
                return Outcome(pushes.SENT, receipt.ref)
            case Fate.GONE:
                return Outcome(pushes.GONE, reason=receipt.reason)
            case Fate.UNCERTAIN:
                return Outcome(pushes.UNCERTAIN, reason=receipt.reason)
            case Fate.FAILED:
                return Outcome(pushes.FAILED, reason=receipt.reason)
            case Fate.LATER:
                if one.tries >= TRIES_MAX and not receipt.seconds:
                    return Outcome(pushes.FAILED, reason=f"{one.tries} tries: {receipt.reason}")
                back = min(BACKOFF_SECONDS * 2**one.tries, BACKOFF_SECONDS_MAX)
                at = self._watch.clock.system() + timedelta(seconds=receipt.seconds or back)
                return Outcome(pushes.WAITING, reason=receipt.reason, retry_at=at)


async def _settle(db: Db, done: _Done, *, at: datetime) -> None:
    message, outcome = done.message, done.outcome
    await group_messages.settle(db, message.id, outcome, term=done.term, at=at)
    where = Chat(message.group.channel, message.group.chat)
    if done.moved_to:
        await groups.move(db, where, to=done.moved_to, at=at)
    if outcome.state == pushes.GONE:
        await groups.lost(db, where, at=at, reason=outcome.reason or "")
        await group_messages.drop(db, at=at)
    elif outcome.state in {pushes.SENT, pushes.FAILED}:
        await groups.note(db, message.group.id, trouble=outcome.reason)
