"""The programme of livestreams as those who make it see it: added, changed, beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from storage import livestreams
from storage.db import Db, insert_one
from storage.livestreams import APPROVED, COLUMNS, ON, TAP, Livestream, LivestreamRow, of_row


@dataclass(frozen=True, slots=True)
class NewClass:
    """A livestream to be put on the programme, or what one shall say from now on."""

    topic: str
    starts_at: datetime
    minutes: int
    lecturer: str
    summary: str
    address: str
    unit: str


async def add(db: Db, campaign: int, new: NewClass, *, at: datetime) -> int:
    """Put a livestream on the programme and return its id."""
    return await insert_one(
        db,
        LivestreamRow,
        campaign=campaign,
        planned_at=new.starts_at,
        ends_at=new.starts_at + timedelta(minutes=new.minutes),
        proof=TAP,
        state=APPROVED,
        version=1,
        added_at=at,
        **{name: getattr(new, name) for name in NewClass.__slots__ if name != "minutes"},
    )


async def change(db: Db, livestream: Livestream, new: NewClass) -> None:
    """Let a livestream say something else; a new start postpones it."""
    if new.starts_at != livestream.starts_at:
        await livestreams.postpone(db, livestream.id, new.starts_at)
    words = ("topic", "lecturer", "summary", "address", "unit")
    values = {name: getattr(new, name) for name in words}
    ends_at = new.starts_at + timedelta(minutes=new.minutes)
    changed = update(LivestreamRow).where(LivestreamRow.id == livestream.id)
    await db.execute(changed.values(**values, ends_at=ends_at))


async def put_replay(db: Db, livestream: int, address: str | None) -> None:
    """Set where a livestream can be watched again, or, with None, nowhere."""
    changed = update(LivestreamRow).where(LivestreamRow.id == livestream)
    await db.execute(changed.values(replay=address))


async def taken(
    db: Db, campaign: int, topic: str, *, planned_at: datetime, but: int | None = None
) -> int | None:
    """Return the livestream of the same topic that was first given the same start."""
    wanted = select(LivestreamRow.id).where(
        LivestreamRow.campaign == campaign,
        LivestreamRow.topic == topic,
        LivestreamRow.planned_at == planned_at,
        LivestreamRow.id != (but or 0),
    )
    found: int | None = await db.scalar(wanted)
    return found


async def planned_at(db: Db, livestream: int) -> datetime | None:
    """Return the start a livestream was first given."""
    wanted = select(LivestreamRow.planned_at).where(LivestreamRow.id == livestream)
    found: datetime | None = await db.scalar(wanted)
    return found


async def clashing(
    db: Db, campaign: int, *, start: datetime, end: datetime, but: int | None = None
) -> list[Livestream]:
    """Return what is on the air at the same time, by start."""
    wanted = select(*COLUMNS).where(
        LivestreamRow.campaign == campaign,
        LivestreamRow.starts_at < end,
        LivestreamRow.ends_at > start,
        LivestreamRow.state.in_(ON),
        LivestreamRow.id != (but or 0),
    )
    wanted = wanted.order_by(LivestreamRow.starts_at, LivestreamRow.id)
    return [of_row(row) for row in await db.execute(wanted)]


def _listed(campaign: int, units: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    own = () if units is None else (LivestreamRow.unit.in_(units),)
    return (LivestreamRow.campaign == campaign, *own)


async def count(db: Db, campaign: int, units: Sequence[str] | None) -> int:
    """Return how many livestreams `listed` lists."""
    wanted = select(func.count()).select_from(LivestreamRow).where(*_listed(campaign, units))
    return int(await db.scalar(wanted) or 0)


async def listed(
    db: Db, campaign: int, units: Sequence[str] | None, *, offset: int, limit: int
) -> list[Livestream]:
    """Return a page of the livestreams of these units, or of all with None, the latest first."""
    wanted = select(*COLUMNS).where(*_listed(campaign, units))
    wanted = wanted.order_by(LivestreamRow.starts_at.desc(), LivestreamRow.id.desc())
    return [of_row(row) for row in await db.execute(wanted.offset(offset).limit(limit))]


async def starts(db: Db, campaign: int) -> dict[str, list[datetime]]:
    """Return when the livestreams of each unit begin, unless they are off."""
    wanted = select(LivestreamRow.unit, LivestreamRow.starts_at).where(
        LivestreamRow.campaign == campaign,
        LivestreamRow.state != livestreams.CANCELLED,
        LivestreamRow.unit.is_not(None),
    )
    found: dict[str, list[datetime]] = {}
    for unit, start in await db.execute(wanted):
        found.setdefault(str(unit), []).append(start)
    return found
