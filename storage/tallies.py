"""Numbers kept by the till: what was done and by how many, so that no answer reads the ledger.

Each worker adds to rows of its own, so that workers do not queue on one; what is told is the sum
over the workers. Rows are written in the order of their keys, after the citizens.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Integer, Select, SmallInteger, String, func, select
from sqlalchemy.orm import Mapped, QueryableAttribute, mapped_column

from storage.base import Base, ShortId
from storage.db import Db
from storage.many import insert_all

WORKERS_MAX = 8  # a worker takes one of so many numbers; two with one number only wait a little
NO_DAY, NO_TOWN = date(1970, 1, 1), ""  # what is not kept by day or by town

DEEDS = "deeds"
"""By day, town and activity: deeds, the lines they earned, the points."""
NEW = "new"
"""By day and town: those whose first scored line is of that day, in the town it counts for."""
BACK = "back"
"""By the same day and town: those of them who scored again on one of the next seven days."""
JOINED = "joined"
"""By day and town: those who registered, in the town they chose then."""
COUNTED = ("n", "paid", "points")


class TallyRow(Base):
    """What one worker counted under one key.

    `n` counts deeds or people, `paid` the deeds that scored, `points` what they scored. A
    correction may be counted by another worker than what it corrects, so a row may be negative.
    """

    __tablename__ = "tallies"

    campaign: Mapped[int] = mapped_column(ShortId, ForeignKey("campaigns.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    town: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    worker: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    paid: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)


class Tally(NamedTuple):
    """Something to be counted; the till makes one or more of each deed."""

    kind: str
    day: date
    town: str
    key: str = ""
    n: int = 1
    paid: int = 0
    points: int = 0


Key = tuple[str, date, str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """How many deeds, how many of them scored, and how many points."""

    n: int = 0
    paid: int = 0
    points: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Return both together."""
        return Count(self.n + other.n, self.paid + other.paid, self.points + other.points)


@dataclass(frozen=True, slots=True)
class Span:
    """Campaign days from `first` on, before `until`."""

    first: date
    until: date


@dataclass(frozen=True, slots=True)
class Top:
    """Something that was done, of which activity, and how often."""

    activity: str
    subject: str
    n: int


def subject(activity: str) -> str:
    """Return the kind under which an activity is counted by item, place or livestream."""
    return f"of:{activity}"


async def add(db: Db, campaign: int, counted: Iterable[Tally], *, worker: int) -> None:
    """Add to what a worker counted, with one statement, in the order of the keys."""
    sums: dict[Key, list[int]] = {}
    for kind, day, town, name, n, paid, points in counted:
        known = sums.setdefault((kind, day, town, name), [0, 0, 0])
        known[0] += n
        known[1] += paid
        known[2] += points
    rows = [
        {
            "campaign": campaign,
            "kind": key[0],
            "day": key[1],
            "town": key[2],
            "key": key[3],
            "worker": worker,
            "n": sums[key][0],
            "paid": sums[key][1],
            "points": sums[key][2],
        }
        for key in sorted(sums)
    ]
    await insert_all(db, TallyRow, rows, added=COUNTED)


async def by_day(
    db: Db, campaign: int, kind: str, *, span: Span, town: str | None = None
) -> dict[date, dict[str, Count]]:
    """Return the counts of each day and key, of one town or of all."""
    found: dict[date, dict[str, Count]] = {}
    wanted = _sums(campaign, (kind,), TallyRow.day, TallyRow.key)
    for day, key, *count in await db.execute(_within(wanted, span, town)):
        found.setdefault(day, {})[key] = Count(*map(int, count))
    return found


async def by_key(
    db: Db, campaign: int, kind: str, *, span: Span | None = None, town: str | None = None
) -> dict[str, Count]:
    """Return the counts of each key, an activity or a subject."""
    wanted = _within(_sums(campaign, (kind,), TallyRow.key), span, town)
    return {key: Count(*map(int, count)) for key, *count in await db.execute(wanted)}


async def by_town(
    db: Db, campaign: int, kind: str, *, span: Span | None = None
) -> dict[str, Count]:
    """Return the counts of each town."""
    wanted = _within(_sums(campaign, (kind,), TallyRow.town), span, None)
    return {town: Count(*map(int, count)) for town, *count in await db.execute(wanted)}


async def top(db: Db, campaign: int, activities: Collection[str], *, most: int) -> list[Top]:
    """Return what was done most often in these activities: their items, places or livestreams."""
    kinds = {subject(activity): activity for activity in activities}
    wanted = _sums(campaign, tuple(kinds), TallyRow.kind, TallyRow.key)
    often = func.sum(TallyRow.n)
    wanted = wanted.having(often > 0).order_by(often.desc(), TallyRow.kind, TallyRow.key)
    rows = await db.execute(wanted.limit(most))
    return [Top(kinds[kind], key, int(n)) for kind, key, n, *_ in rows]


async def of_subject(db: Db, campaign: int, activity: str, *, name: str) -> Count:
    """Return the counts of one item, place or livestream."""
    wanted = _sums(campaign, (subject(activity),), TallyRow.key)
    wanted = wanted.where(TallyRow.day == NO_DAY, TallyRow.town == NO_TOWN, TallyRow.key == name)
    row = (await db.execute(wanted)).first()
    return Count() if row is None else Count(*map(int, row[1:]))


async def registered(db: Db, campaign: int) -> int:
    """Return how many ever registered for a campaign; each campaign asks everybody anew."""
    wanted = select(func.sum(TallyRow.n)).where(
        TallyRow.campaign == campaign, TallyRow.kind == JOINED
    )
    return int(await db.scalar(wanted) or 0)


def _sums(
    campaign: int, kinds: Sequence[str], *by: QueryableAttribute[Any]
) -> Select[*tuple[Any, ...]]:
    sums = (func.sum(getattr(TallyRow, name)) for name in COUNTED)
    wanted = select(*by, *sums).where(TallyRow.campaign == campaign, TallyRow.kind.in_(kinds))
    return wanted.group_by(*by)


def _within(
    wanted: Select[*tuple[Any, ...]], span: Span | None, town: str | None
) -> Select[*tuple[Any, ...]]:
    if span is not None:
        wanted = wanted.where(TallyRow.day >= span.first, TallyRow.day < span.until)
    return wanted if town is None else wanted.where(TallyRow.town == town)
