"""One batch at the till: who is locked, what was read, what the rules say, what is written.

Lock first, look second: under READ COMMITTED, what a statement reads while it waits for a lock is
older than the lock.
"""

from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, overload

from bot import correcting, reckoning, spending
from bot.campaign import Campaign
from bot.correcting import (
    Adjustment,
    Corrected,
    Correction,
    Freed,
    Makeup,
    Reversal,
    Seen,
)
from bot.rules import points, streaks
from bot.rules.corrections import Decision as Correcting
from bot.rules.corrections import Purse, Verdict
from bot.rules.points import Day, Decision, Outcome
from bot.rules.rewards import Verdict as Bought
from bot.spending import Purchase, Return, Shop, Spending, Spent
from storage import attendances, citizens, deeds, ledger, livestreams, tallies, totals
from storage.citizens import Account
from storage.db import Db
from storage.totals import Reader, Totals

NOT_BURNT = frozenset({Outcome.CAPPED, Outcome.TOMORROW})


@dataclass(frozen=True, slots=True)
class Award:
    """What a deed earned, with its outcome. All numbers are points, or days where they say so."""

    outcome: Outcome
    points: int
    today: int
    """What the activity paid on the deed's day, this deed included."""
    cap: int
    balance: int
    earned: int
    streak: int
    """Check-in days in a row."""
    visits: int
    """Check-in days in all."""
    language: str | None
    citizen: int
    reader: str = ""
    """Who it was, where several read on one account."""


Also = Callable[[Db, Award], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done that can earn points.

    `once` is what may be paid only once; `cause` is the message that asked, so that its second
    delivery gets the first answer. `also` is written in the same transaction.
    """

    who: Account | int
    activity: str
    once: str
    day: date
    acted_at: datetime
    cause: str
    subject: str = ""
    also: Also | None = None


Act = Deed | Correction | Spending
"""What the till books."""
Told = Award | Corrected | Spent
"""How it answers."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a batch is booked under."""

    campaign: Campaign
    campaign_id: int
    outages: frozenset[date]
    recorded_at: datetime
    worker: int = 0
    """Whose numbers the batch adds to."""


class Booking:
    """One batch: `read` under the lock, `decide` each act in its order of arrival, `write`.

    Corrections and spending look at more than deeds do. So each is the only act of its citizen in a
    batch; the others wait for the next one.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._locked: Container[int] = ()
        self._readers: dict[Account | int, Reader] = {}
        self._days: dict[ledger.DayKey, Day] = {}
        self._by_cause: dict[tuple[int, str], deeds.Known] = {}
        self._onces: set[tuple[int, str]] = set()
        self._freed = Freed()
        self._totals: dict[int, Totals] = {}
        self._new_deeds: list[deeds.NewDeed] = []
        self._new_lines: list[ledger.NewLine] = []
        self._seats: set[tuple[int, int]] = set()
        self._tallies: list[tallies.Tally] = []
        self._also: list[Callable[[Db], Awaitable[None]]] = []
        self._booked = -1
        self._seen: dict[tuple[int, str], Seen] = {}
        self._touched: set[int] = set()
        self._alone: set[int] = set()
        self._shop = Shop(terms.campaign_id)

    async def read(self, db: Db, batch: Sequence[Act]) -> None:
        """Lock everyone concerned, then look at what they have and did."""
        campaign_id = self._terms.campaign_id
        accounts = {act.who for act in batch if isinstance(act.who, Account)}
        ids = {act.who for act in batch if isinstance(act.who, int)}
        self._locked = await citizens.lock(db, accounts, ids)
        for account, reader in (await totals.of_accounts(db, campaign_id, accounts)).items():
            self._readers[account] = reader
        for citizen, reader in (await totals.of_citizens(db, campaign_id, ids)).items():
            self._readers[citizen] = reader
        for act in batch:
            if isinstance(act, Adjustment | Makeup | Reversal) and act.who in self._readers:
                self._seen[act.who, act.once] = await correcting.look(db, campaign_id, act)
        spends = [act for act in batch if isinstance(act, Purchase | Return)]
        known = [
            (self._readers[act.who].citizen, act) for act in spends if act.who in self._readers
        ]
        await self._shop.read(db, [each for each in known if each[0] in self._locked])
        wanted = [
            (self._readers[act.who].citizen, act)
            for act in batch
            if isinstance(act, Deed) and act.who in self._readers
        ]
        if not wanted:
            return
        days = {(citizen, deed.day, deed.activity) for citizen, deed in wanted}
        self._days = await ledger.days(db, campaign_id, days)
        before = await deeds.known(
            db,
            campaign_id,
            onces={(citizen, deed.once) for citizen, deed in wanted},
            causes={(citizen, deed.cause) for citizen, deed in wanted},
        )
        for deed in before:
            self._remember(deed)
        await self._read_seats(db, wanted)

    async def _read_seats(self, db: Db, wanted: Sequence[tuple[int, Deed]]) -> None:
        """Look up who was in which livestream before; most batches are about none."""
        about = ((livestreams.number(deed.subject), citizen) for citizen, deed in wanted)
        seats = {(number, citizen) for number, citizen in about if number is not None}
        if seats:
            self._seats = await attendances.came(db, seats)

    def held(self, act: Act) -> bool:
        """Say whether somebody else holds the lock of whom an act is about."""
        reader = self._readers.get(act.who)
        return reader is not None and reader.citizen not in self._locked

    def crowded(self, act: Act) -> bool:
        """Say whether an act does not fit into this batch: some share their citizen with nobody."""
        reader = self._readers.get(act.who)
        others = self._alone if isinstance(act, Deed) else self._touched
        return reader is not None and reader.citizen in others

    @overload
    def decide(self, act: Deed) -> Award | None: ...

    @overload
    def decide(self, act: Correction) -> Corrected | None: ...

    @overload
    def decide(self, act: Spending) -> Spent | None: ...

    def decide(self, act: Act) -> Told | None:
        """Decide one act, and note what will be written; None if there is nobody to pay."""
        reader = self._readers.get(act.who)
        if reader is not None:
            self._touched.add(reader.citizen)
        if isinstance(act, Deed):
            return self._decide_deed(act, reader)
        if reader is None:
            return None
        self._alone.add(reader.citizen)
        if reader.merged:
            return None
        if isinstance(act, Purchase | Return):
            return self._spend(act, reader)
        return self._correct(act, reader)

    def _decide_deed(self, deed: Deed, reader: Reader | None) -> Award | None:
        if reader is None or not reader.consented or reader.town is None:
            return None
        rate = self._terms.campaign.rate(deed.activity)
        day = self._days.get((reader.citizen, deed.day, deed.activity), Day())
        if (before := self._by_cause.get((reader.citizen, deed.cause))) is not None:
            # The citizen whose answer was lost reads the same again.
            decision = Decision(Outcome(before.outcome), before.points)
            return self._award(deed, reader, decision, shown=(before.today, before.cap))
        if (reader.citizen, deed.once) in self._onces:
            shown = (day.points, rate.cap)
            return self._award(deed, reader, Decision(Outcome.ALREADY), shown=shown)
        phase = self._terms.campaign.phase(deed.day)
        decision = points.decide(rate, day, scores=phase is not None and phase.scores)
        if reader.scores_from is not None and deed.day < reader.scores_from:
            decision = Decision(Outcome.TOMORROW)
        self._note(deed, reader, decision, today=day.points + decision.points)
        shown = (day.points + decision.points, rate.cap)
        award = self._award(deed, reader, decision, shown=shown)
        if deed.also is not None:
            self._also.append(partial(_call, deed.also, award))
        return award

    def _spend(self, act: Spending, reader: Reader) -> Spent | None:
        if isinstance(act, Purchase) and not (reader.consented and reader.town):
            return None
        spent = self._shop.decide(act, reader)
        if spent.verdict is not Bought.BOOKED or spent.line is not None:
            return spent
        has = reckoning.moved(reader.totals, Purse(spent.balance, spent.debt))
        self._totals[reader.citizen] = has
        line = spending.line_of(act, spent, has, town=reader.town)
        self._new_lines.append(replace(line, recorded_at=self._moment()))
        spent = replace(spent, line=has.lines)
        self._shop.note(act, spent, has.lines)
        if act.also is not None:
            self._also.append(partial(_call, act.also, spent))
        return spent

    def _correct(self, act: Correction, reader: Reader) -> Corrected | None:
        if isinstance(act, Makeup) and not (reader.consented and reader.town):
            return None  # nothing counts for whoever takes no part
        has, seen = reader.totals, self._seen[act.who, act.once]
        if seen.before is not None:
            return correcting.replayed(act, seen.before, has)
        campaign = self._terms.campaign
        decision = correcting.decide(act, seen, has, campaign=campaign)
        if decision.verdict is Verdict.BOOKED:
            return self._book_correction(act, reader, decision)
        owed = decision.purse.debt if decision.verdict is Verdict.DEBT else has.debt
        return Corrected(decision.verdict, act.who, 0, has.balance, owed, has.earned)

    def _book_correction(self, act: Correction, reader: Reader, decision: Correcting) -> Corrected:
        campaign, seen = self._terms.campaign, self._seen[act.who, act.once]
        has = before = reader.totals
        now = self._moment()
        match act:
            case Adjustment():
                line = correcting.line_of(act, decision, day=act.day, town=reader.town, at=now)
                has = reckoning.moved(has, decision.purse)
            case Makeup():
                rate = campaign.rate(act.activity)
                deed = correcting.deed_of(act, rate, today=seen.net + act.points, at=now)
                self._new_deeds.append(deed)
                self._freed.made_up(act.who, act.once)
                has = reckoning.paid(
                    reckoning.counted(has, campaign, act, again=seen.stays), deed, town=reader.town
                )
                line = reckoning.line(deed, has, rate=rate, slot=None, town=reader.town)
                self._tallies += reckoning.tallied(deed, before, has, town=reader.town or "")
            case Reversal():
                assert seen.target is not None  # the rules found it  # noqa: S101
                of = seen.target
                line = correcting.line_of(act, decision, day=of.day, town=of.town, at=now)
                line = replace(line, activity=of.activity, reverses=of.line)
                has = reckoning.taken_back(reckoning.moved(has, decision.purse), seen, campaign)
                self._tallies += reckoning.tallied_back(seen, before, has)
        self._totals[reader.citizen] = has
        line = replace(line, line=has.lines, net=has.balance - has.debt)
        self._new_lines.append(line)
        corrected = Corrected(
            Verdict.BOOKED, act.who, line.points, has.balance, has.debt, has.earned, line.line
        )
        if act.also is not None:
            self._also.append(partial(_call, act.also, corrected))
        return corrected

    async def write(self, db: Db) -> None:
        """Write everything that was noted.

        Raises:
            Conflict: somebody wrote past the lock; nothing of the batch may be kept.

        """
        await deeds.add(db, self._terms.campaign_id, self._new_deeds)
        await deeds.redo(db, self._terms.campaign_id, self._freed.redone)
        await ledger.book(db, self._terms.campaign_id, self._new_lines)
        await totals.put(db, self._terms.campaign_id, sorted(self._totals.items(), key=_citizen))
        await self._shop.write(db)
        terms = self._terms
        await tallies.add(db, terms.campaign_id, self._tallies, worker=terms.worker)
        for also in self._also:
            await also(db)

    def _moment(self) -> datetime:
        # A microsecond apart, so that who came first in a batch stays first.
        self._booked += 1
        return self._terms.recorded_at + timedelta(microseconds=self._booked)

    def _remember(self, deed: deeds.Known) -> None:
        self._by_cause[deed.citizen, deed.cause] = deed
        if deed.once is not None and not self._freed.note(deed):
            self._onces.add((deed.citizen, deed.once))

    def _note(self, deed: Deed, reader: Reader, decision: Decision, *, today: int) -> None:
        campaign = self._terms.campaign
        rate = campaign.rate(deed.activity)
        burns_not = decision.outcome in NOT_BURNT
        new = deeds.NewDeed(
            citizen=reader.citizen,
            activity=deed.activity,
            subject=deed.subject,
            day=deed.day,
            outcome=decision.outcome,
            points=decision.points,
            today=today,
            cap=rate.cap,
            once=None if burns_not else self._freed.once(reader.citizen, deed.once),
            cause=deed.cause,
            acted_at=deed.acted_at,
            recorded_at=self._moment(),
        )
        self._new_deeds.append(new)
        self._remember(
            deeds.Known(
                new.citizen, new.once, new.cause, new.outcome, new.points, new.today, new.cap
            )
        )
        if decision.outcome is Outcome.TOMORROW:
            return
        before = self._totals.get(reader.citizen, reader.totals)
        has = reckoning.counted(before, campaign, deed, again=self._is_again(reader.citizen, deed))
        if decision.outcome is Outcome.PAID:
            has = reckoning.paid(has, new, town=reader.town)
            line = reckoning.line(new, has, rate=rate, slot=decision.slot, town=reader.town)
            self._new_lines.append(line)
            key = (reader.citizen, deed.day, deed.activity)
            self._days[key] = Day(decision.slot + 1, today)
        self._totals[reader.citizen] = has
        self._tallies += reckoning.tallied(new, before, has, town=reader.town or "")

    def _is_again(self, citizen: int, deed: Deed) -> bool:
        """Say whether somebody was in this livestream before, and note that they are now."""
        number = livestreams.number(deed.subject)
        if number is None:
            return False
        seat = (number, citizen)
        was = seat in self._seats
        self._seats.add(seat)
        return was

    def _award(
        self, deed: Deed, reader: Reader, decision: Decision, *, shown: tuple[int, int]
    ) -> Award:
        has = self._totals.get(reader.citizen, reader.totals)
        today, cap = shown
        start = self._terms.campaign.start
        return Award(
            decision.outcome,
            decision.points,
            today,
            cap,
            balance=has.balance,
            earned=has.earned,
            streak=streaks.length(has.visits, start, deed.day, outages=self._terms.outages),
            visits=has.visit_days,
            language=reader.language,
            citizen=reader.citizen,
            reader=reader.called or "",
        )


def _citizen(entry: tuple[int, Totals]) -> int:
    return entry[0]


async def _call(also: Callable[[Db, Any], Awaitable[None]], told: object, db: Db) -> None:
    await also(db, told)
