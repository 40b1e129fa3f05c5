"""Rewards: what points buy, how many are left, and every move of the stock with its reason."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules.rewards import ABOUT_MAX, TITLE_MAX, Offer, Place, Terms
from storage.base import Base, Id, ShortId, append_only
from storage.db import Conflict, Db, insert_one
from storage.many import Query, insert_all

WORDS_MAX = 200
DELIVERED, REMOVED, IMPORTED = "delivered", "removed", "imported"
BY_STAFF = (DELIVERED, REMOVED, IMPORTED)
SOLD, CANCELLED, EXPIRED, VOID = "sold", "cancelled", "expired", "void"


class RewardRow(Base):
    """A reward. What was shown of it is named by its version, which every change raises."""

    __tablename__ = "rewards"
    __table_args__ = (
        UniqueConstraint("campaign", "title"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("each_max > 0 AND days >= 0 AND opens <= closes", name="terms"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    about: Mapped[str] = mapped_column(String(ABOUT_MAX))
    price: Mapped[int] = mapped_column(Integer)
    stock: Mapped[int] = mapped_column(Integer)
    each_max: Mapped[int] = mapped_column(SmallInteger)
    opens: Mapped[date]
    closes: Mapped[date]
    days: Mapped[int] = mapped_column(SmallInteger)
    places: Mapped[str] = mapped_column(Text)
    picture: Mapped[int | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer)
    closed_at: Mapped[datetime | None]
    added_at: Mapped[datetime]


class StockMoveRow(Base):
    """A change of a reward's stock: by staff, in their words, or by a voucher and its return."""

    __tablename__ = "stock_moves"
    __table_args__ = (
        CheckConstraint("change <> 0", name="change"),
        Index(
            "uq_stock_moves_voucher",
            *("voucher", "change"),
            unique=True,
            sqlite_where=text("voucher IS NOT NULL"),
            postgresql_where=text("voucher IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    reward: Mapped[int] = mapped_column(Id, ForeignKey("rewards.id"), index=True)
    change: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(WORDS_MAX))
    by: Mapped[int | None] = mapped_column(Id)
    voucher: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime]


append_only(StockMoveRow)


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward as it stands."""

    id: int
    campaign: int
    offer: Offer
    stock: int
    picture: int | None
    version: int
    closed_at: datetime | None

    @property
    def terms(self) -> Terms:
        """Return what the rules look at."""
        offer = self.offer
        given = (offer.each_max, offer.opens, offer.closes, offer.days)
        closed = self.closed_at is not None
        return Terms(offer.price, self.version, self.stock, *given, is_closed=closed)


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a reward's stock, to be noted."""

    reward: int
    change: int
    reason: str
    words: str = ""
    by: int | None = None
    voucher: int | None = None


FIELDS = ("title", "about", "price", "each_max", "opens", "closes", "days")
_COLUMNS = (
    RewardRow.id,
    RewardRow.campaign,
    *(getattr(RewardRow, name) for name in FIELDS),
    RewardRow.places,
    RewardRow.stock,
    RewardRow.picture,
    RewardRow.version,
    RewardRow.closed_at,
)


async def _found(db: Db, wanted: Query) -> list[Reward]:
    found = []
    for row in await db.execute(wanted):
        number, campaign, *said, places, stock, picture, version, closed_at = row
        known = tuple(Place(name, unit) for name, unit in json.loads(places))
        now = (stock, picture, version, closed_at)
        found.append(
            Reward(
                number, campaign, Offer(**dict(zip(FIELDS, said, strict=True)), places=known), *now
            )
        )
    return found


async def of(db: Db, reward: int) -> Reward | None:
    """Return a reward, None if there is none."""
    found = await _found(db, select(*_COLUMNS).where(RewardRow.id == reward))
    return found[0] if found else None


async def lock(db: Db, rewards: Collection[int]) -> dict[int, Reward]:
    """Return rewards, locked in the order of their numbers, so that nobody waits in a circle."""
    if not rewards:
        return {}
    wanted = select(*_COLUMNS).where(RewardRow.id.in_(sorted(rewards))).order_by(RewardRow.id)
    return {each.id: each for each in await _found(db, wanted.with_for_update(key_share=True))}


async def on_offer(db: Db, campaign: int, day: date) -> list[Reward]:
    """Return what can be had now or later, the cheapest first."""
    wanted = select(*_COLUMNS).where(
        RewardRow.campaign == campaign, RewardRow.closed_at.is_(None), RewardRow.closes >= day
    )
    return await _found(db, wanted.order_by(RewardRow.price, RewardRow.id))


async def listed(db: Db, campaign: int) -> list[Reward]:
    """Return every reward there is, what is closed last."""
    wanted = select(*_COLUMNS).where(RewardRow.campaign == campaign)
    closed = RewardRow.closed_at.is_not(None)
    return await _found(db, wanted.order_by(closed, RewardRow.price, RewardRow.id))


async def titled(db: Db, campaign: int, titles: Collection[str]) -> dict[str, Reward]:
    """Return the rewards of these titles."""
    wanted = select(*_COLUMNS).where(RewardRow.campaign == campaign, RewardRow.title.in_(titles))
    return {each.offer.title: each for each in await _found(db, wanted)}


async def add(db: Db, campaign: int, offer: Offer, *, at: datetime) -> int:
    """Add a reward that has no stock yet.

    Raises:
        Conflict: another one has this title.

    """
    new = {"campaign": campaign, "stock": 0, "version": 1, "added_at": at}
    return await insert_one(db, RewardRow, **_values(offer), **new)


def _values(offer: Offer) -> dict[str, object]:
    places = json.dumps([[each.name, each.unit] for each in offer.places], ensure_ascii=False)
    return {**{name: getattr(offer, name) for name in FIELDS}, "places": places}


async def edit(db: Db, reward: int, offer: Offer) -> None:
    """Change what is said of a reward; whoever has seen it as it was must look again."""
    await _change(db, reward, **_values(offer))


async def illustrate(db: Db, reward: int, picture: int | None) -> None:
    """Give a reward another picture, or none; that changes nothing of its terms."""
    await db.execute(update(RewardRow).where(RewardRow.id == reward).values(picture=picture))


async def close(db: Db, reward: int, *, at: datetime | None) -> None:
    """Take a reward off the list, or put it back with None; its vouchers stay good."""
    await _change(db, reward, closed_at=at)


async def _change(db: Db, reward: int, **values: object) -> None:
    changed = update(RewardRow).where(RewardRow.id == reward)
    await db.execute(changed.values(**values, version=RewardRow.version + 1))


async def move(db: Db, moves: Sequence[Move], *, at: datetime) -> None:
    """Change stocks, each with its reason; the caller holds the locks of the rewards.

    Raises:
        Conflict: there is less left than is to be taken; the transaction must be given up.

    """
    changes: dict[int, int] = {}
    for each in moves:
        changes[each.reward] = changes.get(each.reward, 0) + each.change
    for reward, change in sorted(changes.items()):
        enough = (RewardRow.id == reward, RewardRow.stock + change >= 0)
        moved = update(RewardRow).where(*enough).values(stock=RewardRow.stock + change)
        if await db.scalar(moved.returning(RewardRow.id)) is None:
            raise Conflict("stock", None, RuntimeError("somebody took stock past the lock"))
    rows = [
        {
            "reward": each.reward,
            "change": each.change,
            "reason": each.reason,
            "words": each.words,
            "by": each.by,
            "voucher": each.voucher,
            "at": at,
        }
        for each in moves
    ]
    if await insert_all(db, StockMoveRow, rows) != len(rows):
        raise Conflict("stock", None, RuntimeError("a voucher moved the stock twice"))


async def supplied(db: Db, campaign: int) -> dict[int, int]:
    """Return how many of each reward staff have ever put in, less what they took out."""
    wanted = (
        select(StockMoveRow.reward, func.sum(StockMoveRow.change))
        .join(RewardRow, RewardRow.id == StockMoveRow.reward)
        .where(RewardRow.campaign == campaign, StockMoveRow.reason.in_(BY_STAFF))
        .group_by(StockMoveRow.reward)
    )
    return {reward: int(total) for reward, total in await db.execute(wanted)}


async def deliveries(db: Db, reward: int) -> int:
    """Return how often staff put stock in: what is told once is told once for each."""
    wanted = select(func.count()).select_from(StockMoveRow)
    mine = (StockMoveRow.reward == reward, StockMoveRow.reason.in_(BY_STAFF))
    return int(await db.scalar(wanted.where(*mine, StockMoveRow.change > 0)) or 0)


@dataclass(frozen=True, slots=True)
class Moved:
    """A move as it was noted."""

    change: int
    reason: str
    words: str
    at: datetime


async def moves(db: Db, reward: int, *, most: int) -> list[Moved]:
    """Return the last moves of a reward's stock, the newest first."""
    columns = (StockMoveRow.change, StockMoveRow.reason, StockMoveRow.words, StockMoveRow.at)
    wanted = select(*columns).where(StockMoveRow.reward == reward)
    found = await db.execute(wanted.order_by(StockMoveRow.id.desc()).limit(most))
    return [Moved(*row) for row in found]


async def titles(db: Db, rewards: Collection[int]) -> Mapping[int, str]:
    """Return what rewards are called, by their numbers."""
    wanted = select(RewardRow.id, RewardRow.title).where(RewardRow.id.in_(rewards))
    return {int(reward): str(title) for reward, title in await db.execute(wanted)}
