"""Roles: who is staff, who organises which unit or team, and the one-time codes that make it so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules.rights import Duty, Role
from storage import deployment
from storage.base import Base, Id, ShortId
from storage.citizens import CitizenRow
from storage.db import Db, insert
from storage.deployment import FactRow


class DutyRow(Base):
    """A role somebody holds now; revoked, the row is gone and the audit remembers it."""

    __tablename__ = "duties"
    __table_args__ = (
        UniqueConstraint("campaign", "citizen", "role", "unit"),
        Index("ix_duties_unit", "campaign", "unit", "citizen"),
        Index("ix_duties_role", "campaign", "role", "citizen"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    role: Mapped[str] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime]


class GrantRow(Base):
    """A one-time code, by its keyed hash: whoever says it first takes the role."""

    __tablename__ = "grants"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    role: Mapped[str] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(32))
    granted_by: Mapped[int] = mapped_column(Id)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    taken_by: Mapped[int | None] = mapped_column(Id)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A code to be handed out; `code` is its keyed hash, `expires_at` system time."""

    campaign: int
    code: str
    duty: Duty
    granted_by: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role, by card number."""

    number: str
    duty: Duty


async def owners(db: Db) -> list[int]:
    """Return the citizens behind the accounts that the settings name as owners."""
    known = await deployment.fact(db, deployment.OWNERS) or ""
    return sorted(int(one) for one in known.split(",") if one)


async def duties(db: Db, campaign: int, citizen: int) -> tuple[Duty, ...]:
    """Return what somebody is in charge of, owners included."""
    found = await db.execute(_duties(), {"campaign": campaign, "citizen": citizen})
    return tuple(
        Duty(Role(role), "" if role == Role.OWNER else about)
        for role, about in found
        if role != Role.OWNER or str(citizen) in about.split(",")
    )


@cache
def _duties() -> Select[str, str]:
    mine = (DutyRow.campaign == bindparam("campaign"), DutyRow.citizen == bindparam("citizen"))
    named = FactRow.name == deployment.OWNERS
    both = union_all(
        select(DutyRow.id.label("place"), DutyRow.role, DutyRow.unit.label("about")).where(*mine),
        select(literal(0).label("place"), literal(Role.OWNER), FactRow.value).where(named),
    ).subquery()
    return select(both.c.role, both.c.about).order_by(both.c.place)


async def offer(db: Db, grant: NewGrant) -> None:
    """Keep a one-time code."""
    await db.execute(
        insert(db, GrantRow).values(
            code=grant.code,
            campaign=grant.campaign,
            role=grant.duty.role,
            unit=grant.duty.unit,
            granted_by=grant.granted_by,
            expires_at=grant.expires_at,
        )
    )


async def take(db: Db, campaign: int, code: str, *, citizen: int, now: datetime) -> Duty | None:
    """Use a code up and return its role; None if it is unknown, used or too old.

    `now` is system time. A code whose giver has lost the right since then is for the caller to
    refuse: see `giver`.
    """
    free = (
        GrantRow.code == code,
        GrantRow.campaign == campaign,
        GrantRow.taken_by.is_(None),
        GrantRow.expires_at > now,
    )
    taken = update(GrantRow).where(*free).values(taken_by=citizen)
    row = (await db.execute(taken.returning(GrantRow.role, GrantRow.unit))).first()
    return None if row is None else Duty(Role(row.role), row.unit)


async def giver(db: Db, code: str) -> int | None:
    """Return who made a code."""
    found: int | None = await db.scalar(select(GrantRow.granted_by).where(GrantRow.code == code))
    return found


async def add(db: Db, campaign: int, citizen: int, *, duty: Duty, at: datetime) -> bool:
    """Give somebody a role; False if they hold it already. `at` is system time."""
    values = {"campaign": campaign, "citizen": citizen, "role": duty.role, "unit": duty.unit}
    made = insert(db, DutyRow).values(**values, since=at).on_conflict_do_nothing()
    return await db.scalar(made.returning(DutyRow.id)) is not None


async def revoke(db: Db, campaign: int, citizen: int, *, which: Sequence[Duty]) -> list[Duty]:
    """Take roles away, and the codes somebody made that nobody has used; return what was held."""
    gone = []
    for duty in which:
        held = (DutyRow.citizen == citizen, DutyRow.role == duty.role, DutyRow.unit == duty.unit)
        taken = delete(DutyRow).where(DutyRow.campaign == campaign, *held).returning(DutyRow.id)
        if (await db.scalars(taken)).all():
            gone.append(duty)
    unused = (GrantRow.campaign == campaign, GrantRow.taken_by.is_(None))
    await db.execute(delete(GrantRow).where(GrantRow.granted_by == citizen, *unused))
    return gone


async def holders(db: Db, campaign: int) -> list[Holder]:
    """Return everybody's roles, staff first, then by unit."""
    wanted = (
        select(CitizenRow.number, DutyRow.role, DutyRow.unit)
        .join(CitizenRow, CitizenRow.id == DutyRow.citizen)
        .where(DutyRow.campaign == campaign)
        .order_by(DutyRow.role, DutyRow.unit, DutyRow.id)
    )
    found = await db.execute(wanted)
    return [Holder(number, Duty(Role(role), unit)) for number, role, unit in found]


async def organisers(
    db: Db, campaign: int, unit: str, *, after: int = 0, most: int | None = None
) -> list[int]:
    """Return who organises a unit or team, whose ids follow a number."""
    wanted = select(DutyRow.citizen).where(
        DutyRow.campaign == campaign, DutyRow.unit == unit, DutyRow.citizen > after
    )
    return list(await db.scalars(wanted.distinct().order_by(DutyRow.citizen).limit(most)))


async def staff(db: Db, campaign: int, *, after: int = 0, most: int | None = None) -> list[int]:
    """Return staff and owners, whose ids follow a number."""
    wanted = select(DutyRow.citizen).where(
        DutyRow.campaign == campaign, DutyRow.role == Role.STAFF, DutyRow.citizen > after
    )
    held = set(await db.scalars(wanted.distinct().order_by(DutyRow.citizen).limit(most)))
    held |= {owner for owner in await owners(db) if owner > after}
    return sorted(held)[:most]


async def holding(
    db: Db, campaign: int, role: Role, *, after: int = 0, most: int | None = None
) -> list[int]:
    """Return who holds a role, whatever its unit, whose ids follow a number."""
    wanted = select(DutyRow.citizen).where(
        DutyRow.campaign == campaign, DutyRow.role == role, DutyRow.citizen > after
    )
    return list(await db.scalars(wanted.distinct().order_by(DutyRow.citizen).limit(most)))


async def purge(db: Db, before: datetime) -> None:
    """Forget codes that are too old to be taken, by system time."""
    await db.execute(delete(GrantRow).where(GrantRow.expires_at < before))
