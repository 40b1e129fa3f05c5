"""Corrections at the till: what staff may ask it to book, what is read under the lock, what moves.

Who agreed to a correction, and why, rides along as `also`, in the same transaction.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.campaign import Campaign
from bot.rules import corrections
from bot.rules.corrections import Decision, Purse, Verdict
from bot.rules.linking import AGAIN
from bot.rules.points import VISIT, Outcome, Rate
from storage import deeds, ledger, livestreams
from storage.db import Db
from storage.ledger import Line, Standing
from storage.totals import Totals


@dataclass(frozen=True, slots=True)
class Corrected:
    """How a correction ended. When a debt has to be agreed to first, `debt` is that debt."""

    verdict: Verdict
    citizen: int
    points: int
    balance: int
    debt: int
    earned: int
    line: int | None = None
    """The number of the line that was booked, now or before."""


Also = Callable[[Db, Corrected], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points added to a balance or taken from it; `debt` is what was agreed to owe."""

    who: int
    points: int
    once: str
    cause: str
    day: date
    acted_at: datetime
    debt: int = 0
    also: Also | None = None


@dataclass(frozen=True, slots=True)
class Makeup:
    """A deed that staff enter; `once` is the key of the deed itself, so that it pays but once."""

    who: int
    activity: str
    points: int
    once: str
    cause: str
    day: date
    acted_at: datetime
    subject: str = ""
    also: Also | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """A line that is taken back; `debt` is what was agreed to owe."""

    who: int
    line: int
    cause: str
    acted_at: datetime
    debt: int = 0
    also: Also | None = None

    @property
    def once(self) -> str:
        """Return what is booked only once."""
        return f"reversal:{self.line}"


Correction = Adjustment | Makeup | Reversal


def makeup_once(deed: str, before: Line | None) -> str:
    """Return the once key of a makeup, given the deed's own and what was booked under that.

    A line that was reversed can be made up for, once.
    """
    if before is not None and before.reversed_by is not None:
        return f"again:{before.reversed_by}"
    return deed


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read for a correction, under the lock of its citizen."""

    before: Line | None
    """What was booked under its once key."""
    is_burnt: bool = False
    """A deed of the same once key is there already, whether it paid or not."""
    net: int = 0
    target: Line | None = None
    standing: Standing | None = None
    stays: bool = False
    """Another line keeps the check-in day, or the livestream, counted."""
    subject: str = ""
    """What the reversed deed was about: an item, a place, a livestream."""


async def look(db: Db, campaign: int, act: Correction) -> Seen:
    """Read what a correction depends on; its citizen is locked."""
    who = act.who
    before = (await ledger.booked_as(db, campaign, who, onces=[act.once])).get(act.once)
    match act:
        case Adjustment():
            return Seen(before)
        case Makeup():
            known = await deeds.known(db, campaign, onces={(who, act.once)}, causes=set())
            net = await ledger.net_of(db, campaign, who, day=act.day, activity=act.activity)
            stays = await _stays(db, campaign, act, line=None, subject=act.subject)
            return Seen(before, bool(known), net, stays=stays)
        case Reversal():
            target = await ledger.line_of(db, campaign, who, line=act.line)
            if target is None or target.kind not in ledger.SCORED:
                return Seen(before, target=target)
            subject = await deeds.subject(db, campaign, who, once=target.once)
            return Seen(
                before,
                target=target,
                standing=await ledger.standing(db, campaign, who, without=target.line),
                stays=await _stays(db, campaign, act, line=target, subject=subject),
                subject=subject,
            )


async def _stays(
    db: Db, campaign: int, act: Makeup | Reversal, *, line: Line | None, subject: str
) -> bool:
    """Say whether, without a line, its check-in day or its livestream counts all the same."""
    if livestreams.number(subject) is not None:
        without = None if line is None else line.once
        return await deeds.stands(db, campaign, act.who, subject=subject, without=without)
    if line is not None and line.activity == VISIT:
        return await deeds.is_kept(db, campaign, act.who, line=line)
    return True  # a livestream that nobody can name is none to count


def decide(act: Correction, seen: Seen, has: Totals, *, campaign: Campaign) -> Decision:
    """Decide a correction that is not booked yet."""
    purse = Purse(has.balance, has.debt)
    match act:
        case Adjustment():
            return corrections.adjust(purse, act.points, agreed=act.debt)
        case Makeup():
            if seen.is_burnt:
                return Decision(Verdict.ALREADY)
            phase = campaign.phase(act.day)
            scores = phase is not None and phase.scores
            rate = campaign.rate(act.activity)
            return corrections.make_up(purse, act.points, rate=rate, net=seen.net, scores=scores)
        case Reversal():
            line = seen.target
            if line is None:
                return corrections.reverse(purse, None, 0, is_reversed=False)
            is_reversed = line.reversed_by is not None
            return corrections.reverse(
                purse, line.kind, line.points, is_reversed=is_reversed, agreed=act.debt
            )


def replayed(act: Correction, before: Line, has: Totals) -> Corrected:
    """Answer what is booked already: the same message hears the same again."""
    purse = Purse().after(before.net)
    if before.cause != act.cause:
        return Corrected(
            Verdict.ALREADY, act.who, 0, has.balance, has.debt, has.earned, before.line
        )
    return Corrected(
        Verdict.BOOKED, act.who, before.points, purse.balance, purse.debt, has.earned, before.line
    )


def line_of(
    act: Adjustment | Reversal, decision: Decision, *, day: date, town: str | None, at: datetime
) -> ledger.NewLine:
    """Return the line of a correction that is no deed; its number and net are not known yet."""
    return ledger.NewLine(
        citizen=act.who,
        line=0,
        kind=ledger.REVERSAL if isinstance(act, Reversal) else ledger.ADJUSTMENT,
        points=decision.points,
        net=0,
        day=day,
        activity=None,
        slot=None,
        rate=None,
        cap=None,
        once=act.once,
        cause=act.cause,
        town=town,
        acted_at=act.acted_at,
        recorded_at=at,
    )


def deed_of(act: Makeup, rate: Rate, *, today: int, at: datetime) -> deeds.NewDeed:
    """Return the deed that a makeup stands for."""
    return deeds.NewDeed(
        citizen=act.who,
        activity=act.activity,
        subject=act.subject,
        day=act.day,
        outcome=Outcome.PAID,
        points=act.points,
        today=today,
        cap=rate.cap,
        once=act.once,
        cause=act.cause,
        acted_at=act.acted_at,
        recorded_at=at,
    )


class Freed:
    """Deeds that only a link had put there, which was undone: each may be done again, once."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], str] = {}
        self.redone: list[tuple[int, str]] = []
        """Who did which of them again, by the number of the line that had taken it back."""

    def note(self, deed: deeds.Known) -> bool:
        """Note a deed that is there already; False if it is not such a one."""
        if deed.once is None or not deed.cause.startswith(deeds.UNDONE):
            return False
        self._numbers[deed.citizen, deed.once] = deed.cause.removeprefix(deeds.UNDONE)
        return True

    def once(self, citizen: int, once: str) -> str:
        """Return the key under which a deed is booked now."""
        number = self._numbers.pop((citizen, once), None)
        if number is None:
            return once
        return self.made_up(citizen, f"{AGAIN}{number}")

    def made_up(self, citizen: int, once: str) -> str:
        """Note that something stands again under a key, and return the key."""
        if once.startswith(AGAIN):
            self.redone.append((citizen, once.removeprefix(AGAIN)))
        return once
