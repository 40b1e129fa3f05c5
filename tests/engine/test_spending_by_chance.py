"""Whatever is earned, spent, given back and corrected by chance: the books are those of a model."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot import campaign as campaigns
from bot import sample
from bot.booking import Deed
from bot.correcting import Adjustment, Reversal
from bot.operations import founding
from bot.rules.rewards import State
from storage import rewards, totals, vouchers
from storage.citizens import find
from storage.db import Database
from tests import shop
from tests.chat import Chat
from tests.conftest import START, _empty
from tests.engine.test_correcting import audit
from tests.fakes import FixedClock

PEOPLE = 3
PRICES, STOCKS, LIMITS = (5, 12), (2, 3), (9, 1)
GIVEN = 30
LATER = timedelta(days=60)
who = st.integers(0, PEOPLE - 1)
which = st.integers(0, 1)
some = st.integers(0, 7)


@dataclass
class Purse:
    """What somebody has in the model: the net of balance and debt, and what was earned."""

    net: int = 0
    earned: int = 0
    lines: int = 0

    def moves(self, points):
        """Book a line."""
        self.net += points
        self.lines += 1

    def may(self, points, agreed):
        """Say whether a line leaves no more debt than there is or was agreed to."""
        return max(0, -(self.net + points)) <= max(0, -self.net, agreed)


class Books(RuleBasedStateMachine):
    """The till beside the model; `open_database` gives an empty database."""

    open_database = None

    @initialize()
    def begin(self):
        """Bring three people and two rewards in."""
        self.runner = asyncio.Runner()
        self.numbers = count(1)
        self.purses = [Purse() for _ in range(PEOPLE)]
        self.stock = list(STOCKS)
        for purse in self.purses:
            purse.moves(GIVEN)
        self.held = []  # [number, owner, reward, state]
        self.deeds = []  # [owner, line, reversed]
        self.runner.run(self.open())

    async def open(self):
        """Open everything, with a till that runs whenever something is awaited."""
        self.database = await self.open_database()
        campaign, clock = campaigns.load("qingpu_2022"), FixedClock(START)
        async with self.database.transaction() as db:
            campaign_id = await founding.found(db, campaign)
            await founding.begin(db, campaign_id, at=START)
        self.chat = Chat(self.database, clock, campaign=campaign, campaign_id=campaign_id)
        self.till = asyncio.get_running_loop().create_task(self.chat.till.run())
        crowd = sample.invent(campaign, people=PEOPLE, seed=1)
        story = sample.Story(
            self.database, self.chat.till, campaign, campaign_id=campaign_id, seed=1
        )
        await story.settle(crowd, at=START)
        self.accounts = [each.account for each in crowd]
        async with self.database.reading() as db:
            self.ids = [(await find(db, each)).citizen for each in self.accounts]
        self.rewards = [
            await shop.offer(self.chat, title=f"r{n}", price=price, stock=stock, each_max=limit)
            for n, (price, stock, limit) in enumerate(zip(PRICES, STOCKS, LIMITS, strict=True))
        ]

        for one in self.ids:
            day = campaign.day(START)
            await self.chat.till.correct(Adjustment(one, GIVEN, "c:0", "t:0", day, START))

    def do(self, act):
        """Let the till do something, read what is there now, and return its answer."""

        async def doing():
            told = await act
            async with self.database.reading() as db:
                has = [await totals.of(db, self.chat.campaign_id, one) for one in self.ids]
                left = [(await rewards.of(db, each)).stock for each in self.rewards]
            return told, has, left

        told, self.has, self.left = self.runner.run(doing())
        return told

    def check(self):
        """Compare."""
        assert [(h.balance - h.debt, h.earned, h.lines) for h in self.has] == [
            (p.net, p.earned, p.lines) for p in self.purses
        ]
        assert all(h.balance >= 0 and h.debt >= 0 and not (h.balance and h.debt) for h in self.has)
        assert self.left == self.stock

    @rule(person=who)
    def earn(self, person):
        """Check in on another day."""
        n, purse = next(self.numbers), self.purses[person]
        at = START + timedelta(days=n)
        day, cause = self.chat.campaign.day(at), f"t:{n}"
        deed = Deed(self.accounts[person], "checkin", f"checkin:{day}", day, at, cause)
        award = self.do(self.chat.till.award(deed))
        purse.moves(award.points)
        purse.earned += award.points
        if award.points:
            self.deeds.append([person, purse.lines, False])
        else:
            purse.lines -= 1
        self.check()

    @rule(person=who, reward=which)
    def redeem(self, person, reward):
        """Buy if there is stock, room and balance."""
        purse, price = self.purses[person], PRICES[reward]
        kept = sum(v[1:3] == [person, reward] and v[3] in "ou" for v in self.held)
        may = self.stock[reward] > 0 and kept < LIMITS[reward] and purse.net >= price
        once = f"redeem:{next(self.numbers)}"
        act = shop.purchase(
            self.chat, self.accounts[person], self.rewards[reward], price=price, once=once
        )
        told = self.do(self.chat.till.spend(act))
        assert (told.line is not None) == may
        if may:
            purse.moves(-price)
            self.stock[reward] -= 1
            self.held.append([self.do(self.voucher(person, told.line)), person, reward, "o"])
        self.check()

    async def voucher(self, person, line):
        """Return the number of the voucher that a line paid for."""
        async with self.database.reading() as db:
            found = await vouchers.paid_by(db, self.chat.campaign_id, self.ids[person], line=line)
        return found.id

    @rule(n=some, person=who, expired=st.booleans())
    def give_back(self, n, person, expired):
        """Cancel a voucher, or let it end; only its holder's goes back, and once."""
        if not self.held:
            return
        voucher = self.held[n % len(self.held)]
        mine = voucher[1] == person
        act = shop.returned(
            self.chat,
            self.accounts[person],
            voucher[0],
            State.EXPIRED if expired else State.CANCELLED,
            day=self.chat.campaign.day(START + LATER),
        )
        told = self.do(self.chat.till.spend(act))
        booked = told.verdict.value == "booked"
        assert booked == (mine and voucher[3] == "o")
        if booked:
            voucher[3] = "b"
            self.stock[voucher[2]] += 1
            self.purses[person].moves(PRICES[voucher[2]])
        self.check()

    @rule(n=some)
    def hand_out(self, n):
        """Hand a voucher in at a desk."""
        if not self.held:
            return
        voucher = self.held[n % len(self.held)]
        assert self.do(self.desk(voucher[0])) == (voucher[3] == "o")
        voucher[3] = "u" if voucher[3] == "o" else voucher[3]
        self.check()

    async def desk(self, number):
        """Hand out."""
        async with self.database.transaction() as db:
            return await vouchers.hand_out(db, number, place="A", by=1, at=START)

    @rule(n=some, agreed=st.sampled_from([0, 99]))
    def reverse(self, n, agreed):
        """Take a deed back; what was spent of it is owed, if somebody agreed."""
        if not self.deeds:
            return
        deed = self.deeds[n % len(self.deeds)]
        purse = self.purses[deed[0]]
        act = Reversal(self.ids[deed[0]], deed[1], f"t:{next(self.numbers)}", START, debt=agreed)
        told = self.do(self.chat.till.correct(act))
        booked = told.verdict.value == "booked"
        assert booked == (not deed[2] and purse.may(-5, agreed))
        if booked:
            deed[2] = True
            purse.moves(-5)
            purse.earned -= 5
        self.check()

    @rule(person=who, points=st.sampled_from([-20, -3, 4, 20]), agreed=st.sampled_from([0, 99]))
    def adjust(self, person, points, agreed):
        """Let staff give or take."""
        n, purse = next(self.numbers), self.purses[person]
        day = self.chat.campaign.day(START)
        act = Adjustment(self.ids[person], points, f"c:{n}", f"t:{n}", day, START, debt=agreed)
        told = self.do(self.chat.till.correct(act))
        booked = told.verdict.value == "booked"
        assert booked == purse.may(points, agreed)
        if booked:
            purse.moves(points)
        self.check()

    def teardown(self):
        """Audit everything, and close."""
        if not hasattr(self, "runner"):
            return
        try:
            assert self.runner.run(audit(self.chat)) == {}
        finally:
            self.runner.run(self.close())
            self.runner.close()

    async def close(self):
        """Close the till and the database."""
        self.chat.till.close()
        await self.till
        await self.database.aclose()


def test_the_books_are_those_of_the_model(sqlite_template, tmp_path):
    """On SQLite, a few seconds of chance."""
    names = count(1)

    async def open_database(_self):
        path = shutil.copy(sqlite_template, tmp_path / f"{next(names)}.db")
        return Database(f"sqlite+aiosqlite:///{path}")

    machine = type("OnSqlite", (Books,), {"open_database": open_database})
    run_state_machine_as_test(machine, settings=settings(max_examples=10, stateful_step_count=22))


def test_the_books_are_those_of_the_model_on_postgresql(postgres_url):
    """The same, shorter."""

    async def open_database(_self):
        database = Database(postgres_url)
        await _empty(database)
        return database

    machine = type("OnPostgres", (Books,), {"open_database": open_database})
    run_state_machine_as_test(machine, settings=settings(max_examples=4, stateful_step_count=20))
