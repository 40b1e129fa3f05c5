"""The durable work of a serious simple bot: what each check-in writes, and nothing more."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    UniqueConstraint,
    case,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.clock import SystemClock
from storage.many import insert_into

POINTS = 5
PAID, ALREADY, STRANGER = "签到成功 +5，今日 5/5", "今天已经签到过了", "请先发送 /start"
ROWS_AT_ONCE = 1000
POOL_SIZE = 20
POOL_WAIT_SECONDS_MAX = 60
PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class Base(DeclarativeBase):
    """The tables; their names leave room for ours in the same database."""


class PeerCitizen(Base):
    """Somebody who takes part."""

    __tablename__ = "peer_citizens"

    id: Mapped[int] = mapped_column(primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger, unique=True)


class PeerCheckin(Base):
    """One visit on one day."""

    __tablename__ = "peer_checkins"
    __table_args__ = (UniqueConstraint("citizen", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    citizen: Mapped[int] = mapped_column(ForeignKey("peer_citizens.id"))
    day: Mapped[date]


class PeerLine(Base):
    """One line that moved points."""

    __tablename__ = "peer_ledger"

    id: Mapped[int] = mapped_column(primary_key=True)
    citizen: Mapped[int] = mapped_column(ForeignKey("peer_citizens.id"))
    day: Mapped[date]
    points: Mapped[int]
    reason: Mapped[str]


class PeerTotals(Base):
    """What a reply needs."""

    __tablename__ = "peer_totals"

    citizen: Mapped[int] = mapped_column(ForeignKey("peer_citizens.id"), primary_key=True)
    points: Mapped[int] = mapped_column(default=0)
    streak: Mapped[int] = mapped_column(default=0)
    newest_day: Mapped[date | None]


def connect(address: str) -> AsyncEngine:
    """Open a database so that two check-ins at once are right, and a commit is durable."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, pool_timeout=POOL_WAIT_SECONDS_MAX)
        event.listen(engine.sync_engine, "connect", _on_connect)
        event.listen(engine.sync_engine, "begin", _on_begin)
        return engine
    return create_async_engine(
        url, pool_size=POOL_SIZE, max_overflow=0, pool_timeout=POOL_WAIT_SECONDS_MAX
    )


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
    for pragma in PRAGMAS:
        connection.execute(pragma).close()


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


async def prepare(address: str, citizens: int) -> None:
    """Make the tables, and citizens with numbers from 1 who have not checked in yet."""
    engine = connect(address)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            for first in range(1, citizens + 1, ROWS_AT_ONCE):
                ids = range(first, min(first + ROWS_AT_ONCE, citizens + 1))
                people = [{"id": number, "telegram_id": number} for number in ids]
                await connection.execute(insert(PeerCitizen), people)
                await connection.execute(insert(PeerTotals), [{"citizen": n} for n in ids])
    finally:
        await engine.dispose()


async def check_in(session: AsyncSession, sender: int, day: date) -> str:
    """Note a visit once a day and pay for it, in one transaction; return the answer."""
    async with session.begin():
        known = select(PeerCitizen.id).where(PeerCitizen.telegram_id == sender)
        citizen = await session.scalar(known)
        if citizen is None:
            return STRANGER
        visit = insert_into(session.get_bind().dialect.name, PeerCheckin).values(
            citizen=citizen, day=day
        )
        noted = visit.on_conflict_do_nothing().returning(PeerCheckin.id)
        if await session.scalar(noted) is None:
            return ALREADY
        line = {"citizen": citizen, "day": day, "points": POINTS, "reason": "checkin"}
        await session.execute(insert(PeerLine).values(line))
        follows = PeerTotals.newest_day == day - timedelta(days=1)
        await session.execute(
            update(PeerTotals)
            .where(PeerTotals.citizen == citizen)
            .values(
                points=PeerTotals.points + POINTS,
                streak=case((follows, PeerTotals.streak + 1), else_=1),
                newest_day=day,
            )
            .execution_options(synchronize_session=False)
        )
    return PAID


def today() -> date:
    """Return the day of a tap, which carries no date of its own."""
    return SystemClock().now().date()


def day_of(said_at: datetime) -> date:
    """Return the day of a message: its date in UTC."""
    return said_at.date()


async def verify(address: str, events: int) -> None:
    """Raise unless exactly so many check-ins are in every table.

    Raises:
        AssertionError: the benchmark counted work that was not done.

    """
    engine = connect(address)
    try:
        async with AsyncSession(engine) as session:
            visits = await session.scalar(select(func.count(PeerCheckin.id)))
            lines = await session.scalar(select(func.count(PeerLine.id)))
            points = await session.scalar(select(func.sum(PeerTotals.points)))
    finally:
        await engine.dispose()
    if (visits, lines, points or 0) != (events, events, events * POINTS):
        raise AssertionError(f"{events} events, {visits} visits, {lines} lines, {points} points")
