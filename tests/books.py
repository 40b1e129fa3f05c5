"""The till beside a model of what everybody has, for chance to play with."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import text

from bot import campaign as campaigns
from bot import merging, sample
from bot.booking import Deed
from bot.correcting import Adjustment, Reversal
from bot.feature import Turn
from bot.operations import founding, household, unlinking
from bot.rules.linking import Book
from bot.rules.rewards import State
from storage import links, seats, twins, vouchers
from storage.citizens import find
from storage.db import Database, Db
from storage.seats import READERS_MAX
from storage.totals import Totals
from tests import compiled, shop
from tests.chat import Chat
from tests.conftest import START
from tests.fakes import FixedClock
from tests.model import Entry, Held, Linked, Model

PEOPLE = 4
DAYS = 6
PRICES, STOCKS, LIMITS = (5, 12), (3, 4), (9, 1)
GIVEN = 30
LATER = timedelta(days=60)
who = st.integers(0, PEOPLE - 1)
which = st.integers(0, len(PRICES) - 1)
some = st.integers(0, 7)
days = st.integers(0, DAYS - 1)
HAS_AND_LEFT = text("""
    SELECT citizen, balance, debt, earned FROM totals
    UNION ALL SELECT -id, stock, 0, 0 FROM rewards
""")
"""Read after every act, so as plainly as can be, and at once."""


def _turn(db: Db) -> Turn:
    """Return what seats are seen to with."""
    return cast("Turn", SimpleNamespace(db=db, now=START))


class Books(RuleBasedStateMachine):
    """The till beside the model; what `open_database` opens is the subclass's."""

    happened: ClassVar[Counter[str]] = Counter()
    """What happened over all lives."""

    async def open_database(self) -> Database:
        """Open an empty database."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        """Bring people and rewards in."""
        self.runner = asyncio.Runner()
        self.numbers = count(1)
        self.model = Model(PEOPLE, given=GIVEN)
        self.stock = list(STOCKS)
        self.runner.run(self.open())

    async def open(self) -> None:
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
            found = [await find(db, each) for each in self.accounts]
        self.ids = [each.citizen for each in found if each is not None]
        self.rewards = [
            await shop.offer(self.chat, title=f"r{n}", price=price, stock=stock, each_max=limit)
            for n, (price, stock, limit) in enumerate(zip(PRICES, STOCKS, LIMITS, strict=True))
        ]
        day = campaign.day(START)
        given = (Adjustment(one, GIVEN, "c:0", "t:0", day, START) for one in self.ids)
        await asyncio.gather(*map(self.chat.till.correct, given))

    def check(self, act: str) -> None:
        """Compare what everybody has, and what is left; note what happened."""
        self.happened[act] += 1
        here = [self.has.get(self.ids[one], Totals()) for one in self.model.here]
        assert [(one.balance - one.debt, one.earned) for one in here] == self.model.has()
        for one in here:
            assert one.balance >= 0
            assert one.debt >= 0
            assert not (one.balance and one.debt)
        assert self.left == self.stock

    # The till

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """Let the till do something, read what is there now, and return its answer."""

        async def doing() -> Any:
            told = await act
            async with self.database.reading() as db:
                rows = (await db.execute(HAS_AND_LEFT)).all()
            self.has = {row.citizen: row for row in rows if row.citizen > 0}
            self.left = [stock for n, stock, *_ in sorted(rows, reverse=True) if n < 0]
            return told

        return self.runner.run(doing())

    @rule(account=who, n=days)
    def earn(self, account: int, n: int) -> None:
        """Check in on one of few days; whoever has been there gets nothing more."""
        at = START + timedelta(days=n)
        day, person = self.chat.campaign.day(at), self.model.at(account)
        cause = f"t:{next(self.numbers)}"
        deed = Deed(self.accounts[account], "checkin", f"checkin:{day}", day, at, cause)
        new = self.model.may_check_in(person, day)
        award = self.do(self.chat.till.award(deed))
        assert (award.points > 0) == new
        if new:
            self.model.check_in(person, day, award.points)
        self.check("earned" if new else "earned twice")

    @rule(account=who, reward=which)
    def redeem(self, account: int, reward: int) -> None:
        """Buy if there is stock, room and balance."""
        person, price = self.model.at(account), PRICES[reward]
        room = len(self.model.of(person, reward)) < LIMITS[reward]
        may = self.stock[reward] > 0 and room and self.model.net(person) >= price
        once = f"redeem:{next(self.numbers)}"
        act = shop.purchase(
            self.chat, self.accounts[account], self.rewards[reward], price=price, once=once
        )
        told = self.do(self.chat.till.spend(act))
        assert (told.line is not None) == may
        if may:
            self.stock[reward] -= 1
            number = self.do(self.voucher(person, told.line))
            self.model.held.append(Held(number, reward, self.model.add(person, -price)))
        self.check("redeemed" if may else "refused")

    async def voucher(self, person: int, line: int) -> int:
        """Return the number of the voucher that a line paid for."""
        async with self.database.reading() as db:
            campaign, owner = self.chat.campaign_id, self.ids[person]
            found = await vouchers.paid_by(db, campaign, owner, line=line)
        assert found is not None
        return found.id

    @precondition(lambda self: any(each.state == "open" for each in self.model.held))
    @rule(n=some, off=st.sampled_from([0, 0, 0, 1]), expired=st.booleans())
    def give_back(self, n: int, off: int, *, expired: bool) -> None:
        """Cancel a voucher, or let it end; only its holder's goes back, and once."""
        voucher = self.model.held[n % len(self.model.held)]
        acting = [self.model.at(account) for account in range(PEOPLE)]
        theirs = acting.index(voucher.paid.owner) if voucher.paid.owner in acting else 0
        account = (theirs + off) % PEOPLE
        mine = voucher.paid.owner == acting[account]
        act = shop.returned(
            self.chat,
            self.accounts[account],
            voucher.number,
            State.EXPIRED if expired else State.CANCELLED,
            day=self.chat.campaign.day(START + LATER),
        )
        told = self.do(self.chat.till.spend(act))
        booked = told.verdict.value == "booked"
        assert booked == (mine and voucher.state == "open")
        if booked:
            voucher.state = "back"
            self.stock[voucher.reward] += 1
            voucher.returned = self.model.add(voucher.paid.owner, PRICES[voucher.reward])
        ended = "expired" if expired else "cancelled"
        self.check(ended if booked else f"not {ended}")

    @precondition(lambda self: any(each.state == "open" for each in self.model.held))
    @rule(n=some)
    def hand_out(self, n: int) -> None:
        """Hand a voucher in at a desk."""
        voucher = self.model.held[n % len(self.model.held)]
        assert self.do(self.desk(voucher.number)) == (voucher.state == "open")
        voucher.state = "used" if voucher.state == "open" else voucher.state
        self.check("handed out")

    async def desk(self, number: int) -> bool:
        """Hand out."""
        async with self.database.transaction() as db:
            return await vouchers.hand_out(db, number, place="A", by=1, at=START)

    @precondition(lambda self: any(each.day for each in self.model.entries))
    @rule(n=some, agreed=st.sampled_from([0, 99]))
    def reverse(self, n: int, agreed: int) -> None:
        """Take a check-in back; what was spent of it is owed, if somebody agreed."""
        deeds = [
            each
            for each in self.model.entries
            if each.day
            and each.owner in self.model.here
            and self.model.person(each.owner) == each.owner
        ]
        if not deeds:
            return
        deed = deeds[n % len(deeds)]
        line = self.do(self.line(deed))
        act = Reversal(self.ids[deed.owner], line, f"t:{next(self.numbers)}", START, debt=agreed)
        booked = self.do(self.chat.till.correct(act)).verdict.value == "booked"
        assert booked == (deed.counts and self.model.may(deed.owner, -deed.points, agreed))
        if booked:
            deed.counts = False
        self.check("reversed" if booked else "not reversed")

    async def line(self, deed: Entry) -> int:
        """Return the number of the line that stands for a check-in, or did until staff took it."""
        async with self.database.reading() as db:
            lines = await twins.lines(db, self.chat.campaign_id, self.ids[deed.owner])
        book = Book(lines)
        scored = [line for line in lines if line.scored and line.day == deed.day]
        standing = [line for line in scored if line.line not in book.back]
        return (standing or scored)[-1].line

    @rule(account=who, points=st.sampled_from([-20, -3, 4, 20]), agreed=st.sampled_from([0, 99]))
    def adjust(self, account: int, points: int, agreed: int) -> None:
        """Let staff give or take."""
        n, person = next(self.numbers), self.model.at(account)
        day = self.chat.campaign.day(START)
        act = Adjustment(self.ids[person], points, f"c:{n}", f"t:{n}", day, START, debt=agreed)
        booked = self.do(self.chat.till.correct(act)).verdict.value == "booked"
        assert booked == self.model.may(person, points, agreed)
        if booked:
            self.model.add(person, points)
        self.check("adjusted" if booked else "not adjusted")

    # Becoming one person, and two again

    @rule(one=who, off=st.integers(1, PEOPLE - 1))
    def link(self, one: int, off: int) -> None:
        """Make one person of two."""
        one, other = self.model.owner(one), self.model.owner((one + off) % PEOPLE)
        readers = {*self.model.children(one), *self.model.children(other)}
        if one != other and len(readers) < READERS_MAX:
            self.model.link(self.do(self.linked(one, other)), one, other)
            self.check("linked")

    @property
    def terms(self) -> merging.Terms:
        """Return what a link is made under."""
        day = self.chat.campaign.day(START)
        return merging.Terms(self.chat.campaign, self.chat.campaign_id, day, START, START)

    async def linked(self, survivor: int, absorbed: int) -> int:
        """Link, as its operation does once both are locked, whichever is the older one."""
        stays, goes = self.ids[survivor], self.ids[absorbed]
        async with self.database.transaction() as db:
            await merging.hold(db, stays, goes)
            one, other = await twins.who(db, stays), await twins.who(db, goes)
            assert one is not None
            sat = await household.linked(_turn(db), one, other)
            number, _ = await merging.link(db, self.terms, survivor=stays, absorbed=goes)
            for kind, ones in sat.items():
                await links.note(db, number, kind, rows=[(seat, "") for seat in ones])
            await seats.share(db, [stays, goes])
        return number

    @precondition(lambda self: self.model.made)
    @rule(account=who)
    def unlink(self, account: int) -> None:
        """Undo somebody's newest link; what staff took back since stays taken."""
        made = self.model.newest(self.model.owner(account))
        if made is not None:
            self.do(self.unlinked(made))
            self.model.unlink(made)
            self.check("unlinked")

    async def unlinked(self, made: Linked) -> None:
        """Undo, as its handler does once both are locked."""
        async with self.database.transaction() as db:
            link = await links.latest(db, self.ids[made.survivor])
            assert link is not None
            assert link.id == made.number
            await merging.hold(db, self.ids[made.survivor], self.ids[made.absorbed])
            await unlinking.undo(db, self.terms, link, by=self.ids[0])

    def teardown(self) -> None:
        """Audit everything, and close."""
        if not hasattr(self, "chat"):
            return
        try:
            assert self.runner.run(self.broken()) == {}
        finally:
            with suppress(asyncio.CancelledError):
                self.runner.run(self.close())
            self.runner.close()

    async def broken(self) -> dict[str, list[int | str]]:
        """Return the invariants that are broken; the till alone is asked, without reasons."""
        found = await self.chat.broken()
        return {name: ids for name, ids in found.items() if name != "reasons"}

    async def close(self) -> None:
        """Close the till and the database."""
        self.chat.till.close()
        await self.till
        compiled.keep(self.database)
        await self.database.aclose()
