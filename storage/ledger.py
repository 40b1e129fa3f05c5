"""The append-only ledger: every line that moved points."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    func,
    null,
    select,
    text,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.rules.calendar import came_back
from bot.rules.points import Day
from storage.base import Base, Id, ShortId, append_only, guard
from storage.db import Conflict, Db
from storage.many import Listed, Query, dialect, insert_all, plain

DEED = "deed"
ADJUSTMENT = "adjustment"  # staff moved the balance, and nothing else
MAKEUP = "makeup"  # stands for a deed that was not booked; staff entered it
REVERSAL = "reversal"  # takes back another line, on the day of that line
REDEMPTION = "redemption"  # points became a voucher
REFUND = "refund"  # a voucher went back, and its points came
SCORED = (DEED, MAKEUP)  # what was earned, and makes somebody a participant


class LineRow(Base):
    """One line. Its number `line` counts a citizen's lines in a campaign from 1.

    A line that a deed earned takes a slot of its activity's day. Slots are unique and none pays
    past the cap the line was booked under, so no writer can overpay a day. A reversal names the
    line it `reverses`, of which it is the mirror image; no line is reversed twice.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("citizen", "campaign", "once"),
        UniqueConstraint("citizen", "campaign", "day", "activity", "slot"),
        CheckConstraint("points <> 0", name="points"),
        CheckConstraint("line > 0", name="line"),
        CheckConstraint(
            "kind <> 'deed' OR (activity IS NOT NULL AND slot >= 0 AND points > 0"
            " AND points <= rate AND slot * rate + points <= cap)",
            name="slot",
        ),
        CheckConstraint(
            "(kind = 'reversal') = (reverses IS NOT NULL) AND (kind <> 'makeup' OR"
            " (activity IS NOT NULL AND points > 0 AND points <= rate AND points <= cap))",
            name="corrections",
        ),
        Index(
            "uq_ledger_reverses",
            *("citizen", "campaign", "reverses"),
            unique=True,
            sqlite_where=text("reverses IS NOT NULL"),
            postgresql_where=text("reverses IS NOT NULL"),
        ),
    )

    citizen: Mapped[int] = mapped_column(Id, ForeignKey("citizens.id"), primary_key=True)
    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int] = mapped_column(Integer)
    net: Mapped[int] = mapped_column(Integer)
    day: Mapped[date]
    activity: Mapped[str | None] = mapped_column(String(32))
    slot: Mapped[int | None] = mapped_column(SmallInteger)
    rate: Mapped[int | None] = mapped_column(Integer)
    cap: Mapped[int | None] = mapped_column(Integer)
    once: Mapped[str] = mapped_column(String(80))
    cause: Mapped[str] = mapped_column(String(40))
    town: Mapped[str | None] = mapped_column(String(32))
    acted_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    reverses: Mapped[int | None] = mapped_column(Integer)


MIRRORS = (
    "SELECT 1 FROM ledger o WHERE o.citizen = NEW.citizen AND o.campaign = NEW.campaign"
    " AND o.line = NEW.reverses AND o.points = -NEW.points AND o.reverses IS NULL"
)
append_only(LineRow)
guard(
    LineRow,
    "sqlite",
    "CREATE TRIGGER ledger_mirrors BEFORE INSERT ON ledger WHEN NEW.reverses IS NOT NULL"
    f" AND NOT EXISTS ({MIRRORS})"
    " BEGIN SELECT RAISE(ABORT, 'a reversal mirrors its line'); END",
)
guard(
    LineRow,
    "postgresql",
    f"""CREATE OR REPLACE FUNCTION ledger_reversal_mirrors() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NOT EXISTS ({MIRRORS}) THEN
    RAISE EXCEPTION 'a reversal mirrors its line'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_mirrors BEFORE INSERT ON ledger
    FOR EACH ROW WHEN (NEW.reverses IS NOT NULL) EXECUTE FUNCTION ledger_reversal_mirrors()""",
)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be booked; `net` is balance less debt after it."""

    citizen: int
    line: int
    kind: str
    points: int
    net: int
    day: date
    activity: str | None
    slot: int | None
    rate: int | None
    cap: int | None
    once: str
    cause: str
    town: str | None
    acted_at: datetime
    recorded_at: datetime
    reverses: int | None = None


DayKey = tuple[int, date, str]
"""A citizen, a campaign day and an activity."""


async def days(db: Db, campaign: int, keys: Collection[DayKey]) -> dict[DayKey, Day]:
    """Return the slots taken and points paid, by citizen, day and activity. Reads those only.

    What was reversed stays counted: a reversal does not free the cap.
    """
    given = {"campaign": campaign, **_DAYS.rows(dialect(db), keys)}
    return {
        (citizen, day, activity or ""): Day(
            0 if slot is None else slot + 1, min(int(points), int(cap or 0))
        )
        for citizen, day, activity, slot, points, cap in await db.execute(_days(dialect(db)), given)
    }


_DAY = (LineRow.citizen, LineRow.day, LineRow.activity)
_DAYS = Listed("days", *_DAY)


@cache
def _days(named: str) -> Query:
    wanted = (
        select(*_DAY, func.max(LineRow.slot), func.sum(LineRow.points), func.max(LineRow.cap))
        .where(LineRow.campaign == bindparam("campaign"), LineRow.kind.in_(SCORED))
        .group_by(*_DAY)
    )
    return _DAYS.find(named, wanted)


_DAY_OF = (
    select(LineRow.activity, func.sum(LineRow.points), func.max(LineRow.cap))
    .where(
        LineRow.citizen == bindparam("citizen"),
        LineRow.campaign == bindparam("campaign"),
        LineRow.day == bindparam("day"),
        LineRow.kind.in_(SCORED),
    )
    .group_by(LineRow.activity)
)


async def day_of(db: Db, campaign: int, citizen: int, *, day: date) -> dict[str, int]:
    """Return what each activity paid a citizen on a campaign day, of what it can pay at most."""
    asked = {"citizen": citizen, "campaign": campaign, "day": day}
    return {
        activity or "": min(int(points), int(cap or 0))
        for activity, points, cap in await db.execute(_DAY_OF, asked)
    }


async def book(db: Db, campaign: int, lines: Sequence[NewLine]) -> None:
    """Add lines, all or none.

    Raises:
        Conflict: a once key, slot or line number is taken; the transaction must be given up.

    """
    rows = [{"campaign": campaign, **plain(line)} for line in lines]
    if await insert_all(db, LineRow, rows) != len(lines):
        raise Conflict("ledger", None, RuntimeError("somebody booked a line past the lock"))


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was booked; `reversed_by` is the number of the line that took it back."""

    line: int
    kind: str
    points: int
    net: int
    day: date
    activity: str | None
    once: str
    cause: str
    town: str | None
    recorded_at: datetime
    reverses: int | None
    reversed_by: int | None


_REVERSAL = aliased(LineRow)
_ITS_REVERSAL = and_(
    _REVERSAL.citizen == LineRow.citizen,
    _REVERSAL.campaign == LineRow.campaign,
    _REVERSAL.reverses == LineRow.line,
)
_LINE = (
    *(getattr(LineRow, name) for name in Line.__slots__ if name != "reversed_by"),
    _REVERSAL.line.label("reversed_by"),
)


def _lines(citizen: int, campaign: int) -> Query:
    mine = (LineRow.citizen == citizen, LineRow.campaign == campaign)
    return select(*_LINE).outerjoin(_REVERSAL, _ITS_REVERSAL).where(*mine)


async def line_of(db: Db, campaign: int, citizen: int, *, line: int) -> Line | None:
    """Return one line, None if there is none of this number."""
    found = (await db.execute(_lines(citizen, campaign).where(LineRow.line == line))).first()
    return None if found is None else Line(*found)


async def booked_as(
    db: Db, campaign: int, citizen: int, *, onces: Collection[str]
) -> dict[str, Line]:
    """Return the lines with these once keys, by key."""
    rows = await db.execute(_lines(citizen, campaign).where(LineRow.once.in_(onces)))
    return {line.once: line for line in (Line(*row) for row in rows)}


async def booked(
    db: Db, campaign: int, onces: Collection[tuple[int, str]]
) -> dict[tuple[int, str], Line]:
    """Return the lines with these once keys, of many people at once, by citizen and key.

    No line that is taken back is told as such.
    """
    given = {"campaign": campaign, **_BOOKED_AS.rows(dialect(db), onces)}
    rows = await db.execute(_booked_as(dialect(db)), given)
    return {(citizen, line.once): line for citizen, line in ((c, Line(*r)) for c, *r in rows)}


_BOOKED_AS = Listed("onces_asked", LineRow.citizen, LineRow.once)


@cache
def _booked_as(named: str) -> Query:
    columns = (*_LINE[:-1], null().label("reversed_by"))
    wanted = select(LineRow.citizen, *columns).where(LineRow.campaign == bindparam("campaign"))
    return _BOOKED_AS.find(named, wanted)


async def numbered(
    db: Db, campaign: int, citizen: int, *, lines: Collection[int]
) -> dict[int, Line]:
    """Return the lines of these numbers."""
    rows = await db.execute(_lines(citizen, campaign).where(LineRow.line.in_(lines)))
    return {line.line: line for line in (Line(*row) for row in rows)}


async def newest_lines(
    db: Db, campaign: int, citizen: int, *, before: int | None, most: int
) -> list[Line]:
    """Return somebody's lines, the newest first, those below a number if one is given."""
    wanted = _lines(citizen, campaign).order_by(LineRow.line.desc()).limit(most)
    if before is not None:
        wanted = wanted.where(LineRow.line < before)
    return [Line(*row) for row in await db.execute(wanted)]


async def net_of(db: Db, campaign: int, citizen: int, *, day: date, activity: str) -> int:
    """Return the points of an activity's day that stand: what was reversed is taken off."""
    wanted = select(func.sum(LineRow.points)).where(
        LineRow.citizen == citizen,
        LineRow.campaign == campaign,
        LineRow.day == day,
        LineRow.activity == activity,
    )
    return int(await db.scalar(wanted) or 0)


def is_reversed() -> ColumnElement[bool]:
    """Return the condition that a line was taken back."""
    return exists().where(_ITS_REVERSAL)


@dataclass(frozen=True, slots=True)
class Standing:
    """What remains of somebody's scored lines without one of them."""

    town: str | None
    """The town of the first one: who has none is no participant."""
    raised_at: datetime | None
    """When the last one raised what was earned."""
    first_day: date | None
    """The day of the first one."""
    back_day: date | None
    """The day of the one by which they came back soon after that."""


async def standing(db: Db, campaign: int, citizen: int, *, without: int) -> Standing:
    """Return what remains of the scored lines, once this one is reversed as well."""
    remain = select(LineRow.day, LineRow.town, LineRow.recorded_at).where(
        LineRow.citizen == citizen,
        LineRow.campaign == campaign,
        LineRow.kind.in_(SCORED),
        LineRow.line != without,
        ~is_reversed(),
    )
    rows = (await db.execute(remain.order_by(LineRow.line))).all()
    if not rows:
        return Standing(None, None, None, None)
    first_day, town, _ = rows[0]
    back = (day for day, _, _ in rows if came_back(first_day, day))
    return Standing(town, max(at for _, _, at in rows), first_day, next(back, None))
