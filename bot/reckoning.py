"""What an act does to somebody's totals, and to the numbers that staff ask for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Protocol

from bot.campaign import Campaign
from bot.correcting import Seen
from bot.rules import points, streaks
from bot.rules.calendar import came_back
from bot.rules.corrections import Purse
from bot.rules.linking import REVERSAL, Booked
from bot.rules.points import SESSION, VISIT, Outcome, Rate
from storage import ledger, tallies
from storage.deeds import NO_DEEDS, NewDeed
from storage.erasure import SPENT
from storage.tallies import NO_DAY, NO_TOWN, Tally
from storage.totals import Totals
from storage.twins import Done


class Act(Protocol):
    """A deed of some activity on some campaign day."""

    @property
    def activity(self) -> str:
        """The activity's id."""

    @property
    def day(self) -> date:
        """The campaign day."""


def counted(has: Totals, campaign: Campaign, deed: Act, *, again: bool) -> Totals:
    """Count a deed by what it is: a check-in day, an item finished, a livestream joined.

    A livestream counts once, also when the cap refused it before midnight and it pays after.
    """
    activity = campaign.activity(deed.activity)
    if deed.activity == VISIT:
        visits = streaks.with_visit(has.visits, campaign.start, deed.day)
        return replace(has, visits=visits, visit_days=streaks.count(visits))
    if activity.done is not None:
        return replace(has, finished=has.finished + 1)
    if activity.repeat == SESSION:
        return replace(has, lives=has.lives + (not again))
    return has


def paid(has: Totals, deed: NewDeed, *, town: str | None) -> Totals:
    """Pay for a deed: a line, its points, and what a first line and a return bring."""
    balance, debt = points.settle(has.balance, has.debt, deed.points)
    return replace(
        has,
        lines=has.lines + 1,
        earned=has.earned + deed.points,
        balance=balance,
        debt=debt,
        town=has.town or town,
        haste=-int(deed.recorded_at.timestamp() * 1_000_000),
        first_day=has.first_day or deed.day,
        back_day=has.back_day or (deed.day if came_back(has.first_day, deed.day) else None),
    )


def moved(has: Totals, purse: Purse) -> Totals:
    """Return somebody's totals after one more line, which moved what can be spent."""
    return replace(has, lines=has.lines + 1, balance=purse.balance, debt=purse.debt)


def taken_back(has: Totals, seen: Seen, campaign: Campaign) -> Totals:
    """Return somebody's totals without what a scored line had moved, except what can be spent."""
    line, standing = seen.target, seen.standing
    if line is None or standing is None:  # an adjustment moved nothing else
        return has
    raised_at = standing.raised_at
    has = replace(
        has,
        earned=has.earned - line.points,
        town=standing.town,
        haste=0 if raised_at is None else -int(raised_at.timestamp() * 1_000_000),
        first_day=standing.first_day,
        back_day=standing.back_day,
    )
    found = [activity for activity in campaign.activities if activity.id == line.activity]
    if line.activity == VISIT:
        visits = has.visits
        if not seen.stays:
            visits = streaks.without_visit(visits, campaign.start, line.day)
        return replace(has, visits=visits, visit_days=streaks.count(visits))
    if found and found[0].done is not None:
        return replace(has, finished=has.finished - 1)
    if found and found[0].repeat == SESSION:
        return replace(has, lives=has.lives - (not seen.stays))
    return has


def line(
    deed: NewDeed, after: Totals, *, rate: Rate, slot: int | None, town: str | None
) -> ledger.NewLine:
    """Return the line that pays for a deed; without a slot it is a makeup."""
    return ledger.NewLine(
        citizen=deed.citizen,
        line=after.lines,
        kind=ledger.MAKEUP if slot is None else ledger.DEED,
        points=deed.points,
        net=after.balance - after.debt,
        day=deed.day,
        activity=deed.activity,
        slot=slot,
        rate=rate.points,
        cap=rate.cap,
        once=deed.once or "",
        cause=deed.cause,
        town=town,
        acted_at=deed.acted_at,
        recorded_at=deed.recorded_at,
    )


def recounted(
    lines: Sequence[Booked], deeds: Sequence[Done | NewDeed], campaign: Campaign
) -> Totals:
    """Add up what somebody has from all lines and deeds, in their order."""
    taken = {line.reverses for line in lines}
    standing = [line for line in lines if line.scored and line.line not in taken]
    net = sum(line.points for line in lines)
    days, finished, lives = _counted(lines, deeds, campaign)
    visits = reduce(lambda bits, day: streaks.with_visit(bits, campaign.start, day), days, 0)
    first = standing[0] if standing else None
    back = (line.day for line in standing if first and came_back(first.day, line.day))
    return Totals(
        lines=len(lines),
        earned=sum(line.points for line in standing),
        balance=max(net, 0),
        debt=max(-net, 0),
        visits=visits,
        town=first.town if first else None,
        haste=-max((int(line.recorded_at.timestamp() * 1_000_000) for line in standing), default=0),
        visit_days=streaks.count(visits),
        finished=finished,
        lives=lives,
        first_day=first.day if first else None,
        back_day=next(back, None),
    )


def _counted(
    lines: Sequence[Booked], deeds: Sequence[Done | NewDeed], campaign: Campaign
) -> tuple[list[date], int, int]:
    """Return the check-in days, the items finished and the livestreams joined that stand."""
    sessions = {each.id for each in campaign.activities if each.repeat == SESSION}
    counts = [(deed.activity, deed.day, 1) for deed in deeds if deed.outcome != Outcome.TOMORROW]
    counts += [
        (line.activity, line.day, -1) for line in lines if line.kind == REVERSAL and line.activity
    ]
    days: Counter[date] = Counter()
    finished = 0
    for activity, day, n in counts:
        if activity == VISIT:
            days[day] += n
        elif activity not in sessions and activity != SPENT:
            finished += n
    undone = {line.reverses for line in lines}
    gone = {line.once for line in lines if line.line in undone}
    lives = {
        deed.subject
        for deed in deeds
        if deed.activity in sessions
        and deed.subject
        and deed.outcome not in NO_DEEDS
        and deed.once not in gone
    }
    return [day for day, n in days.items() if n > 0], finished, len(lives)


def tallied(deed: NewDeed, before: Totals, after: Totals, *, town: str) -> Iterator[Tally]:
    """Say what a deed adds to the numbers: itself, its subject, a participant, a return."""
    scored, points = int(deed.outcome == Outcome.PAID), deed.points
    yield Tally(tallies.DEEDS, deed.day, town, deed.activity, paid=scored, points=points)
    if deed.subject:
        kind = tallies.subject(deed.activity)
        yield Tally(kind, NO_DAY, NO_TOWN, deed.subject, paid=scored, points=points)
    if after.first_day is None or after.town is None:
        return
    if before.first_day is None:
        yield Tally(tallies.NEW, after.first_day, after.town)
    if before.back_day is None and after.back_day is not None:
        yield Tally(tallies.BACK, after.first_day, after.town)


def tallied_back(seen: Seen, before: Totals, after: Totals) -> Iterator[Tally]:
    """Say what the reversal of a line takes from the numbers; an adjustment is in none."""
    line = seen.target
    if line is None or line.activity is None:
        return
    less = {"n": -1, "paid": -1, "points": -line.points}
    yield Tally(tallies.DEEDS, line.day, line.town or "", line.activity, **less)
    if seen.subject:
        yield Tally(tallies.subject(line.activity), NO_DAY, NO_TOWN, seen.subject, **less)
    yield from moved_on(before, after)


def moved_on(before: Totals, after: Totals) -> Iterator[Tally]:
    """Say what changed of where somebody is counted."""
    changed = Counter(_belongs(after))
    changed.subtract(_belongs(before))
    for (kind, day, town), n in changed.items():
        if n:
            yield Tally(kind, day, town, n=n)


def _belongs(has: Totals) -> Iterator[tuple[str, date, str]]:
    """Say where somebody is counted: as a participant, and as one who came back."""
    if has.first_day is not None and has.town is not None:
        yield tallies.NEW, has.first_day, has.town
        if has.back_day is not None:
            yield tallies.BACK, has.first_day, has.town
