"""Selections of the best: a snapshot of the candidates, and how far it has got.

From `taking` over `draft`, `confirmed` and `published` to `final`; a new snapshot makes the one
before it `replaced`. At most one selection of a campaign is current.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.rules.selection import Rule
from storage.base import Base, Id, ShortId
from storage.db import Db, insert_one

TAKING, DRAFT, CONFIRMED, PUBLISHED = "taking", "draft", "confirmed", "published"
FINAL, REPLACED = "final", "replaced"
STATES = (TAKING, DRAFT, CONFIRMED, PUBLISHED, FINAL, REPLACED)
CURRENT = (DRAFT, CONFIRMED, PUBLISHED, FINAL)
OUT = (PUBLISHED, FINAL)  # people know of it
SEALED = (CONFIRMED, PUBLISHED, FINAL)
CURRENT_WORDS = f"state IN {CURRENT}"


class SelectionRow(Base):
    """One snapshot `as_of` a moment, under rules that are kept with it as JSON.

    The first member of staff seals it: the lists are drawn up, `bests` are the best values of each
    list's measures (JSON), and `digest` is the SHA-256 of all of it. The second, another one,
    confirms that digest. `revision` grows with each exclusion.
    """

    __tablename__ = "selections"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("sealed_by <> confirmed_by", name="two"),
        CheckConstraint(
            f"state NOT IN {SEALED} OR"
            " (digest IS NOT NULL AND sealed_by IS NOT NULL AND confirmed_by IS NOT NULL)",
            name="confirmed",
        ),
        CheckConstraint(f"state NOT IN {OUT} OR objections_until IS NOT NULL", name="published"),
        Index(
            "uq_selections_current",
            "campaign",
            unique=True,
            sqlite_where=text(CURRENT_WORDS),
            postgresql_where=text(CURRENT_WORDS),
        ),
        Index("ix_selections_campaign", "campaign", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"))
    state: Mapped[str] = mapped_column(String(9))
    as_of: Mapped[datetime]
    rule_version: Mapped[int] = mapped_column(Integer)
    rules: Mapped[str] = mapped_column(Text)
    readers: Mapped[int] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str | None] = mapped_column(String(64))
    bests: Mapped[str | None] = mapped_column(Text)
    taken_by: Mapped[int] = mapped_column(Id)
    sealed_by: Mapped[int | None] = mapped_column(Id)
    sealed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(Id)
    confirmed_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(Id)
    published_at: Mapped[datetime | None]
    objections_until: Mapped[date | None]
    finished_by: Mapped[int | None] = mapped_column(Id)
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Award:
    """A list as the rules of a selection have it; `id` names it."""

    id: str
    name: str
    name_en: str
    who: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection as it stands."""

    id: int
    campaign: int
    state: str
    as_of: datetime
    rule_version: int
    rules: Mapping[str, Any]
    readers: int
    units: int
    revision: int
    digest: str | None
    bests: Mapping[str, Sequence[int | str]] | None
    """The best values of the measures, by list; fractions as `1/3`. None before it is sealed."""
    taken_by: int
    sealed_by: int | None
    sealed_at: datetime | None
    confirmed_by: int | None
    confirmed_at: datetime | None
    published_by: int | None
    published_at: datetime | None
    objections_until: date | None
    finished_by: int | None
    finished_at: datetime | None

    @property
    def awards(self) -> tuple[Award, ...]:
        """Return the lists, in the order of the campaign file."""
        return tuple(
            Award(
                each["id"],
                each["name"],
                each["name_en"],
                each["who"],
                Rule(
                    each["weights"],
                    self.rules["ties"],
                    each["size"],
                    each["reserve"],
                    each["exclude"],
                ),
            )
            for each in self.rules["lists"]
        )

    def award(self, name: str) -> Award | None:
        """Return a list by its id, None if there is none."""
        return next((each for each in self.awards if each.id == name), None)

    @property
    def is_out(self) -> bool:
        """Say whether people know of it."""
        return self.state in OUT


COLUMNS = tuple(getattr(SelectionRow, name) for name in Selection.__slots__)


def _selection(row: Sequence[Any] | None) -> Selection | None:
    if row is None:
        return None
    named = dict(zip(Selection.__slots__, row, strict=True))
    bests = json.loads(named["bests"]) if named["bests"] else None
    return Selection(**(named | {"rules": json.loads(named["rules"]), "bests": bests}))


async def begin(
    db: Db, campaign: int, *, by: int, rules: Mapping[str, Any], as_of: datetime
) -> int:
    """Begin a snapshot and return its id. What was begun before and never done is given up."""
    unfinished = (SelectionRow.campaign == campaign, SelectionRow.state == TAKING)
    await db.execute(update(SelectionRow).where(*unfinished).values(state=REPLACED))
    return await insert_one(
        db,
        SelectionRow,
        campaign=campaign,
        state=TAKING,
        as_of=as_of,
        rule_version=rules["version"],
        rules=json.dumps(rules, ensure_ascii=False),
        readers=0,
        units=0,
        revision=1,
        taken_by=by,
    )


async def complete(db: Db, selection: int, campaign: int, *, readers: int, units: int) -> bool:
    """Make a snapshot the draft, in place of the one before; False if that is out already."""
    before = await current(db, campaign, lock=True)
    if before is not None and before.is_out:
        await _set(db, selection, (TAKING,), state=REPLACED)
        return False
    if before is not None:
        await _set(db, before.id, CURRENT, state=REPLACED)
    return await _set(db, selection, (TAKING,), state=DRAFT, readers=readers, units=units)


async def of(db: Db, selection: int) -> Selection | None:
    """Return a selection, None if there is none."""
    return _selection(
        (await db.execute(select(*COLUMNS).where(SelectionRow.id == selection))).first()
    )


async def current(db: Db, campaign: int, *, lock: bool = False) -> Selection | None:
    """Return the selection of a campaign that counts, None if there is none yet."""
    # In words: only then does the planner see that the partial index serves.
    wanted = select(*COLUMNS).where(SelectionRow.campaign == campaign, text(CURRENT_WORDS))
    if lock:
        wanted = wanted.with_for_update()
    return _selection((await db.execute(wanted)).first())


async def published(db: Db, campaign: int) -> Selection | None:
    """Return the selection that people know of, None if there is none yet."""
    found = await current(db, campaign)
    return found if found is not None and found.is_out else None


async def revise(db: Db, selection: int) -> bool:
    """Note that a draft was changed, so that nobody confirms what was sealed before."""
    changed = {"revision": SelectionRow.revision + 1, **_UNSEALED}
    return await _set(db, selection, (DRAFT,), **changed)


_UNSEALED = {"digest": None, "bests": None, "sealed_by": None, "sealed_at": None}


@dataclass(frozen=True, slots=True)
class Seal:
    """What somebody asks the second person to confirm."""

    digest: str
    bests: Mapping[str, Sequence[int | str]]
    by: int
    at: datetime


async def seal(db: Db, selection: int, made: Seal, *, revision: int) -> bool:
    """Note what a draft comes to, and who asks for it; False if it was changed or sealed."""
    return await _set(
        db,
        selection,
        (DRAFT,),
        SelectionRow.revision == revision,
        SelectionRow.digest.is_(None),
        digest=made.digest,
        bests=json.dumps(dict(made.bests)),
        sealed_by=made.by,
        sealed_at=made.at,
    )


async def is_sealed(db: Db, selection: int, *, digest: str, revision: int) -> bool:
    """Say whether this is what a draft came to already, whoever asked for it."""
    found = await of(db, selection)
    return found is not None and (found.digest, found.revision) == (digest, revision)


async def confirm(db: Db, selection: int, *, digest: str, by: int, at: datetime) -> bool:
    """Confirm what somebody else sealed; False if it is not that any more, or by the same."""
    same = (SelectionRow.digest == digest, SelectionRow.sealed_by != by)
    values = {"state": CONFIRMED, "confirmed_by": by, "confirmed_at": at}
    return await _set(db, selection, (DRAFT,), *same, **values)


async def publish(db: Db, selection: int, *, by: int, at: datetime, until: date) -> bool:
    """Publish what is confirmed; objections are taken before the day `until`."""
    values = {"state": PUBLISHED, "published_by": by, "published_at": at}
    return await _set(db, selection, (CONFIRMED,), **values, objections_until=until)


async def finish(db: Db, selection: int, *, by: int, at: datetime) -> bool:
    """Make what is published final."""
    return await _set(db, selection, (PUBLISHED,), state=FINAL, finished_by=by, finished_at=at)


async def _set(
    db: Db,
    selection: int,
    states: Sequence[str],
    /,
    *conditions: ColumnElement[bool],
    **values: Any,
) -> bool:
    mine = (SelectionRow.id == selection, SelectionRow.state.in_(states), *conditions)
    moved = update(SelectionRow).where(*mine).values(**values).returning(SelectionRow.id)
    return await db.scalar(moved) is not None
