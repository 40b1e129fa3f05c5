"""The public board's figures: how the campaign stands, for everybody to see, and nobody's data.

What moves slowly is read apart from what moves with every check-in, so that the latter can be read
every few seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.campaign import Campaign
from bot.messages import Named
from bot.operations import figures
from bot.operations.figures import Book, ByDay
from bot.rules import cards, streaks
from bot.rules.calendar import ONE_DAY
from bot.rules.points import VISIT
from storage import items, livestreams, outages, standings, tallies, units
from storage.livestreams import CANCELLED, Livestream
from storage.tallies import Span
from storage.units import TOWN

LIVES, READ, STREAKS = 3, 5, 5
READ_OFTEN_MIN = 3
"""What fewer finished is no favourite yet, and might tell of somebody."""
STREAK_DAYS_MIN = 2
FAITHFUL_MAX = 500
"""Of so many, those with the most check-in days, streaks are counted. Who came on fewer days than
all of them has hardly a longer one."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town on its own way: participants against its target."""

    code: str
    name: Named
    participants: int
    target: int

    @property
    def percent(self) -> int:
        """Return the share of the target."""
        return self.participants * 100 // self.target if self.target else 0


@dataclass(frozen=True, slots=True)
class Class:
    """A livestream that runs now or comes next. No lecturer: a person's name is their own."""

    topic: str
    unit: Named | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """Something that is finished often."""

    title: str
    author: str
    activity: str
    times: int


@dataclass(frozen=True, slots=True)
class Streak:
    """So many check-in days in a row, by somebody who is told by an alias alone."""

    alias: str
    days: int


@dataclass(frozen=True, slots=True)
class Slow:
    """What may be a few minutes old: the days that are over, what is read, who is faithful."""

    day: date
    history: ByDay
    towns: tuple[units.Unit, ...]
    read: tuple[Work, ...]
    streaks: tuple[Streak, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """What the board shows. `days` are points by campaign day and activity, without gaps."""

    at: datetime
    day: date
    registered: int
    participants: int
    target: int
    visits_today: int
    points_today: int
    days: tuple[tuple[date, Mapping[str, int]], ...]
    towns: tuple[Town, ...]
    lives: tuple[Class, ...]
    read: tuple[Work, ...]
    streaks: tuple[Streak, ...]

    @property
    def percent(self) -> int:
        """Return the share of the target."""
        return self.participants * 100 // self.target if self.target else 0


async def slow(book: Book, *, today: date, secret: bytes) -> Slow:
    """Read what moves slowly, as of a campaign day; `secret` makes the aliases."""
    run = figures.course(book.campaign)
    listed = await units.listed(book.db, book.id, kind=TOWN)
    order = {town.id: n for n, town in enumerate(book.campaign.towns)}
    return Slow(
        today,
        await figures.deeds(book, None, span=Span(run.start, min(today, run.until))),
        tuple(sorted(listed, key=lambda town: order.get(town.code, len(order)))),
        await _read(book),
        await _streaks(book, today, secret),
    )


async def read(book: Book, found: Slow, *, now: datetime) -> Board:
    """Read what moves, and put it beside what moves slowly."""
    today, db = found.day, book.db
    new = await tallies.by_town(db, book.id, tallies.NEW)
    todays = await figures.deeds(book, None, span=Span(today, today + ONE_DAY))
    counts = todays.get(today, {})
    visits = counts.get(VISIT)
    return Board(
        at=now,
        day=today,
        registered=await tallies.registered(db, book.id),
        participants=sum(count.n for count in new.values()),
        target=sum(town.target for town in found.towns),
        visits_today=visits.n if visits else 0,
        points_today=sum(count.points for count in counts.values()),
        days=_days(book.campaign, {**found.history, **todays}, today),
        towns=tuple(
            Town(town.code, town.named, new[town.code].n if town.code in new else 0, town.target)
            for town in found.towns
        ),
        lives=await _lives(book, now),
        read=found.read,
        streaks=found.streaks,
    )


def _days(
    campaign: Campaign, days: ByDay, today: date
) -> tuple[tuple[date, Mapping[str, int]], ...]:
    """Return the points of each scoring day up to today, by activity, days without any too."""
    run = figures.course(campaign)
    until = min(today + ONE_DAY, run.until)
    span = [run.start + n * ONE_DAY for n in range(max(0, (until - run.start).days))]
    return tuple(
        (day, {key: count.points for key, count in days.get(day, {}).items()}) for day in span
    )


async def _lives(book: Book, now: datetime) -> tuple[Class, ...]:
    coming = await livestreams.coming(book.db, book.id, now, limit=2 * LIVES)
    on = [live for live in coming if live.state != CANCELLED][:LIVES]
    return tuple([await _class(book, live) for live in on])


async def _class(book: Book, live: Livestream) -> Class:
    unit = await units.of(book.db, book.id, live.unit) if live.unit else None
    return Class(live.topic, unit.named if unit else None, live.starts_at, live.ends_at)


async def _read(book: Book) -> tuple[Work, ...]:
    kinds = book.campaign.item_kinds
    found = await tallies.top(book.db, book.id, kinds, most=2 * READ)
    often = [one for one in found if one.subject.isdecimal() and one.n >= READ_OFTEN_MIN]
    works = await items.several(book.db, [int(one.subject) for one in often])
    known = [(works[int(one.subject)], one) for one in often if int(one.subject) in works]
    return tuple(Work(item.title, item.author, one.activity, one.n) for item, one in known[:READ])


async def _streaks(book: Book, today: date, secret: bytes) -> tuple[Streak, ...]:
    away = await outages.days(book.db, book.id)
    start = book.campaign.start
    rows = await standings.faithful(book.db, book.id, most=FAITHFUL_MAX)
    found = [
        Streak(cards.alias(secret, citizen), streaks.length(visits, start, today, outages=away))
        for citizen, visits in rows
    ]
    long = [one for one in found if one.days >= STREAK_DAYS_MIN]
    return tuple(sorted(long, key=lambda one: (-one.days, one.alias))[:STREAKS])
