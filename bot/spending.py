"""Spending at the till: points become a voucher, or come back; what is read, decided and written.

Whoever buys or gives back is locked already. Then the rewards are locked, in the order of their
numbers, and looked at: the stock that is decided on is the stock that is left.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.rules import rewards as rules
from bot.rules.corrections import Purse
from bot.rules.rewards import State, Verdict
from storage import ledger, rewards, vouchers
from storage.citizens import Account
from storage.db import Db
from storage.rewards import Move, Reward
from storage.totals import Reader, Totals
from storage.vouchers import NewVoucher, Voucher


@dataclass(frozen=True, slots=True)
class Spent:
    """How it ended: the points that moved, what can be spent now, and the line that says so."""

    verdict: Verdict
    citizen: int
    points: int
    balance: int
    debt: int
    line: int | None = None
    reward: Reward | None = None
    left: int = 0
    """How many of the reward are left."""


Also = Callable[[Db, Spent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Purchase:
    """A reward somebody wants as they saw it: at this price, in this version.

    The voucher's code is known by its keyed hash; `seed` makes it anew. `last` is the campaign's
    last day, which no voucher outlives.
    """

    who: Account | int
    reward: int
    price: int
    version: int
    once: str
    cause: str
    day: date
    acted_at: datetime
    seed: str
    code: str
    last: date
    also: Also | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """A voucher that goes back: cancelled by its holder, or expired."""

    who: Account | int
    voucher: int
    to: State
    cause: str
    day: date
    acted_at: datetime
    also: Also | None = None

    @property
    def once(self) -> str:
        """Return what is booked only once."""
        return f"refund:{self.voucher}"


Spending = Purchase | Return


class Shop:
    """What one batch sells and takes back."""

    def __init__(self, campaign: int) -> None:
        self._campaign = campaign
        self._booked: dict[tuple[int, str], ledger.Line] = {}
        self._rewards: dict[int, Reward] = {}
        self._vouchers: dict[int, Voucher] = {}
        self._had: dict[tuple[int, int], int] = {}
        self._sold: list[NewVoucher] = []
        self._ended: list[tuple[Voucher, Return, int]] = []
        self._at: datetime | None = None

    async def read(self, db: Db, wanted: Sequence[tuple[int, Spending]]) -> None:
        """Lock the rewards, and look; the citizens are locked."""
        if not wanted:
            return
        onces = {(citizen, act.once) for citizen, act in wanted}
        self._booked = await ledger.booked(db, self._campaign, onces)
        returned = {act.voucher for _, act in wanted if isinstance(act, Return)}
        about = {each.reward for each in (await vouchers.of(db, returned)).values()}
        bought = {(who, act.reward) for who, act in wanted if isinstance(act, Purchase)}
        self._rewards = await rewards.lock(db, about | {reward for _, reward in bought})
        self._vouchers = await vouchers.of(db, returned)
        self._had = await vouchers.had(db, bought)

    def decide(self, act: Spending, reader: Reader) -> Spent:
        """Decide, given what the citizen has; nothing is noted yet."""
        before = self._booked.get((reader.citizen, act.once))
        if before is not None:
            return self._replayed(act, before, reader)
        if isinstance(act, Purchase):
            return self._buy(act, reader)
        voucher = self._vouchers.get(act.voucher)
        mine = voucher is not None and voucher.citizen == reader.citizen
        if voucher is None or not mine or voucher.campaign != self._campaign:
            return self._told(Verdict.GONE, reader)
        verdict = rules.give_back(voucher.state, voucher.expires_on, to=act.to, day=act.day)
        reward = self._rewards.get(voucher.reward)
        return self._told(verdict, reader, reward, points=voucher.price)

    def _buy(self, act: Purchase, reader: Reader) -> Spent:
        reward = self._rewards.get(act.reward)
        if reward is None or reward.campaign != self._campaign:
            return self._told(Verdict.CLOSED, reader)
        kept = self._had.get((reader.citizen, act.reward), 0)
        terms = reward.terms
        verdict = rules.buy(terms, balance=reader.totals.balance, held=kept, day=act.day)
        if verdict is Verdict.BOOKED and (terms.price, terms.version) != (act.price, act.version):
            verdict = Verdict.CHANGED
        return self._told(verdict, reader, reward, points=-terms.price)

    def _told(
        self, verdict: Verdict, reader: Reader, reward: Reward | None = None, *, points: int = 0
    ) -> Spent:
        has = reader.totals
        purse, left = Purse(has.balance, has.debt), reward.stock if reward else 0
        if verdict is not Verdict.BOOKED:
            return Spent(
                verdict, reader.citizen, 0, *(purse.balance, purse.debt), reward=reward, left=left
            )
        purse, left = purse.after(points), left + (1 if points > 0 else -1)
        given = (points, purse.balance, purse.debt)
        return Spent(verdict, reader.citizen, *given, reward=reward, left=left)

    def _replayed(self, act: Spending, before: ledger.Line, reader: Reader) -> Spent:
        """Answer what is booked already: the same message hears the same again."""
        citizen, has = reader.citizen, reader.totals
        if before.cause != act.cause:
            already = (Verdict.ALREADY, citizen, 0, has.balance, has.debt)
            return Spent(*already, line=before.line)
        purse = Purse().after(before.net)
        booked = (Verdict.BOOKED, citizen, before.points, purse.balance, purse.debt)
        return Spent(*booked, line=before.line)

    def note(self, act: Spending, spent: Spent, line: int) -> None:
        """Note what was decided and has a line now; the next one finds it gone."""
        if spent.reward is not None:
            self._rewards[spent.reward.id] = replace(spent.reward, stock=spent.left)
        self._at = act.acted_at
        if isinstance(act, Return):
            self._ended.append((self._vouchers[act.voucher], act, line))
            return
        assert spent.reward is not None  # it was bought  # noqa: S101
        until = rules.last_day(act.day, spent.reward.offer.days, act.last)
        given = (spent.citizen, act.reward, act.price, act.seed, act.code, line)
        self._sold.append(NewVoucher(*given, made_at=act.acted_at, expires_on=until))

    async def write(self, db: Db) -> None:
        """Write vouchers and stock.

        Raises:
            Conflict: a voucher was handed out meanwhile; nothing of the batch may be kept.

        """
        if self._at is None:
            return
        for voucher, act, line in self._ended:
            await vouchers.end(db, voucher.id, state=act.to, back=line, at=act.acted_at)
        made = await vouchers.add(db, self._campaign, self._sold) if self._sold else {}
        await rewards.move(db, [*self._moves(made)], at=self._at)

    def _moves(self, made: dict[str, int]) -> Iterable[Move]:
        for voucher, act, _ in self._ended:
            yield Move(voucher.reward, 1, act.to.value, voucher=voucher.id)
        for new in self._sold:
            yield Move(new.reward, -1, rewards.SOLD, voucher=made[new.code])


def line_of(act: Spending, spent: Spent, after: Totals, *, town: str | None) -> ledger.NewLine:
    """Return the line of what was decided; the moment it is recorded is not known yet."""
    return ledger.NewLine(
        citizen=spent.citizen,
        line=after.lines,
        kind=ledger.REFUND if isinstance(act, Return) else ledger.REDEMPTION,
        points=spent.points,
        net=after.balance - after.debt,
        day=act.day,
        activity=None,
        slot=None,
        rate=None,
        cap=None,
        once=act.once,
        cause=act.cause,
        town=town,
        acted_at=act.acted_at,
        recorded_at=act.acted_at,
    )
