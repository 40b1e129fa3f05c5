"""The outbox's worker: fills pushes with receivers, claims deliveries, sends, settles.

Only the leader delivers. What was claimed is sent while the lease lasts, and settled in one
transaction; what a killed sender leaves behind may have arrived, so it becomes uncertain and is
never sent again. At most one claim is in flight.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot import rounds
from bot.bundles import Ready, Together, bundled
from bot.feature import Feature, Kind, Sending, Slice, button
from bot.leader import Watch
from bot.messages import Fate, Phrase, Receipt, Reply
from bot.metrics import DELIVERIES
from bot.restraint import Restraint
from bot.rules.pace import Pace
from storage import accounts, budgets, citizens, profiles, pushes
from storage.citizens import Account, Receiver
from storage.db import Db, Unavailable
from storage.pushes import Claimed, Push, Settled

CLAIM_MAX = 32
FILL_MAX = 2000
LEASE = timedelta(seconds=60)
SEND_SECONDS_MAX = 40.0  # of the lease; what has not begun by then is given back
IDLE_SECONDS = 0.5
DOUBT_SECONDS = 5.0
TRIES_MAX = 8
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 2.0, 300.0
URGENT = 2  # kinds up to here are told whatever the day's budget

OFF = "notices.off"  # where a push's own switch leads
UNKNOWN, QUIET = "unknown kind", "quiet hours"

log = logging.getLogger(__name__)

Seconds = Callable[[], float]
Send = Callable[[Receiver, Reply], Awaitable[Receipt]]
"""Renders and sends a reply to somebody; never raises for what a platform says."""


@dataclass(slots=True)
class _Sorted:
    """What was claimed: settled without being sent, or ready to go out."""

    settled: list[Settled] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a delivery, and the account it was sent to, if it was."""

    settled: Settled
    account: Account | None = None


class Delivery:
    """Delivers for as long as this process leads. `run` goes on until `close`."""

    def __init__(
        self,
        features: Sequence[Feature],
        watch: Watch,
        *,
        pace: Pace,
        send: Send,
        monotonic: Seconds,
        together: Together | None = None,
    ) -> None:
        """Take also a clock in seconds that never goes back, and what sends to many at once."""
        self._kinds = {kind.name: kind for feature in features for kind in feature.kinds}
        self._usual = {kind.id: kind for kind in watch.campaign.pushes.kinds}
        self._campaign = watch.campaign
        self._campaign_id = watch.campaign_id
        self._database = watch.database
        self._clock = watch.clock
        self._leader = watch.leader
        self._secret = watch.secret
        self._metrics = watch.metrics
        self._restraint = Restraint(self._kinds, watch, monotonic=monotonic)
        self._pace = pace
        self._send = send
        self._together = together
        self._most = CLAIM_MAX if together is None else together.most
        self._monotonic = monotonic
        self._closing = asyncio.Event()
        self._doubted_at = self._looked_at = self._cleared_at = float("-inf")
        self._outcomes: list[_Outcome] = []
        self._term = 0  # the one in which they were claimed

    async def run(self) -> None:
        """Fill and send while there is something, else look again soon."""
        await rounds.repeat(self.step, IDLE_SECONDS, name="delivering", closing=self._closing)
        try:
            await self._turn_over(None)
        except Unavailable:
            log.warning("the database is away; what was just sent will be uncertain")

    def close(self) -> None:
        """Begin nothing new; `run` settles what is on its way, and ends."""
        self._closing.set()

    async def step(self) -> bool:
        """Do one piece of work, if there is one and this process leads; say whether there was."""
        term = self._leader.term
        if term is None:
            await self._turn_over(None)
            return False
        await self._doubt()
        filled = await self._fill(term)
        cleared = not filled and await self._clear()
        claimed = await self._turn_over(term)
        if claimed:
            self._outcomes = await self._work_off(claimed, term)
            self._term = term
        return filled or cleared or bool(claimed)

    async def _clear(self) -> bool:
        """Settle what stopped pushes leave behind, as often as new ones are looked for."""
        if self._monotonic() < self._cleared_at + IDLE_SECONDS:
            return False
        if busy := await self._restraint.clear():
            return busy
        self._cleared_at = self._monotonic()
        return False

    async def _doubt(self) -> None:
        if self._monotonic() < self._doubted_at + DOUBT_SECONDS:
            return
        self._doubted_at, now = self._monotonic(), self._clock.system()
        async with self._database.reading() as db:
            if not await pushes.is_any_doubtful(db, now=now):
                return
        async with self._database.transaction() as db:
            lost = await pushes.doubt(db, now=now)
        self._metrics.count(DELIVERIES, pushes.UNCERTAIN, by=lost)
        if lost:
            log.warning("%s deliveries are uncertain: their sender ended", lost)

    async def _fill(self, term: int) -> bool:
        """Add the next receivers of the most urgent push that wants some."""
        if self._monotonic() < self._looked_at + IDLE_SECONDS:
            return False
        async with self._database.reading() as db:
            push = await pushes.next_to_fill(db, self._campaign_id)
            if push is None:
                self._looked_at = self._monotonic()
                return False
            found: Sequence[int] = ()
            wanted: Sequence[int] = ()
            if (kind := self._kinds.get(push.kind)) is not None:
                found = await kind.audience(db, push, Slice(push.filled_to, FILL_MAX))
                wanted = await self._wanted_by(db, kind, found)
        moment, up_to = self._moment(push), found[-1] if len(found) == FILL_MAX else None
        async with self._database.transaction() as db:
            await pushes.fill(db, push, wanted, not_before=moment, up_to=up_to, term=term)
        return True

    async def _wanted_by(self, db: Db, kind: Kind, found: Sequence[int]) -> Sequence[int]:
        """Leave out who switched the kind off."""
        if not kind.switch:
            return found
        switched = await profiles.switched(db, found, kind.switch)
        usual = self._usual[kind.switch].usual if kind.switch in self._usual else True
        return [citizen for citizen in found if switched.get(citizen, usual)]

    def _moment(self, push: Push) -> datetime:
        """Return when a push may go out first: now, or when the quiet hours end."""
        now = self._clock.now()
        end = self._campaign.quiet_end(now)
        return end if end is not None and self._moves(push) else now

    def _moves(self, push: Push) -> bool:
        kind = self._kinds.get(push.kind)
        usual = self._usual.get(kind.switch) if kind else None
        return usual is None or usual.quiet == "move"

    async def _turn_over(self, term: int | None) -> list[Claimed]:
        """Settle what was sent and claim what comes next, in one transaction."""
        now, system_now = self._clock.now(), self._clock.system()
        claimed: list[Claimed] = []
        if not self._outcomes:
            if term is None:
                return []
            async with self._database.reading() as db:
                due = pushes.is_any_due(db, self._campaign_id, now=now, system_now=system_now)
                if not await due:
                    return []  # most often, and no writer had to wait for us
        async with self._database.transaction() as db:
            settled = [outcome.settled for outcome in self._outcomes]
            await pushes.settle(db, settled, term=self._term, at=system_now)
            for outcome in self._outcomes:
                if outcome.account is not None and outcome.settled.state == pushes.GONE:
                    await citizens.note_presence(db, outcome.account, gone_at=system_now)
            await self._restraint.watch(db, settled, batch=self._most)
            if term is not None and not self._closing.is_set():
                claimed = await pushes.claim(
                    db,
                    self._campaign_id,
                    now=now,
                    system_now=system_now,
                    until=system_now + LEASE,
                    term=term,
                    most=self._most,
                )
        self._forget_outcomes()
        return claimed

    def _forget_outcomes(self) -> None:
        for outcome in self._outcomes:
            if outcome.settled.state != pushes.WAITING:
                self._metrics.count(DELIVERIES, outcome.settled.state)
        self._outcomes = []

    async def _work_off(self, claimed: Sequence[Claimed], term: int) -> list[_Outcome]:
        """Send what was claimed; say what became of all of it."""
        deadline = self._monotonic() + SEND_SECONDS_MAX
        batch = frozenset(one.push for one in claimed)
        found = await self._prepared(claimed)
        async with asyncio.TaskGroup() as tasks:
            sent = [
                tasks.create_task(self._deliver(bundle, batch, term=term, deadline=deadline))
                for bundle in bundled(found.ready, self._joins)
            ]
        outcomes = [_Outcome(settled) for settled in found.settled]
        return outcomes + [outcome for task in sent for outcome in task.result()]

    def _joins(self, channel: str) -> bool:
        return self._together is not None and self._together.joins(channel)

    async def _prepared(self, claimed: Sequence[Claimed]) -> _Sorted:
        """Sort out who is not to be told after all, and word what the others are told."""
        now, found = self._clock.now(), _Sorted()
        by_push: dict[Push, list[int]] = defaultdict(list)
        for one in claimed:
            by_push[one.push].append(one.citizen)
        async with self._database.reading() as db:
            held = await self._restraint.ask(db, by_push)
            ids = [one.citizen for one in claimed]
            receivers = await accounts.receivers(db, ids)
            in_charge = [one.citizen for one in claimed if self._is_duty(one.push)]
            on_duty = await accounts.receivers(db, in_charge, duty=True) if in_charge else {}
            told = await budgets.sent_to(db, ids, since=self._campaign.midnight(now))
            replies = {
                push.id: await self._worded(self._sending(push, group, now, db=db))
                for push, group in by_push.items()
                if push.id not in held and self._verdict(push, now) is None
            }
        for one in claimed:
            reached = on_duty if self._is_duty(one.push) else receivers
            receiver = reached.get(one.citizen)
            reply = replies.get(one.push.id, {}).get(one.citizen)
            if one.push.id in held:
                found.settled.append(Settled(one.push.id, one.citizen, pushes.WAITING))
            elif one.push.id not in replies:
                found.settled.append(self._put_off(one, now))
            elif receiver is None:
                found.settled.append(_settled(one, pushes.GONE, "nowhere to reach"))
            elif reply is None:
                found.settled.append(_settled(one, pushes.SKIPPED, "not wanted"))
            elif one.push.urgency > URGENT and self._spent(told, one.citizen):
                found.settled.append(_settled(one, pushes.SKIPPED, budgets.BUDGET))
            else:
                told[one.citizen] = told.get(one.citizen, 0) + 1
                named = replace(reply, reader=receiver.reader) if receiver.reader else reply
                found.ready.append(Ready(one, receiver, named))
        return found

    def _is_duty(self, push: Push) -> bool:
        return (kind := self._kinds.get(push.kind)) is not None and kind.duty

    def _sending(self, push: Push, group: Sequence[int], now: datetime, *, db: Db) -> Sending:
        return Sending(push, group, now, self._campaign, self._campaign_id, self._secret, db)

    def _spent(self, told: Mapping[int, int], citizen: int) -> bool:
        return told.get(citizen, 0) >= self._campaign.pushes.daily_budget

    async def _worded(self, sending: Sending) -> Mapping[int, Reply]:
        kind = self._kinds[sending.push.kind]
        wanted = await self._wanted_by(sending.db, kind, sending.citizens)
        if not wanted:
            return {}
        replies = await kind.compose(replace(sending, citizens=wanted))
        return {citizen: _with_switch(reply, kind) for citizen, reply in replies.items()}

    def _verdict(self, push: Push, now: datetime) -> str | None:
        """Say why a push is not to go out now; None if it is."""
        if push.kind not in self._kinds:
            return UNKNOWN
        if push.expires_at is not None and now >= push.expires_at:
            return pushes.EXPIRED
        return QUIET if self._campaign.quiet_end(now) is not None else None

    def _put_off(self, one: Claimed, now: datetime) -> Settled:
        verdict, end = self._verdict(one.push, now) or "", self._campaign.quiet_end(now)
        if verdict == pushes.EXPIRED:
            return _settled(one, pushes.EXPIRED, "too late")
        if verdict == QUIET and end is not None and self._moves(one.push):
            return Settled(one.push.id, one.citizen, pushes.WAITING, not_before=end)
        return _settled(one, pushes.SKIPPED, verdict)

    async def _deliver(
        self, bundle: Sequence[Ready], batch: frozenset[Push], *, term: int, deadline: float
    ) -> list[_Outcome]:
        """Send one, at the platform's pace, or many at once, if this process still may."""
        one, receivers = bundle[0], [each.receiver for each in bundle]
        account: Account = one.receiver.account
        together = self._together if self._joins(account.channel) else None
        wait = 0.0 if together else self._pace.reserve(f"{account.channel}:{account.sender}")
        if wait:
            await rounds.rest(wait, self._closing)
        late = self._monotonic() >= deadline
        late = late or await self._restraint.holds(one.claimed.push, batch)
        if late or self._closing.is_set() or self._leader.term != term:
            waits = (each.claimed for each in bundle)
            return [_Outcome(Settled(c.push.id, c.citizen, pushes.WAITING)) for c in waits]
        if together is not None:
            receipts = await together.send_all(receivers, one.reply)
        else:
            receipts = [await self._send(one.receiver, one.reply)]
        met = zip(bundle, receipts, strict=True)
        return [_Outcome(self._after(each, got), each.receiver.account) for each, got in met]

    def _after(self, one: Ready, receipt: Receipt) -> Settled:
        channel, key = one.receiver.account.channel, (one.claimed.push.id, one.claimed.citizen)
        match receipt.fate:
            case Fate.SENT:
                return Settled(*key, pushes.SENT, channel, receipt.ref)
            case Fate.GONE:
                return Settled(*key, pushes.GONE, channel, reason=receipt.reason)
            case Fate.UNCERTAIN:
                return Settled(*key, pushes.UNCERTAIN, channel, reason=receipt.reason)
            case Fate.FAILED:
                return Settled(*key, pushes.FAILED, channel, reason=receipt.reason)
            case Fate.LATER:
                return self._again(one, receipt)

    def _again(self, one: Ready, receipt: Receipt) -> Settled:
        key = (one.claimed.push.id, one.claimed.citizen)
        tries = one.claimed.tries
        if tries >= TRIES_MAX and not receipt.seconds:
            return Settled(*key, pushes.FAILED, reason=f"{tries} tries: {receipt.reason}")
        back = min(BACKOFF_SECONDS * 2**tries, BACKOFF_SECONDS_MAX) * random.uniform(0.5, 1)  # noqa: S311 - jitter
        at = self._clock.system() + timedelta(seconds=receipt.seconds or back)
        return Settled(*key, pushes.WAITING, reason=receipt.reason, retry_at=at)


def _with_switch(reply: Reply, kind: Kind) -> Reply:
    """Put the kind's own off switch under a push."""
    if not kind.switch:
        return reply
    off = button(f"{OFF}:{kind.switch}", Phrase(OFF))
    return replace(reply, buttons=(*reply.buttons, (off,)))


def _settled(one: Claimed, state: str, reason: str) -> Settled:
    return Settled(one.push.id, one.citizen, state, reason=reason)
