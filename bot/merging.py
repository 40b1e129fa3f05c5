"""Making one person of two at the till: what is read under the locks of both, what is written.

It happens in the transaction of its turn, since it is rare and large: both citizens are locked in
the order of their ids, as a batch locks its own, and the numbers are written last. So two who
link each other at once meet, and neither they nor the till wait in a circle.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot import reckoning
from bot.campaign import Campaign
from bot.rules import linking
from bot.rules.linking import AGAIN, LINK, REVERSAL, Book, Booked, Fate, Step
from bot.rules.points import Outcome
from storage import citizens, deeds, ledger, links, tallies, totals, twins
from storage.db import Db
from storage.deeds import REDONE, UNDONE, NewDeed
from storage.ledger import NewLine
from storage.many import plain
from storage.tallies import NO_DAY, NO_TOWN, Tally
from storage.totals import Totals
from storage.twins import Done


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link is made under: its campaign, its day, and the moments it is noted with."""

    campaign: Campaign
    campaign_id: int
    day: date
    now: datetime
    recorded_at: datetime
    worker: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes, or became, of two: what the one person has, and what could not be kept."""

    balance: int
    debt: int
    earned: int
    lines: int
    """How many lines of the absorbed one have a twin now."""
    void: int
    void_points: int
    days: tuple[int, int] = (0, 0)
    """Check-in days: the most that either had before, and those of both together."""


@dataclass(slots=True)
class Side:
    """One of the two: all lines and deeds, and the totals before."""

    citizen: int
    lines: list[Booked]
    deeds: Sequence[Done]
    has: Totals
    done: Sequence[NewDeed] = ()
    """Deeds that were written since."""

    @property
    def by_once(self) -> dict[str, Done]:
        """Return the deeds by their once keys."""
        return {deed.once: deed for deed in self.deeds if deed.once is not None}

    def book(self) -> Book:
        """Return the lines as linking looks at them."""
        known = self.by_once
        freed = [once for once, deed in known.items() if deed.cause.startswith((UNDONE, REDONE))]
        return Book(self.lines, known, freed)


async def side(db: Db, terms: Terms, citizen: int) -> Side:
    """Read everything that counts for somebody in this campaign."""
    return Side(
        citizen,
        await twins.lines(db, terms.campaign_id, citizen),
        await twins.deeds(db, terms.campaign_id, citizen),
        await totals.of(db, terms.campaign_id, citizen),
    )


async def hold(db: Db, *people: int) -> None:
    """Lock people, in the order of their ids."""
    for citizen in sorted(set(people)):
        await citizens.lock_one(db, citizen)


async def foresee(db: Db, terms: Terms, *, survivor: int, absorbed: int) -> Merged:
    """Say what linking would come to now; nothing is written or locked."""
    stays, goes = await side(db, terms, survivor), await side(db, terms, absorbed)
    steps = linking.plan(goes.book(), stays.book(), link=0)
    moved = [step.of for step in steps if step.fate is Fate.MOVED]
    net = stays.has.balance - stays.has.debt + sum(line.points for line in moved)
    earned = stays.has.earned + sum(line.points for line in moved if line.activity)
    return _told(steps, Totals(balance=max(net, 0), debt=max(-net, 0), earned=earned))


async def link(db: Db, terms: Terms, *, survivor: int, absorbed: int) -> tuple[int, Merged]:
    """Make one person of two, who are locked; return the link's number and what it came to."""
    stays, goes = await side(db, terms, survivor), await side(db, terms, absorbed)
    known, days = goes.by_once, max(one.has.visit_days for one in (stays, goes))
    town = await twins.first_town(db, absorbed)
    was = await twins.absorb(db, absorbed, survivor)
    campaign = terms.campaign_id
    number = await links.begin(db, campaign, survivor, absorbed=absorbed, was=was, at=terms.now)
    steps = linking.plan(goes.book(), stays.book(), link=number)
    got = [line for step in steps for line in (step.twin, step.mirror) if line is not None]
    unlined = _unlined(goes, stays, {line.once for line in got})
    await links.move_deeds(db, number, unlined, target=survivor)
    likely = (_deed_of(step, known, survivor, number=number) for step in steps)
    made = [deed for deed in likely if deed is not None]
    await deeds.add(db, campaign, made)
    await twins.mark(db, [*_done_again(stays.deeds, {line.once for line in got})])
    await write(db, terms, goes, lines=[*_taken(goes, steps, terms, number=number)])
    await write(db, terms, stays, lines=got)
    moved = [deed for deed in goes.deeds if deed.id in unlined]
    stays.deeds, stays.done = [*stays.deeds, *moved], made
    goes.deeds = [deed for deed in goes.deeds if deed.id not in unlined]
    changed = [tally for step in steps for tally in _lost(step, known)]
    changed += await recount(db, terms, stays, goes)
    if town:
        changed.append(Tally(tallies.JOINED, terms.day, town, n=-1))
    await links.move(db, number, source=absorbed, target=survivor)
    await _hand_over(db, number, steps, terms=terms, pair=(absorbed, survivor))
    told = replace(_told(steps, stays.has), days=(days, stays.has.visit_days))
    await links.counted(db, number, lines=told.lines, void=told.void)
    await tallies.add(db, campaign, changed, worker=terms.worker)
    return number, told


async def _hand_over(
    db: Db, number: int, steps: Sequence[Step], *, terms: Terms, pair: tuple[int, int]
) -> None:
    """Let the vouchers go along, with the twins of the lines that paid for them."""
    absorbed, survivor = pair
    twin = {step.of.line: step.twin.line for step in steps if step.twin is not None}
    theirs = [
        (voucher, twin[line], None if back is None else twin[back])
        for voucher, line, back in await twins.vouchers(db, terms.campaign_id, absorbed)
        if line in twin
    ]
    await twins.hand_over(db, theirs, target=survivor)
    await links.note(db, number, links.VOUCHER, rows=[(voucher, "") for voucher, *_ in theirs])


async def write(db: Db, terms: Terms, of: Side, *, lines: Sequence[Booked]) -> None:
    """Book lines of somebody, whose numbers follow those they have; nets are found here."""
    net = of.has.balance - of.has.debt
    rows = []
    for line in sorted(lines, key=lambda each: each.line):
        net += line.points
        rows.append(NewLine(citizen=of.citizen, **{**plain(line), "net": net}))
    of.lines = [*of.lines, *lines]
    for reversals in (False, True):  # a line is there before its mirror
        some = [row for row in rows if (row.kind == REVERSAL) is reversals]
        await ledger.book(db, terms.campaign_id, some)


async def recount(db: Db, terms: Terms, *sides: Side) -> list[Tally]:
    """Add up anew what people have, write it, and say where they are counted now and were not."""
    changed: list[Tally] = []
    for one in sorted(sides, key=lambda each: each.citizen):
        before = one.has
        one.has = reckoning.recounted(one.lines, [*one.deeds, *one.done], terms.campaign)
        await totals.put(db, terms.campaign_id, [(one.citizen, one.has)])
        changed += reckoning.moved_on(before, one.has)
    return changed


def mirror(line: Booked, number: int, *, once: str, cause: str, terms: Terms) -> Booked:
    """Return what takes a line back."""
    return replace(
        line,
        line=number,
        kind=REVERSAL,
        points=-line.points,
        slot=None,
        rate=None,
        cap=None,
        once=once,
        cause=cause,
        acted_at=terms.now,
        recorded_at=terms.recorded_at,
        reverses=line.line,
    )


def tallied(line: Booked, deed: Done | None, sign: int) -> Iterator[Tally]:
    """Say what a scored line adds to the numbers (1), or takes from them (-1)."""
    if line.activity is None:
        return
    count = {"n": sign, "paid": sign, "points": sign * line.points}
    yield Tally(tallies.DEEDS, line.day, line.town or "", line.activity, **count)
    if deed is not None and deed.subject:
        yield Tally(tallies.subject(line.activity), NO_DAY, NO_TOWN, deed.subject, **count)


def uncounted(line: Booked, deed: Done, n: int) -> Iterator[Tally]:
    """Say what a deed without points adds to the numbers, or takes from them."""
    yield Tally(tallies.DEEDS, line.day, line.town or "", deed.activity, n=n)
    if deed.subject:
        yield Tally(tallies.subject(deed.activity), NO_DAY, NO_TOWN, deed.subject, n=n)


def _lost(step: Step, known: dict[str, Done]) -> Iterator[Tally]:
    """Say what the numbers lose by a void line; its deed may stay, without points."""
    if step.fate is not Fate.VOID:
        return
    deed = known[step.of.once]
    yield from tallied(step.of, deed, -1)
    if step.kept:
        yield from uncounted(step.of, deed, 1)


def _taken(goes: Side, steps: Sequence[Step], terms: Terms, *, number: int) -> Iterator[Booked]:
    """Take back what goes, whether the survivor gets it or not."""
    following = goes.book().next
    standing = (step for step in steps if step.fate is not Fate.PAIR)
    for place, step in enumerate(standing, start=following):
        once, cause = f"{step.fate}:{step.of.line}", f"{LINK}{number}:{step.of.line}"
        yield mirror(step.of, place, once=once, cause=cause, terms=terms)


def _unlined(goes: Side, stays: Side, taken: Collection[str]) -> set[int]:
    """Return the deeds that earned nothing and that the survivor has not done, by number."""
    onces, causes = stays.by_once.keys() | taken, {deed.cause for deed in stays.deeds}
    return {
        deed.id
        for deed in goes.deeds
        if deed.outcome != Outcome.PAID and deed.once not in onces and deed.cause not in causes
    }


def _deed_of(step: Step, known: dict[str, Done], survivor: int, *, number: int) -> NewDeed | None:
    """Return the deed that the survivor gets for a line, with its points or, kept, without."""
    if step.of.activity is None or (step.twin is None and not step.kept):
        return None
    deed, twin = known[step.of.once], step.twin
    return NewDeed(
        citizen=survivor,
        activity=deed.activity,
        subject=deed.subject,
        day=deed.day,
        outcome=Outcome.CAPPED if twin is None else Outcome.PAID,
        points=0 if twin is None else twin.points,
        today=deed.today,
        cap=deed.cap,
        once=None if twin is None else twin.once,
        cause=f"{LINK}{number}:{step.of.line}",
        acted_at=deed.acted_at,
        recorded_at=deed.recorded_at,
    )


def _done_again(known: Sequence[Done], onces: Collection[str]) -> Iterator[tuple[int, str]]:
    """Say which deeds that a link had freed are taken again."""
    for deed in known:
        if deed.cause.startswith(UNDONE):
            number = deed.cause.removeprefix(UNDONE)
            if f"{AGAIN}{number}" in onces:
                yield deed.id, f"{REDONE}{number}"


def _told(steps: Sequence[Step], has: Totals) -> Merged:
    void = [step.of.points for step in steps if step.fate is Fate.VOID]
    moved = sum(step.fate is Fate.MOVED for step in steps)
    return Merged(has.balance, has.debt, has.earned, moved, len(void), sum(void))
