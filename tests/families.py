"""Families beside their model: children on a guardian's account, and guardians who come and go."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import text

from storage.seats import EVER_MAX, READERS_MAX
from tests.books import PEOPLE, Books, some, who
from tests.chat import Person
from tests.conftest import START
from tests.model import GUARDIANS, Held

CHILDREN_MAX = 4
seldom = st.sampled_from([True] + 3 * [False])
hardly = st.sampled_from([True] + 11 * [False])  # a costly act, after which everything is new
SEATS = text("SELECT citizen, reader FROM seats WHERE ended_at IS NULL")
STRANGE = text("""
    SELECT reader FROM seats s WHERE account IS NOT NULL AND ended_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM accounts a WHERE a.id = s.account AND coalesce(holder, citizen) = s.citizen)
""")
"""Who hears on an account that is not their holder's."""
ACTING = text("SELECT sender, citizen FROM accounts")


class Families(Books):
    """Books of people who hold children; all they do comes in by the front door."""

    def family(self, act: str) -> None:
        """Compare who holds whom, and who acts where; note what happened."""
        self.check(act)
        found, acting = self.runner.run(self.found())
        held = {
            (self.ids[each.holder], self.ids[each.child])
            for each in self.model.seats
            if each.living
        }
        assert found == held
        assert acting == {
            each.sender: self.ids[self.model.at(n)] for n, each in enumerate(self.accounts)
        }

    async def found(self) -> tuple[set[tuple[int, int]], dict[str, int]]:
        """Read who holds whom, and who acts on which account."""
        async with self.database.reading() as db:
            assert not (await db.execute(STRANGE)).all()
            held = {(holder, child) for holder, child in await db.execute(SEATS)}
            acting = {str(sender): int(citizen) for sender, citizen in await db.execute(ACTING)}
        return held, acting

    def person(self, account: int) -> Person:
        """Return who taps on an account."""
        each = self.accounts[account]
        return self.chat.person(each.sender, each.channel)

    async def says(self, person: Person, *taps: str) -> str:
        """Tap one thing after another, a label for a button of the last answer; tell what came."""
        told = None
        for tap in taps:
            where = person.button(tap[1:]) if tap.startswith("!") else tap
            told = await person.taps(where)
        assert told is not None
        return told.key

    def child(self, n: int) -> int | None:
        """Return one of the children that somebody holds."""
        held = sorted({each.child for each in self.model.seats if each.living})
        return held[n % len(held)] if held else None

    @rule(account=who)
    def take_in(self, account: int) -> None:
        """Take a child in with its guardian's consent, where there is room."""
        holder = self.model.owner(account)
        held = {each.child for each in self.model.seats if each.living}
        if len(held) >= CHILDREN_MAX:
            return
        room = len(self.model.children(holder)) + 1 < READERS_MAX
        may = room and self.model.ever(holder) < EVER_MAX
        child = self.do(self.taken_in(account, f"{next(self.numbers)}"))
        assert (child is not None) == may
        if child is not None:
            self.ids.append(child)
            self.model.seat(holder)
        self.family("taken in" if may else "not taken in")

    async def taken_in(self, account: int, name: str) -> int | None:
        """Take a child in, and return its id; None if it was refused."""
        person = self.person(account)
        if await self.says(person, "seating.agree:child") == "family.full":
            return None
        told = await person.says(f"小朋友{name}")
        assert told is not None
        assert told.key == "seating.taken"
        return int(person.button(f"换成 小朋友{name}").partition(":")[2])

    @rule(account=who, n=some)
    def be(self, account: int, n: int) -> None:
        """Let whoever it belongs to act on an account, or one of theirs, but nobody else."""
        owner, held = self.model.owner(account), self.model.children(self.model.owner(account))
        child = held[n % len(held)] if held and n else self.child(n)
        reader = owner if child is None or account in self.model.acting else child
        if reader == self.model.at(account):
            return
        may = reader == owner or self.model.holds(owner, reader)
        told = self.do(self.says(self.person(account), f"family.be:{self.ids[reader]}"))
        assert told == ("family.now" if may else "family.nobody")
        if may:
            self.model.acting.pop(account, None)
            if reader != owner:
                self.model.acting[account] = reader
        self.family("acts" if may else "does not act")

    @precondition(lambda self: self.model.acting)
    @rule(n=some)
    def visit(self, n: int) -> None:
        """Check in for a child, on a day on which it may have been checked in elsewhere."""
        acting = sorted(self.model.acting)
        account = acting[n % len(acting)]
        before = self.happened["earned"]
        self.earn(account, n % 3 + 1)
        self.happened["a child earned"] += self.happened["earned"] - before

    @rule(account=who, n=some)
    def invite(self, account: int, n: int) -> None:
        """Let a second guardian come in, by the first one's code."""
        child = self.child(n)
        if child is None:
            return
        holders, holder = self.model.holders(child), self.model.owner(account)
        first = next(one for one in range(PEOPLE) if self.model.owner(one) == holders[0])
        told = self.do(self.invited(first, account, self.ids[child]))
        if len(holders) >= GUARDIANS:
            expected = "family.held"
        elif account in self.model.acting:
            expected = "family.young_holder"
        elif len(self.model.children(holder)) + 1 >= READERS_MAX:
            expected = "family.full"
        else:
            expected = "family.held" if holder in holders else "family.text"
        assert told == expected
        if told == "family.text":
            self.model.hold(holder, child)
        self.family("invited" if told == "family.text" else "not invited")

    async def invited(self, first: int, account: int, child: int) -> str:
        """Give a code, and enter it."""
        one, other = self.person(first), self.person(account)
        made = await one.taps(f"seating.invite:{child}")
        assert made is not None
        if made.key != "seating.code":
            return made.key
        asked = await other.says(f"家人 {made.params['code']}")
        assert asked is not None
        return await self.says(other, "!确认") if asked.key == "family.ask_join" else asked.key

    @rule(n=some, sure=seldom)
    def let_go(self, n: int, *, sure: bool) -> None:
        """Let a child go; whom nobody holds any more leaves with everything."""
        child = self.child(n)
        if child is None or not sure:
            return
        holder = self.model.holders(child)[-1]
        account = next(one for one in range(PEOPLE) if self.model.owner(one) == holder)
        leave = f"seating.leave:{self.ids[child]}"
        assert self.do(self.says(self.person(account), leave, "!确认")) == "seating.left"
        if self.model.let_go(holder, child):
            self.void(self.model.erase(child)[1])
            self.family("let go for good")
        else:
            self.family("let go")

    @rule(account=who, sure=hardly)
    def leave(self, account: int, *, sure: bool) -> None:
        """Erase everything; whose accounts these were begins anew on each."""
        if not sure:
            return
        person, young = self.model.at(account), account in self.model.acting
        told = self.do(self.says(self.person(account), "leaving", "!注销，全部删掉"))
        assert told == ("leaving.erased_reader" if young else "leaving.erased")
        accounts, void = self.model.erase(person)
        self.void(void)
        for each in accounts:
            self.ids.append(self.do(self.back(each)))
            self.model.come_back(each, self.chat.campaign.day(START))
        self.family("a child left" if young else "left")

    async def back(self, account: int) -> int:
        """Come back, and return who that is."""
        return await (await self.person(account).joins()).id()

    def void(self, held: list[Held]) -> None:
        """Put what was not picked up back into stock."""
        for each in held:
            each.state = "void"
            self.stock[each.reward] += 1
