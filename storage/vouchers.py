"""Vouchers: one reward redeemed by one person, handed out once; and the tries to name one.

A code is kept as a keyed hash. It is made anew of `seed` and the server's secret whenever its
holder wants to see it, so that whoever reads the database can pick nothing up.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules.rewards import KEPT, PLACE_MAX, RETURNED, State
from storage import rewards
from storage.base import Base, Id, Moment, ShortId
from storage.citizens import Account, AccountRow
from storage.db import Conflict, Db, insert
from storage.many import insert_all, plain
from storage.rewards import Move, RewardRow

TRIES_MAX = 5
TRIES_WITHIN = timedelta(minutes=15)


class VoucherRow(Base):
    """A voucher. `line` is the ledger line that paid for it, `back` the one that returned that."""

    __tablename__ = "vouchers"
    __table_args__ = (
        UniqueConstraint("citizen", "campaign", "line"),
        UniqueConstraint("code"),
        CheckConstraint(f"state IN {tuple(map(str, State))}", name="state"),
        CheckConstraint(
            f"(state IN {tuple(map(str, RETURNED))}) = (back IS NOT NULL)"
            " AND (state = 'open') = (ended_at IS NULL)",
            name="back",
        ),
        CheckConstraint(
            "(state = 'used') = (place IS NOT NULL) AND (state = 'used') = (\"by\" IS NOT NULL)",
            name="handed",
        ),
        Index("ix_vouchers_reward", "reward", "citizen"),
        Index(
            "ix_vouchers_open",
            *("campaign", "expires_on", "id"),
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"))
    reward: Mapped[int] = mapped_column(Id, ForeignKey("rewards.id"))
    price: Mapped[int] = mapped_column(Integer)
    seed: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(9))
    line: Mapped[int] = mapped_column(Integer)
    back: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime]
    expires_on: Mapped[date]
    ended_at: Mapped[datetime | None]
    place: Mapped[str | None] = mapped_column(String(PLACE_MAX))
    by: Mapped[int | None] = mapped_column(Id)


class TryRow(Base):
    """How many wrong codes somebody has named since a moment; system time."""

    __tablename__ = "voucher_tries"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher to be made; `code` is the keyed hash of its code."""

    citizen: int
    reward: int
    price: int
    seed: str
    code: str
    line: int
    made_at: datetime
    expires_on: date


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher as it stands; `ended_at` is when it was handed out, or went back."""

    id: int
    campaign: int
    citizen: int
    reward: int
    price: int
    seed: str
    state: State
    line: int
    back: int | None
    made_at: datetime
    expires_on: date
    ended_at: datetime | None
    place: str | None
    by: int | None


_COLUMNS = tuple(getattr(VoucherRow, name) for name in Voucher.__slots__)


def _voucher(row: Sequence[object]) -> Voucher:
    given = dict(zip(Voucher.__slots__, row, strict=True))
    return Voucher(**given | {"state": State(str(given["state"]))})  # type: ignore[arg-type]


async def _found(db: Db, *conditions: object, most: int | None = None) -> list[Voucher]:
    wanted = select(*_COLUMNS).where(*conditions).order_by(VoucherRow.id)  # type: ignore[arg-type]
    return [_voucher(tuple(row)) for row in await db.execute(wanted.limit(most))]


async def of(db: Db, vouchers: Collection[int]) -> dict[int, Voucher]:
    """Return vouchers by their numbers."""
    if not vouchers:
        return {}
    return {each.id: each for each in await _found(db, VoucherRow.id.in_(sorted(vouchers)))}


async def held_at(db: Db, account: Account, voucher: int) -> Voucher | None:
    """Return a voucher if whoever is behind an account holds it."""
    mine = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    holder = select(AccountRow.citizen).where(*mine).scalar_subquery()
    found = await _found(db, VoucherRow.id == voucher, VoucherRow.citizen == holder)
    return found[0] if found else None


async def paid_by(db: Db, campaign: int, citizen: int, *, line: int) -> Voucher | None:
    """Return the voucher that a line of the ledger paid for."""
    mine = (VoucherRow.citizen == citizen, VoucherRow.campaign == campaign)
    found = await _found(db, *mine, VoucherRow.line == line)
    return found[0] if found else None


async def coded(db: Db, campaign: int, code: str) -> Voucher | None:
    """Return the voucher of a code, which is given as its keyed hash."""
    found = await _found(db, VoucherRow.code == code, VoucherRow.campaign == campaign)
    return found[0] if found else None


async def held_by(
    db: Db, campaign: int, citizen: int, *, offset: int = 0, limit: int | None = None
) -> list[Voucher]:
    """Return somebody's vouchers, those that can be used first, then the newest."""
    ready = VoucherRow.state == State.OPEN
    wanted = (
        select(*_COLUMNS)
        .where(VoucherRow.citizen == citizen, VoucherRow.campaign == campaign)
        .order_by(case((ready, 0), else_=1), VoucherRow.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_voucher(tuple(row)) for row in await db.execute(wanted)]


async def titles(db: Db, campaign: int, citizen: int, *, lines: Collection[int]) -> dict[int, str]:
    """Return which reward each of these lines of somebody's ledger is about, by its title."""
    wanted = (
        select(VoucherRow.line, VoucherRow.back, RewardRow.title)
        .join(RewardRow, RewardRow.id == VoucherRow.reward)
        .where(
            VoucherRow.citizen == citizen,
            VoucherRow.campaign == campaign,
            or_(VoucherRow.line.in_(lines), VoucherRow.back.in_(lines)),
        )
    )
    found: dict[int, str] = {}
    for line, back, title in await db.execute(wanted):
        found |= {line: title} | ({} if back is None else {back: title})
    return found


async def count(db: Db, campaign: int, citizen: int, *, state: State | None = None) -> int:
    """Return how many vouchers somebody has had, or has in one state."""
    wanted = select(func.count()).select_from(VoucherRow)
    wanted = wanted.where(VoucherRow.citizen == citizen, VoucherRow.campaign == campaign)
    if state is not None:
        wanted = wanted.where(VoucherRow.state == state)
    return int(await db.scalar(wanted) or 0)


async def had(db: Db, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return how many vouchers of a reward somebody has that count for the limit.

    By (citizen, reward); who has none is left out.
    """
    if not pairs:
        return {}
    citizens, offered = {citizen for citizen, _ in pairs}, {reward for _, reward in pairs}
    wanted = (
        select(VoucherRow.citizen, VoucherRow.reward, func.count())
        .where(
            VoucherRow.reward.in_(sorted(offered)),
            VoucherRow.citizen.in_(sorted(citizens)),
            VoucherRow.state.in_(KEPT),
        )
        .group_by(VoucherRow.citizen, VoucherRow.reward)
    )
    return {(citizen, reward): int(n) for citizen, reward, n in await db.execute(wanted)}


async def states(db: Db, reward: int) -> dict[State, int]:
    """Count a reward's vouchers by how they stand."""
    wanted = select(VoucherRow.state, func.count()).where(VoucherRow.reward == reward)
    rows = await db.execute(wanted.group_by(VoucherRow.state))
    return {State(state): int(n) for state, n in rows}


async def issued(db: Db, campaign: int) -> dict[int, int]:
    """Return how many of each reward are out: to be picked up, or handed out."""
    wanted = (
        select(VoucherRow.reward, func.count())
        .where(VoucherRow.campaign == campaign, VoucherRow.state.in_(KEPT))
        .group_by(VoucherRow.reward)
    )
    return {reward: int(n) for reward, n in await db.execute(wanted)}


async def add(db: Db, campaign: int, new: Sequence[NewVoucher]) -> dict[str, int]:
    """Make vouchers, all or none, and return their numbers by their codes' hashes.

    Raises:
        Conflict: a code or a line has one already; the transaction must be given up.

    """
    rows = [{"campaign": campaign, "state": State.OPEN.value, **plain(each)} for each in new]
    if await insert_all(db, VoucherRow, rows) != len(new):
        raise Conflict("vouchers", None, RuntimeError("a line has a voucher already"))
    made = select(VoucherRow.code, VoucherRow.id)
    made = made.where(VoucherRow.code.in_([each.code for each in new]))
    return {str(code): int(number) for code, number in await db.execute(made)}


async def end(db: Db, voucher: int, *, state: State, back: int | None, at: datetime) -> None:
    """Take an open voucher back.

    Raises:
        Conflict: it is not open any more; the transaction must be given up.

    """
    ready = (VoucherRow.id == voucher, VoucherRow.state == State.OPEN)
    ended = update(VoucherRow).where(*ready).values(state=state, back=back, ended_at=at)
    if await db.scalar(ended.returning(VoucherRow.id)) is None:
        raise Conflict("vouchers", None, RuntimeError("the voucher was handed out meanwhile"))


async def hand_out(db: Db, voucher: int, *, place: str, by: int, at: datetime) -> bool:
    """Note that a voucher was handed in here; False if it is not open, whoever was first."""
    ready = (VoucherRow.id == voucher, VoucherRow.state == State.OPEN)
    used = {"state": State.USED, "place": place[:PLACE_MAX], "by": by, "ended_at": at}
    handed = update(VoucherRow).where(*ready).values(**used)
    return await db.scalar(handed.returning(VoucherRow.id)) is not None


async def due(db: Db, campaign: int, day: date, *, most: int) -> list[Voucher]:
    """Return open vouchers whose last day was before a day, the oldest first."""
    ready = (VoucherRow.campaign == campaign, VoucherRow.state == State.OPEN)
    wanted = select(*_COLUMNS).where(*ready, VoucherRow.expires_on < day)
    rows = await db.execute(wanted.order_by(VoucherRow.expires_on, VoucherRow.id).limit(most))
    return [_voucher(tuple(row)) for row in rows]


async def ending(
    db: Db, campaign: int, day: date, *, citizens: Collection[int] | None = None
) -> list[Voucher]:
    """Return open vouchers whose last day is this one: all of them, or some people's."""
    ready = (VoucherRow.campaign == campaign, VoucherRow.state == State.OPEN)
    whose = () if citizens is None else (VoucherRow.citizen.in_(sorted(citizens)),)
    return await _found(db, *ready, VoucherRow.expires_on == day, *whose)


async def holders(db: Db, campaign: int, day: date, *, after: int, most: int) -> list[int]:
    """Return who has an open voucher whose last day is this one, whose ids follow a number."""
    ready = (VoucherRow.campaign == campaign, VoucherRow.state == State.OPEN)
    wanted = select(VoucherRow.citizen).where(*ready, VoucherRow.expires_on == day)
    wanted = wanted.where(VoucherRow.citizen > after).distinct()
    return list(await db.scalars(wanted.order_by(VoucherRow.citizen).limit(most)))


async def void(db: Db, citizen: int, *, at: datetime) -> None:
    """Let whoever leaves for good pick nothing up any more: the stock comes back.

    The caller holds the citizen's lock.
    """
    ready = (VoucherRow.citizen == citizen, VoucherRow.state == State.OPEN)
    await rewards.lock(db, {each.reward for each in await _found(db, *ready)})
    gone = [(each.reward, each.id) for each in await _found(db, *ready)]
    for _, number in gone:
        await end(db, number, state=State.VOID, back=None, at=at)
    moves = [Move(reward, 1, rewards.VOID, voucher=number) for reward, number in gone]
    await rewards.move(db, moves, at=at)


async def take_try(db: Db, citizen: int, *, at: datetime) -> int | None:
    """Take one of somebody's tries and return how many are left; None if none was.

    After `TRIES_WITHIN` all of them are back. `at` is system time.
    """
    made = insert(db, TryRow).values(citizen=citizen, since=at, tries=1)
    old = TryRow.since <= at - TRIES_WITHIN
    taken = made.on_conflict_do_update(
        index_elements=[TryRow.citizen],
        set_={
            "tries": case((old, 1), else_=TryRow.tries + 1),
            "since": case((old, literal(at, Moment())), else_=TryRow.since),
        },
        where=or_(old, TryRow.tries < TRIES_MAX),
    )
    tries: int | None = await db.scalar(taken.returning(TryRow.tries))
    return None if tries is None else TRIES_MAX - tries


async def give_try_back(db: Db, citizen: int) -> None:
    """Give a try back: what was named was right."""
    mine = (TryRow.citizen == citizen, TryRow.tries > 0)
    await db.execute(update(TryRow).where(*mine).values(tries=TryRow.tries - 1))


async def free_at(db: Db, citizen: int) -> datetime | None:
    """Return when somebody has tries again; system time."""
    since = await db.scalar(select(TryRow.since).where(TryRow.citizen == citizen))
    return None if since is None else since + TRIES_WITHIN


async def purge(db: Db, before: datetime) -> None:
    """Forget tries that count no more."""
    await db.execute(delete(TryRow).where(TryRow.since < before))
