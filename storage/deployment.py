"""What a database knows of itself: its campaigns, its secret, its rehearsal."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import String, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, ShortId
from storage.db import Db, insert

SECRET = "secret_key"  # noqa: S105 - the name of a row
MODE = "mode"
REHEARSAL, REAL = "rehearsal", "real"
SEEN = "seen_at"
OWNERS = "owners"
"""The citizens behind the accounts that settings name as owners, as numbers with commas."""
AUDITED = "audited"
"""When the invariants were last checked by night, and the names of those that are broken."""
ABROAD = "abroad"
"""The channels whose servers are in another country, with commas."""
FILES = "files"
"""The folder of this database's files: another database beside it must not sweep them away."""
FURNISHED = "furnished_by"
RUNNING = "campaign"
"""The short id of the campaign that runs: the one people's own rows are about."""
OFFSET = "rehearsal_offset_us"
_US = timedelta(microseconds=1)


class CampaignRow(Base):
    """A campaign this database has served; other rows carry its short id."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(ShortId, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str | None] = mapped_column(String(1000))
    name_en: Mapped[str | None] = mapped_column(String(1000))
    start: Mapped[date | None]
    last_day: Mapped[date | None]


class FactRow(Base):
    """One fact about this database."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


async def campaign(db: Db, code: str) -> int:
    """Return a campaign's short id, making it the first time."""
    made = insert(db, CampaignRow).values(code=code).on_conflict_do_nothing()
    await db.execute(made)
    found = await db.scalar(select(CampaignRow.id).where(CampaignRow.code == code))
    return int(found or 0)


@dataclass(frozen=True, slots=True)
class About:
    """What is kept of a campaign, to be named when its file is no longer there."""

    name: str
    name_en: str
    start: date
    last_day: date


async def describe(db: Db, campaign: int, about: About) -> None:
    """Keep what a campaign is called and when it is."""
    values = {name: getattr(about, name) for name in about.__slots__}
    await db.execute(update(CampaignRow).where(CampaignRow.id == campaign).values(**values))


async def others(db: Db, campaign: int) -> dict[int, About]:
    """Return the campaigns that were served here beside this one, the latest start first."""
    columns = [getattr(CampaignRow, name) for name in About.__slots__]
    wanted = select(CampaignRow.id, *columns).where(
        CampaignRow.id != campaign, CampaignRow.start.is_not(None)
    )
    rows = await db.execute(wanted.order_by(CampaignRow.start.desc(), CampaignRow.id.desc()))
    return {number: About(*about) for number, *about in rows}


async def running(db: Db, *, lock: bool = False) -> int | None:
    """Return the campaign that runs, None in a fresh database; locked, nobody else changes it."""
    wanted = select(FactRow.value).where(FactRow.name == RUNNING)
    found = await db.scalar(wanted.with_for_update() if lock else wanted)
    return None if found is None else int(found)


async def fact(db: Db, name: str) -> str | None:
    """Return a fact, None if it was never set."""
    found: str | None = await db.scalar(select(FactRow.value).where(FactRow.name == name))
    return found


async def first(db: Db, name: str, value: str) -> str:
    """Set a fact unless it is set already, and return what holds."""
    await db.execute(insert(db, FactRow).values(name=name, value=value).on_conflict_do_nothing())
    return await fact(db, name) or value


async def put(db: Db, name: str, value: str) -> None:
    """Set a fact."""
    made = insert(db, FactRow).values(name=name, value=value)
    await db.execute(
        made.on_conflict_do_update(index_elements=[FactRow.name], set_={"value": value})
    )


async def database_now(db: Db) -> datetime:
    """Return the database's own moment, which all processes share."""
    if db.dialect.name == "sqlite":
        said = await db.scalar(select(func.strftime("%Y-%m-%d %H:%M:%f", "now")))
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    found: datetime | None = await db.scalar(select(func.clock_timestamp()))
    if found is None:
        raise RuntimeError("the database does not tell the time")
    return found


async def drift(db: Db, now: datetime) -> timedelta:
    """Return how far the database's clock is from the machine's."""
    if db.dialect.name == "sqlite":
        return timedelta()
    found: datetime | None = await db.scalar(select(func.clock_timestamp()))
    return abs(found - now) if found else timedelta()


async def secret(db: Db, given: str = "") -> bytes:
    """Return the secret that is given, else this database's own, making it the first time."""
    if given:
        return given.encode()
    return bytes.fromhex(await first(db, SECRET, secrets.token_hex(32)))


async def files(db: Db) -> str:
    """Return the name of the folder of this database's files, making it up the first time."""
    return await first(db, FILES, secrets.token_hex(4))


async def offset(db: Db) -> timedelta | None:
    """Return how far campaign time stands from the machine's, None if never rehearsed."""
    found = await fact(db, OFFSET)
    return None if found is None else timedelta(microseconds=int(found))


async def settled_offset(db: Db) -> timedelta | None:
    """Return the offset once nobody is moving it, and hold it until the transaction ends."""
    await db.execute(select(FactRow.value).where(FactRow.name == OFFSET).with_for_update())
    return await offset(db)


async def first_offset(db: Db, wanted: timedelta) -> timedelta:
    """Set the rehearsal's offset for a fresh database, and return what holds."""
    return timedelta(microseconds=int(await first(db, OFFSET, str(wanted // _US))))


async def put_offset(db: Db, wanted: timedelta) -> None:
    """Move the rehearsal."""
    await put(db, OFFSET, str(wanted // _US))
