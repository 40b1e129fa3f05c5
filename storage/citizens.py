"""Citizens, their accounts on the channels, their consent and their town."""

import secrets
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    any_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    or_,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.rules import cards
from storage.base import Base, Id, ShortId
from storage.db import Db, insert
from storage.many import SQLITE, Listed, dialect, plain

NUMBER_TRIES_MAX = 5
ADULT = "adult"
YOUNG = "young"  # under 14, with a guardian's consent


class Account(NamedTuple):
    """An identity on one channel."""

    channel: str
    sender: str


class CitizenRow(Base):
    """A person taking part, on however many channels."""

    __tablename__ = "citizens"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(cards.LENGTH), unique=True)
    town: Mapped[str | None] = mapped_column(String(32), index=True)
    unit: Mapped[str | None] = mapped_column(String(32), index=True)
    team: Mapped[str | None] = mapped_column(String(32), index=True)
    band: Mapped[str] = mapped_column(String(8))
    consented_at: Mapped[datetime | None]
    scores_from: Mapped[date | None]
    since: Mapped[datetime]
    erased_at: Mapped[datetime | None] = mapped_column(index=True)
    merged_into: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    """Who this person became, when they turned out to be one with another; see storage/links.py."""


class AccountRow(Base):
    """An account and the citizen who is active on it."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("channel", "sender"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(16))
    sender: Mapped[str] = mapped_column(String(64))
    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    language: Mapped[str | None] = mapped_column(String(8))
    since: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    """When the channel said that nothing reaches this account any more; None while it does."""
    used_at: Mapped[datetime | None]
    """When somebody with several accounts last turned to this one; system time."""
    holder: Mapped[int | None] = mapped_column(Id, ForeignKey("citizens.id"), index=True)
    """Whose account it is while somebody they hold acts on it; None while they do themselves."""
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Several readers act on it in turn; see storage/seats.py."""


account_owner = func.coalesce(AccountRow.holder, AccountRow.citizen)
"""Whose account it is, whoever acts on it."""

ACCOUNTS = Listed("accounts_asked", AccountRow.channel, AccountRow.sender)
IDS = Listed("ids_asked", CitizenRow.id)


class ConsentRow(Base):
    """One consent, kept as proof: by whom, to which words, when given and withdrawn."""

    __tablename__ = "consents"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    given_at: Mapped[datetime] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(16))
    by_guardian: Mapped[bool]
    withdrawn_at: Mapped[datetime | None]


class MoveRow(Base):
    """A move from one town to another, at most one a day."""

    __tablename__ = "moves"

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    campaign: Mapped[int | None] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    left: Mapped[str] = mapped_column(String(32))
    joined: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Move:
    """A move between towns in a campaign: its campaign day, and the moment."""

    campaign: int
    left: str
    joined: str
    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Who is behind an account."""

    citizen: int
    number: str
    town: str | None
    unit: str | None
    consented: bool
    language: str | None
    """The language chosen for this account; None follows its client."""
    band: str = ADULT
    team: str | None = None
    reachable: bool = True
    """Whether what is sent to this account arrives, as far as the channel has told."""
    elsewhere: bool = False
    """Another account of theirs was used later: what is pushed goes there."""
    holder: int | None = None
    """Whose account this is, while somebody they hold acts on it."""
    called: str = ""
    """What they are called, where several read on the account; empty where nobody else does."""

    @property
    def owner(self) -> int:
        """Return whose account this is."""
        return self.holder or self.citizen

    @property
    def registered(self) -> bool:
        """Say whether first contact is complete: consent and a town."""
        return self.consented and self.town is not None


_PAPER = table("paper_cards", column("number", String))
_PROFILES = table("profiles", column("citizen", Id), column("name", String))
_NAME = select(_PROFILES.c.name).where(_PROFILES.c.citizen == CitizenRow.id).scalar_subquery()
_HALVES = func.substr(CitizenRow.number, 1, 4) + "-" + func.substr(CitizenRow.number, 5)
CALLED = case((AccountRow.shared, func.coalesce(_NAME, _HALVES)))
"""What the active reader is called; looked up only where several read on the account."""
_OTHER = aliased(AccountRow)
_LAST = func.coalesce(AccountRow.used_at, AccountRow.since)
_ELSEWHERE = exists().where(
    _OTHER.citizen == AccountRow.citizen,
    _OTHER.id != AccountRow.id,
    AccountRow.holder.is_(None),
    _OTHER.holder.is_(None),
    func.coalesce(_OTHER.used_at, _OTHER.since) >= _LAST,
)


async def lock(db: Db, accounts: Collection[Account], ids: Collection[int] = ()) -> Container[int]:
    """Lock the citizens of accounts, and citizens by id, and return those locked.

    Who is locked by someone else is left out. SQLite has one writer, to whom everyone is free.
    """
    named = dialect(db)
    if named == SQLITE:
        return _Everyone()
    given = ACCOUNTS.rows(named, accounts) | IDS.rows(named, [(citizen,) for citizen in ids])
    return set(await db.scalars(_lock(named), given))


@cache
def _lock(named: str) -> Select[int]:
    behind = ACCOUNTS.find(named, select(AccountRow.citizen))
    ids = union_all(behind, select(IDS.table(named))).scalar_subquery()
    # One array, not a join or an OR: it is always looked up in the primary key.
    return (
        select(CitizenRow.id)
        .where(CitizenRow.id == any_(func.array(ids, type_=ARRAY(Id))))
        .order_by(CitizenRow.id)
        .with_for_update(key_share=True, skip_locked=True, of=CitizenRow)
    )


class _Everyone:
    """Holds every citizen."""

    def __contains__(self, _citizen: object) -> bool:
        return True


async def lock_one(db: Db, citizen: int) -> None:
    """Lock one citizen, waiting for whoever holds them."""
    wanted = select(CitizenRow.id).where(CitizenRow.id == citizen)
    await db.execute(wanted.with_for_update(key_share=True))


_PERSON = (
    CitizenRow.id,
    CitizenRow.number,
    CitizenRow.town,
    CitizenRow.unit,
    CitizenRow.consented_at,
    AccountRow.language,
    CitizenRow.band,
    CitizenRow.team,
    AccountRow.gone_at,
)


def _person(row: Sequence[Any], **more: Any) -> Person:
    citizen, number, town, unit, consented_at, language, band, team, gone_at = row
    return Person(
        *(citizen, number, town, unit),
        consented=consented_at is not None,
        language=language,
        band=band,
        team=team,
        reachable=gone_at is None,
        **more,
    )


# Built once, as nearly every turn asks it.
_FIND = (
    select(*_PERSON, _ELSEWHERE, AccountRow.holder, CALLED)
    .join(CitizenRow, AccountRow.citizen == CitizenRow.id)
    .where(AccountRow.channel == bindparam("channel"), AccountRow.sender == bindparam("sender"))
)


async def find(db: Db, account: Account) -> Person | None:
    """Find who is behind an account."""
    row = (await db.execute(_FIND, {"channel": account.channel, "sender": account.sender})).first()
    if row is None:
        return None
    *person, elsewhere, holder, called = row
    return _person(person, elsewhere=elsewhere, holder=holder, called=called or "")


async def by_number(db: Db, number: str) -> Person | None:
    """Find who has a card number, on the account last used; also who became another person."""
    merged = select(CitizenRow.merged_into).where(CitizenRow.number == number)
    wanted = (
        select(*_PERSON)
        .select_from(AccountRow)
        .join(CitizenRow, account_owner == CitizenRow.id)
        .where(or_(CitizenRow.number == number, CitizenRow.id.in_(merged)))
        .order_by(_LAST.desc(), AccountRow.id.desc())
    )
    found = (await db.execute(wanted.limit(1))).first()
    return None if found is None else _person(found)


class Receiver(NamedTuple):
    """Where somebody can be told something, in which language; None follows the client."""

    account: Account
    language: str | None
    reader: str = ""
    """Who is meant, where several read on the account and it is not whose account it is."""


async def number(db: Db, citizen: int) -> str:
    """Return the card number of a citizen."""
    found = await db.scalar(select(CitizenRow.number).where(CitizenRow.id == citizen))
    return str(found or "")


async def note_presence(db: Db, account: Account, *, gone_at: datetime | None) -> None:
    """Note that an account cannot be reached since then, or, with None, that it can."""
    known = (AccountRow.channel == account.channel, AccountRow.sender == account.sender)
    await db.execute(update(AccountRow).where(*known).values(gone_at=gone_at))


async def add_reader(db: Db, *, at: datetime, band: str = ADULT) -> int:
    """Add a citizen who has no account of their own; no consent yet."""
    return (await _numbered(db, at=at, band=band))[0]


async def add_holder(db: Db, number: str, *, at: datetime, band: str) -> int | None:
    """Add a citizen under the number of their paper card; None if it is somebody's."""
    values = {"number": number, "band": band, "since": at}
    made = insert(db, CitizenRow).values(**values).on_conflict_do_nothing()
    citizen: int | None = await db.scalar(made.returning(CitizenRow.id))
    return citizen


async def _numbered(db: Db, *, at: datetime, band: str) -> tuple[int, str]:
    """Add a citizen with a number of their own, which stands on nobody's paper card."""
    for _ in range(NUMBER_TRIES_MAX):
        number = cards.from_chance(secrets.randbits(64))
        if await db.scalar(select(_PAPER.c.number).where(_PAPER.c.number == number)):
            continue
        citizen = await add_holder(db, number, at=at, band=band)
        if citizen is not None:
            return citizen, number
    raise RuntimeError("no free card number was found")


async def add(db: Db, account: Account, *, at: datetime, band: str = ADULT) -> Person:
    """Add a citizen with a number of their own, behind a new account; no consent yet.

    Raises:
        Conflict: somebody added the account at the same moment.

    """
    citizen, number = await _numbered(db, at=at, band=band)
    given = {"channel": account.channel, "sender": account.sender, "since": at}
    await db.execute(insert(db, AccountRow).values(citizen=citizen, **given))
    return Person(citizen, number, None, None, consented=False, language=None)


async def consent(db: Db, citizen: int, *, words: str, by_guardian: bool, at: datetime) -> None:
    """Note the consent by which somebody takes part."""
    await agree(db, citizen, words=words, by_guardian=by_guardian, at=at)
    band = YOUNG if by_guardian else ADULT
    await db.execute(
        update(CitizenRow).where(CitizenRow.id == citizen).values(consented_at=at, band=band)
    )


async def agree(db: Db, citizen: int, *, words: str, by_guardian: bool, at: datetime) -> None:
    """Keep the proof of a consent."""
    values = {"words": words, "by_guardian": by_guardian, "withdrawn_at": None}
    made = insert(db, ConsentRow).values(citizen=citizen, given_at=at, **values)
    keys = [ConsentRow.citizen, ConsentRow.given_at]  # a rehearsal may stand at one moment
    await db.execute(made.on_conflict_do_update(index_elements=keys, set_=values))


async def withdraw(db: Db, citizen: int, *, at: datetime) -> None:
    """Note that a citizen takes the consent back."""
    in_force = (ConsentRow.citizen == citizen, ConsentRow.withdrawn_at.is_(None))
    await db.execute(update(ConsentRow).where(*in_force).values(withdrawn_at=at))
    await db.execute(update(CitizenRow).where(CitizenRow.id == citizen).values(consented_at=None))


async def register(db: Db, citizen: int, *, town: str) -> bool:
    """Set the town of a citizen who has none; False if they have one by now."""
    nowhere = (CitizenRow.id == citizen, CitizenRow.town.is_(None))
    chosen = update(CitizenRow).where(*nowhere).values(town=town).returning(CitizenRow.id)
    return await db.scalar(chosen) is not None


async def settle(
    db: Db, citizen: int, *, town: str | None, unit: str | None = None, team: str | None = None
) -> None:
    """Set a citizen's town, unit or team; what is None stays as it is."""
    values = {"town": town, "unit": unit, "team": team}
    given = {name: value for name, value in values.items() if value is not None}
    if given:
        await db.execute(update(CitizenRow).where(CitizenRow.id == citizen).values(**given))


async def leave(db: Db, citizen: int, *, unit: bool = False, team: bool = False) -> None:
    """Let a citizen leave their unit or team."""
    gone = {"unit": unit, "team": team}
    values: dict[str, None] = {name: None for name, left in gone.items() if left}
    await db.execute(update(CitizenRow).where(CitizenRow.id == citizen).values(values))


async def move(db: Db, citizen: int, move: Move) -> bool:
    """Move a citizen to another town; False if they moved earlier the same day."""
    made = insert(db, MoveRow).values(citizen=citizen, **plain(move)).on_conflict_do_nothing()
    if await db.scalar(made.returning(MoveRow.citizen)) is None:
        return False
    await settle(db, citizen, town=move.joined)
    return True
