"""What a citizen chose in the settings: a name, standing on boards, pushes, the nudge's hour."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ForeignKey, SmallInteger, String, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.citizens import Account, AccountRow, CitizenRow
from storage.db import Db, insert


class ProfileRow(Base):
    """A citizen's own choices; nobody has a row before choosing something."""

    __tablename__ = "profiles"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(64))
    listed: Mapped[bool]
    nudge_hour: Mapped[int | None] = mapped_column(SmallInteger)


class SwitchRow(Base):
    """A kind of push a citizen switched on or off, against the campaign's default."""

    __tablename__ = "switches"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    on: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Profile:
    """A citizen's choices; `listed` says that the name may stand on boards."""

    name: str | None = None
    listed: bool = False
    nudge_hour: int | None = None


async def of(db: Db, citizen: int) -> Profile:
    """Return a citizen's choices."""
    chosen = select(ProfileRow.name, ProfileRow.listed, ProfileRow.nudge_hour)
    row = (await db.execute(chosen.where(ProfileRow.citizen == citizen))).first()
    return Profile() if row is None else Profile(*row)


async def nudged_at(db: Db, hour: int, *, after: int, most: int) -> list[int]:
    """Return who asked for a nudge at an hour and whose ids follow a number, in their order."""
    wanted = select(ProfileRow.citizen).where(
        ProfileRow.nudge_hour == hour, ProfileRow.citizen > after
    )
    return list(await db.scalars(wanted.order_by(ProfileRow.citizen).limit(most)))


async def put(db: Db, citizen: int, profile: Profile) -> None:
    """Write a citizen's choices."""
    values = {"name": profile.name, "listed": profile.listed, "nudge_hour": profile.nudge_hour}
    made = insert(db, ProfileRow).values(citizen=citizen, **values)
    await db.execute(made.on_conflict_do_update(index_elements=[ProfileRow.citizen], set_=values))


async def speak(db: Db, account: Account, language: str | None) -> None:
    """Set the language of an account; None follows its client."""
    mine = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    await db.execute(update(AccountRow).where(*mine).values(language=language))


async def switches(db: Db, citizen: int) -> dict[str, bool]:
    """Return the kinds of push a citizen switched."""
    wanted = select(SwitchRow.kind, SwitchRow.on).where(SwitchRow.citizen == citizen)
    return {kind: on for kind, on in await db.execute(wanted)}  # noqa: C416 - rows, not pairs


async def switched(db: Db, citizens: Collection[int], kind: str) -> dict[int, bool]:
    """Return who of these people switched a kind of push, and which way."""
    wanted = select(SwitchRow.citizen, SwitchRow.on).where(
        SwitchRow.citizen.in_(citizens), SwitchRow.kind == kind
    )
    return {who: on for who, on in await db.execute(wanted)}  # noqa: C416 - rows, not pairs


async def switch(db: Db, citizen: int, kind: str, *, on: bool) -> None:
    """Switch a kind of push."""
    made = insert(db, SwitchRow).values(citizen=citizen, kind=kind, on=on)
    keys = [SwitchRow.citizen, SwitchRow.kind]
    await db.execute(made.on_conflict_do_update(index_elements=keys, set_={"on": on}))


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom staff see: a card number, a display name if there is one, a town."""

    citizen: int
    number: str
    name: str | None
    town: str | None


_SHOWN = (CitizenRow.id, CitizenRow.number, ProfileRow.name, CitizenRow.town)
_THEIRS = ProfileRow.citizen == CitizenRow.id


async def shown(db: Db, citizen: int) -> Shown | None:
    """Return whom staff see; None if there is nobody, or nobody any more."""
    wanted = select(*_SHOWN).outerjoin(ProfileRow, _THEIRS)
    wanted = wanted.where(CitizenRow.id == citizen, CitizenRow.erased_at.is_(None))
    row = (await db.execute(wanted)).first()
    return None if row is None else Shown(*row)


async def numbered(db: Db, numbers: Collection[str]) -> list[Shown]:
    """Return those who have one of these card numbers, in their order.

    The number of somebody who became another person is theirs now.
    """
    merged = select(CitizenRow.merged_into).where(CitizenRow.number.in_(numbers))
    wanted = select(*_SHOWN).outerjoin(ProfileRow, _THEIRS)
    wanted = wanted.where(
        or_(CitizenRow.number.in_(numbers), CitizenRow.id.in_(merged)),
        CitizenRow.erased_at.is_(None),
        CitizenRow.merged_into.is_(None),
    )
    rows = await db.execute(wanted.order_by(CitizenRow.number))
    return [Shown(*row) for row in rows]
