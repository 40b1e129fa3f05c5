"""The citizens of a rehearsal: who they are, and what they do on a day, message by message."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from bot import habits
from bot.campaign import Campaign
from bot.habits import Habits, Visit
from bot.messages import Command, Presence, Said, Tap, Text, plain
from bot.rehearsal.acts import Acts, Person
from bot.rehearsal.platforms import TELEGRAM, WEB, WECOM
from bot.rules.calendar import ONE_DAY
from storage.citizens import Account
from storage.livestreams import Livestream

CHANNELS, SHARES = (TELEGRAM, WECOM, WEB), (25, 40, 35)
YOUNG, TWICE, CHEATS, BLOCKS = 0.04, 0.06, 0.02, 0.05
DECLINES = 0.01
JOINED_WITHIN = 1 / 6  # of all days, on average
BLOCK_DAYS = 90  # on average, from joining to blocking the bot
LOOKS = (("me", 0.15), ("rank", 0.06), ("shelf", 0.05), ("log", 0.02), ("livestreams", 0.04))
BROWSES, BOOKS = 0.15, 0.1
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MINUTES_MORE = 4
TOLD_OF_BLOCKS, ON_THE_OTHER, TAPS_TWICE = 0.5, 0.3, 0.1
PEAK_MINUTES = 4.0  # how close to its start people come to a livestream
KNOWN_TWICE = 0.5  # of those on two channels: met as two people before they say that they are one
CODE = re.compile(r"\b[2-9A-Z]{8}\b")
NIGHT, NOON = time(3), time(12)
FLOOD = 30
SAME_AGAIN = 3
FORGED = (
    "items.done:999999999", "items.open:-1", "joining.join:999999999", "verdicts.approve:1",
    "launching.now:1:AAAAAAAA", "approving.yes:1", "grants.staff", "imports.take:1", "nowhere:1",
)  # fmt: skip


@dataclass(slots=True)
class Citizen:
    """One of the crowd; `joins` and `blocks` are days of the rehearsal, counted from 0."""

    person: Person
    town: str
    habits: Habits
    joins: int
    young: bool = False
    declines: bool = False
    cheats: bool = False
    blocks: int | None = None
    other: Person | None = None
    """Their account on a second channel."""

    @property
    def takes_part(self) -> bool:
        """Say whether they come in: nobody under 14 does on a channel abroad."""
        abroad = self.person.account.channel == TELEGRAM
        return not (self.declines or (self.young and abroad))


Script = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that begins at a moment, and goes on from there by itself."""

    at: datetime
    run: Script


@dataclass(slots=True)
class Today:
    """What the day offers: items by kind, livestreams that begin, and those to look forward to."""

    day: date
    items: Mapping[str, Sequence[int]]
    lives: Sequence[Livestream]
    coming: Sequence[Livestream] = field(default_factory=list)


def draw(campaign: Campaign, *, citizens: int, days: int, seed: int) -> list[Citizen]:
    """Draw the crowd: towns by their targets, most joining early."""
    chance = Random(seed)  # noqa: S311 - a story, not a secret
    towns = [town.id for town in campaign.towns]
    targets = [town.target for town in campaign.towns]
    return [
        _citizen(chance, n, chance.choices(towns, targets)[0], days=days) for n in range(citizens)
    ]


def _citizen(chance: Random, n: int, town: str, *, days: int) -> Citizen:
    first, second = chance.choices(CHANNELS, SHARES)[0], chance.choice(CHANNELS)
    joins = min(int(chance.expovariate(1 / max(1.0, days * JOINED_WITHIN))), days - 1)
    person = Person(Account(first, f"r{n}"))
    twice = chance.random() < TWICE and second != first
    blocks = chance.random() < BLOCKS and first != WEB
    return Citizen(
        person,
        town,
        habits.draw(chance),
        joins,
        young=chance.random() < YOUNG,
        declines=chance.random() < DECLINES,
        cheats=chance.random() < CHEATS,
        blocks=joins + 1 + int(chance.expovariate(1 / BLOCK_DAYS)) if blocks else None,
        other=Person(Account(second, f"r{n}b")) if twice else None,
    )


class Crowd:
    """Lives the citizens' days; `first` is day 0."""

    def __init__(self, acts: Acts, citizens: Sequence[Citizen], *, first: date, seed: int) -> None:
        self._acts = acts
        self._citizens = citizens
        self._first = first
        self._seed = seed

    def day(self, today: Today) -> Iterator[Act]:
        """Return what everybody does on a day, each with the moment it begins."""
        number = (today.day - self._first).days
        for n, one in enumerate(self._citizens):
            if number == one.joins or (number > one.joins and one.takes_part):
                chance = Random(f"{self._seed} {n} {number}")  # noqa: S311 - a story, not a secret
                yield from _Day(self._acts, one, today, chance).acts(number, first=self._first)


@dataclass(frozen=True, slots=True)
class _Day:
    """One citizen's day."""

    _acts: Acts
    _one: Citizen
    _today: Today
    _chance: Random

    def acts(self, number: int, *, first: date) -> Iterator[Act]:
        """Return what they do on a day of the rehearsal, counted from the first."""
        one, day, chance = self._one, self._today.day, self._chance
        since = first + one.joins * ONE_DAY
        kinds = [kind for kind, offered in self._today.items.items() if offered]
        visit = habits.outing(chance, one.habits, day, since=since, kinds=kinds)
        if number == one.joins:  # whoever joins comes that day, whatever they are like
            visit = visit or Visit(NOON, ())
            yield Act(self._moment(visit.at), partial(self._join, visit))
        elif visit is not None:
            yield Act(self._moment(visit.at), partial(self._come, visit))
        if number == one.blocks:
            yield Act(self._moment(NIGHT), self._block)
        if one.takes_part and one.habits.faith_on(day, since=since):
            for live in self._today.lives:
                if chance.random() < one.habits.lives:
                    at = live.starts_at + chance.gauss(1, PEAK_MINUTES) * MINUTE
                    yield Act(at, partial(self._attend, live, at))

    def _moment(self, at: time) -> datetime:
        return datetime.combine(self._today.day, at, self._acts.stage.campaign.zone)

    def _happens(self, often: float) -> bool:
        return self._chance.random() < often

    async def _block(self) -> None:
        """Block the bot; not every platform says so."""
        self._acts.stage.platforms.blocked.add(self._one.person.account.sender)
        if self._happens(TOLD_OF_BLOCKS):
            await self._acts.do(self._one.person, Presence(reachable=False), self._moment(NIGHT))

    async def _join(self, visit: Visit) -> None:
        one, at = self._one, self._moment(visit.at)
        await self._first_contact(one.person, at)
        if one.other is not None and one.takes_part:
            if one.young or self._happens(KNOWN_TWICE):
                await self._first_contact(one.other, at)
            if not one.young:
                await self._link(one.person, one.other, at + 40 * SECOND)
        if one.takes_part:
            await self._come(visit)

    async def _link(self, person: Person, other: Person, at: datetime) -> None:
        """Make one person of two accounts, one of them new to the bot perhaps."""
        await self._acts.do(person, Command("link"), at)
        code = CODE.search("" if person.read is None else plain(person.read.text))
        if code is None:
            self._acts.miss("/link")
            return
        await self._acts.do(other, Command("link", code[0]), at + 10 * SECOND)
        await self._acts.press(other, "linking.join", at + 20 * SECOND)

    async def _first_contact(self, person: Person, at: datetime) -> None:
        acts, one = self._acts, self._one
        await acts.do(person, Text(acts.stage.said("hello")), at)
        if one.declines:
            await acts.press(person, "start.decline", at + 10 * SECOND)
            return
        if one.young:
            await acts.press(person, "start.young", at + 10 * SECOND)
            if person.account.channel == TELEGRAM:
                return  # they read where else they can take part
        await acts.press(person, "start.guardian" if one.young else "start.agree", at + 20 * SECOND)
        await acts.press(person, f"start.town:{one.town}", at + 30 * SECOND)

    async def _come(self, visit: Visit) -> None:
        """Check in, read, look around."""
        person, at = self._whoever(), self._moment(visit.at) + MINUTE
        await self._acts.do(person, Tap("checkins"), at)
        for kind in visit.kinds:
            at = await self._read(person, kind, at + 20 * SECOND)
        for look, often in LOOKS:
            if self._happens(often):
                await self._acts.do(person, Tap(look), at)
        coming = self._today.coming
        if coming and self._happens(BOOKS * self._one.habits.lives * len(coming)):
            live = self._chance.choice(coming)
            await self._acts.do(person, Tap(f"livestreams.book:{live.id}"), at)
        if self._one.cheats:
            await self._cheat(person, at)

    def _whoever(self) -> Person:
        """Choose one of the accounts of who has two."""
        other = self._one.other
        return other if other is not None and self._happens(ON_THE_OTHER) else self._one.person

    async def _read(self, person: Person, kind: str, at: datetime) -> datetime:
        """Open an item and finish it after its time; return when that is."""
        acts, item = self._acts, self._chance.choice(self._today.items[kind])
        if self._happens(BROWSES):
            await acts.do(person, Tap(f"sections.{kind}"), at)
        await acts.do(person, Tap(f"items.open:{item}"), at)
        least = acts.stage.campaign.activity(kind).minutes_min
        done = at + (least + self._chance.randrange(MINUTES_MORE)) * MINUTE + SECOND
        await acts.do(person, Tap(f"items.done:{item}"), done)
        return done

    async def _attend(self, live: Livestream, at: datetime) -> None:
        """Come to a class about its start; some tap twice."""
        person = self._one.person
        await self._acts.do(person, Tap(f"livestreams.open:{live.id}"), at)
        for _ in range(1 + self._happens(TAPS_TWICE)):
            await self._acts.do(person, Tap(f"joining.join:{live.id}"), at + 5 * SECOND)

    async def _cheat(self, person: Person, at: datetime) -> None:
        """Try one of the ways to points that are not due, or to rights that are not theirs."""
        acts, kind = self._acts, self._chance.choice(sorted(self._today.items))
        item = self._chance.choice(self._today.items[kind] or [1])
        opens, ends = Tap(f"items.open:{item}"), Tap(f"items.done:{item}")
        tricks: tuple[tuple[Said, ...], ...] = (
            (opens, ends),  # finished at once
            (ends,),  # never opened
            (Tap("checkins"),) * 2,
            tuple(map(Tap, FORGED)),
            (Tap("checkins"),) * FLOOD,
            (Command("role", "23456789"),),
        )
        for said in self._chance.choice(tricks):
            await acts.do(person, said, at)
        same = person.update(at)
        for _ in range(SAME_AGAIN):
            await acts.do(person, opens, at, again=same)
