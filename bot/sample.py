"""Sample citizens: invented people whose history goes through the real till, by a fixed seed.

They make the demo alive, and tests write months of a town with them. The same seed writes the same
history.
"""

import asyncio
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot import habits
from bot.booking import Also, Award, Deed
from bot.campaign import Campaign
from bot.habits import Habits
from bot.operations import redeeming
from bot.rules import cards, vouchers
from bot.rules.calendar import ONE_DAY
from bot.rules.points import VISIT, item_once
from bot.rules.rights import Duty, Role
from bot.spending import Purchase
from bot.till import Till
from storage import (
    citizens,
    deployment,
    items,
    papercards,
    profiles,
    rewards,
    roles,
    seats,
    shelves,
    tallies,
)
from storage.citizens import ADULT, YOUNG, Account
from storage.db import Database, Db
from storage.papercards import NewSheet, Sheet
from storage.profiles import Profile
from storage.rewards import Reward
from storage.tallies import Tally

DEMO_PEOPLE = ("ming", "hua")
DEMO_IN_CHARGE = ("organiser", "staff")
"""Whom a visitor can be beside citizens: in charge, and asked for consent when they take part."""
DEMO_CROWD = 60
DEMO_SEED = 2034  # a story with readers in every town
DEMO_FAITH = 0.9
DEMO_CARDS = 5
PEOPLE_AT_ONCE = 500
CONSENT_WORDS = "sample"


@dataclass(frozen=True, slots=True)
class Invented:
    """One sample citizen: the account, what they are like, a name for boards if any."""

    account: Account
    town: str
    habits: Habits
    name: str | None = None


def invent(campaign: Campaign, *, people: int, seed: int) -> list[Invented]:
    """Invent people; towns are drawn by their targets."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    towns = [town.id for town in campaign.towns]
    targets = [town.target for town in campaign.towns]
    return [
        Invented(
            Account("web", f"sample-{seed}-{n}"),
            chance.choices(towns, targets)[0],
            habits.draw(chance),
        )
        for n in range(people)
    ]


class Story:
    """Writes the days of invented people, one after the other, through a running till."""

    def __init__(
        self, database: Database, till: Till, campaign: Campaign, *, campaign_id: int, seed: int
    ) -> None:
        self._database = database
        self._till = till
        self._campaign = campaign
        self._campaign_id = campaign_id
        self._chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._offered: Mapping[str, Sequence[int]] = {}

    async def settle(self, people: Sequence[Invented], *, at: datetime) -> None:
        """Take everybody in, with consent, town and, if they have one, a name on boards."""
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            async with self._database.transaction() as db:
                chunk = people[start : start + PEOPLE_AT_ONCE]
                for person in chunk:
                    await _take_in(db, person, at=at)
                day = self._campaign.day(at)
                joined = [Tally(tallies.JOINED, day, person.town) for person in chunk]
                await tallies.add(db, self._campaign_id, joined, worker=self._till.worker)

    async def live(self, people: Sequence[Invented], *, first: date, until: date) -> int:
        """Live the days from `first` to the day before `until`; return the number of deeds."""
        kinds = [activity for activity in self._campaign.activities if activity.done]
        async with self._database.reading() as db:
            self._offered = {kind.id: await items.ids(db, kind.id) for kind in kinds}
        deeds = 0
        day = first
        while day < until:
            today = [deed for person in people for deed in self._day(person, day)]
            await asyncio.gather(*map(self._till.award, today))
            deeds += len(today)
            day += ONE_DAY
        await self._database.analyze()
        return deeds

    def _day(self, person: Invented, day: date) -> list[Deed]:
        """Return what somebody does on a day: nothing, or a visit and some items."""
        kinds = [kind for kind, offered in self._offered.items() if offered]
        since = self._campaign.start
        visit = habits.outing(self._chance, person.habits, day, since=since, kinds=kinds)
        if visit is None:
            return []
        at = datetime.combine(day, visit.at, self._campaign.zone)
        deeds = [self._deed(person, VISIT, once=f"checkin:{day}", at=at)]
        for n, kind in enumerate(visit.kinds, start=1):
            item = self._chance.choice(self._offered[kind])
            moment = at + n * timedelta(minutes=5)
            repeat = self._campaign.activity(kind).repeat
            once = item_once(repeat, item, self._campaign.day(moment))
            deeds.append(self._deed(person, kind, once=once, at=moment, item=item))
        return deeds

    def _deed(
        self, person: Invented, activity: str, *, once: str, at: datetime, item: int | None = None
    ) -> Deed:
        return Deed(
            person.account,
            activity,
            once,
            day=self._campaign.day(at),
            acted_at=at,
            cause=f"{once}@{at.timestamp():.0f}"[-40:],
            subject="" if item is None else str(item),
            also=None if item is None or person.name is None else self._shelve(item, at),
        )

    def _shelve(self, item: int, at: datetime) -> Also:
        """Return what puts a finished item on the shelf of those the demo lets you be."""

        async def shelve(db: Db, award: Award) -> None:
            whose = (award.citizen, self._campaign_id)
            await shelves.open_item(db, *whose, item=item, at=at)
            await shelves.close(db, *whose, item=item, at=at, by="sample")

        return shelve


async def claim(database: Database) -> bool:
    """Say whether this process is the one to furnish the demo, once and for all."""
    mine = secrets.token_hex(8)
    async with database.transaction() as db:
        return await deployment.first(db, deployment.FURNISHED, mine) == mine


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo plays; `secret` keys the codes of vouchers."""

    database: Database
    till: Till
    campaign: Campaign
    campaign_id: int
    secret: bytes


async def enliven(
    demo: Demo, *, today: date, names: Sequence[str], family: tuple[str, str]
) -> None:
    """Give a fresh demo its citizens, with a history up to yesterday.

    The first names are those of `DEMO_PEOPLE`, whom a visitor can be; the others stand on boards.
    The first of them holds a grown reader and a child, called as `family` says, and has a voucher.
    The organiser has a sheet of paper cards, one of them in use.
    """
    database, till, campaign, campaign_id = (
        demo.database,
        demo.till,
        demo.campaign,
        demo.campaign_id,
    )
    crowd = invent(campaign, people=DEMO_CROWD, seed=DEMO_SEED)
    for n, name in enumerate(names):
        account = Account("web", DEMO_PEOPLE[n]) if n < len(DEMO_PEOPLE) else crowd[n].account
        habit = Habits(DEMO_FAITH, eager=0.5) if n < len(DEMO_PEOPLE) else crowd[n].habits
        crowd[n] = replace(crowd[n], account=account, name=name, habits=habit)
    start = datetime.combine(campaign.start, time(), campaign.zone)
    story = Story(database, till, campaign, campaign_id=campaign_id, seed=DEMO_SEED)
    await story.settle(crowd, at=start)
    organiser, unit = await _appoint(database, campaign, campaign_id, at=start)
    towns = [crowd[0].town for _ in family] + [unit]
    joined = [Tally(tallies.JOINED, campaign.day(start), town) for town in towns]
    async with database.transaction() as db:
        await _seat(db, crowd[0], names=family, at=start)
        await _print_cards(db, NewSheet(campaign_id, unit, 1, DEMO_CARDS, organiser, start))
        await tallies.add(db, campaign_id, joined, worker=till.worker)
    await story.live(crowd, first=campaign.start, until=min(today, campaign.until))
    async with database.reading() as db:
        offered = await rewards.on_offer(db, campaign_id, today)
    if offered:
        cheapest = min(offered, key=lambda each: each.offer.price)
        await till.spend(_wish(crowd[0].account, cheapest, campaign, day=today, secret=demo.secret))


async def _appoint(
    database: Database, campaign: Campaign, campaign_id: int, *, at: datetime
) -> tuple[int, str]:
    """Put an organiser of the biggest town and a member of staff in charge; return the former."""
    biggest = max(campaign.towns, key=lambda town: town.target)
    duties = (Duty(Role.UNIT, biggest.id), Duty(Role.STAFF))
    async with database.transaction() as db:
        made = [await citizens.add(db, Account("web", name), at=at) for name in DEMO_IN_CHARGE]
        for person, duty in zip(made, duties, strict=True):
            await roles.add(db, campaign_id, person.citizen, duty=duty, at=at)
    return made[0].citizen, biggest.id


async def _print_cards(db: Db, new: NewSheet) -> None:
    """Make a sheet of paper cards; the first one is a grown reader's who has no phone."""
    begun = await papercards.begin(db, new)
    if begun is None:
        return
    sheet = Sheet(begun, new.unit, new.n, new.count, new.made_at)
    numbers = [cards.from_chance(secrets.randbits(64)) for _ in range(new.count)]
    await papercards.add(db, sheet, new.campaign, numbers=numbers)
    card = await papercards.numbered(db, numbers[0])
    holder = await citizens.add_holder(db, numbers[0], at=new.made_at, band=ADULT)
    if card is None or holder is None:
        return
    await papercards.use(db, card.id, citizen=holder, by=new.made_by, at=new.made_at)
    await citizens.consent(db, holder, words=CONSENT_WORDS, by_guardian=False, at=new.made_at)
    await citizens.register(db, holder, town=new.unit)


async def _seat(db: Db, holder: Invented, *, names: tuple[str, str], at: datetime) -> None:
    """Let somebody hold a grown reader and a child, who read in the same town."""
    known = await citizens.find(db, holder.account)
    if known is None:
        return
    for name, band in zip(names, (ADULT, YOUNG), strict=True):
        reader = await citizens.add_reader(db, at=at, band=band)
        by_guardian = band == YOUNG
        await citizens.consent(db, reader, words=CONSENT_WORDS, by_guardian=by_guardian, at=at)
        await citizens.register(db, reader, town=holder.town)
        await profiles.put(db, reader, Profile(name))
        await seats.take(db, known.citizen, reader, account=holder.account, at=at)


def _wish(
    who: Account, reward: Reward, campaign: Campaign, *, day: date, secret: bytes
) -> Purchase:
    """Describe that somebody buys a reward, once."""
    once, seed = f"redeem:sample:{reward.id}", secrets.token_hex(8)
    code = redeeming.hashed(secret, vouchers.code(secret, seed))
    return Purchase(
        *(who, reward.id, reward.offer.price, reward.version, once, once, day),
        acted_at=datetime.combine(day, time(), campaign.zone),
        seed=seed,
        code=code,
        last=campaign.last_day,
    )


async def _take_in(db: Db, person: Invented, *, at: datetime) -> None:
    made = await citizens.add(db, person.account, at=at)
    await citizens.consent(db, made.citizen, words=CONSENT_WORDS, by_guardian=False, at=at)
    await citizens.register(db, made.citizen, town=person.town)
    if person.name is not None:
        await profiles.put(db, made.citizen, Profile(person.name, listed=True))
