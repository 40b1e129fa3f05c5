"""How the readers of a draft would stand, asked of the database: nothing of it is stored.

It computes what `bot.rules.selection.select` computes, in the same whole numbers; a test holds the
two together. So a page, a place or a change of weights costs one statement, however many there are.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)

from bot.rules.selection import ALWAYS, READER, SCALE, Rule
from storage.candidates import Kept, ReaderRow
from storage.db import Db
from storage.places import ExclusionRow


def _eligible(selection: int, rule: Rule) -> tuple[ColumnElement[bool], ...]:
    marks = literal(",") + ReaderRow.marks + literal(",")
    barred = (marks.not_like(f"%,{why},%") for why in (*ALWAYS, *rule.exclude))
    decided = exists().where(
        ExclusionRow.selection == ReaderRow.selection,
        ExclusionRow.who == READER,
        ExclusionRow.number == ReaderRow.number,
        ExclusionRow.undone_at.is_(None),
    )
    free = or_(ReaderRow.marks == "", and_(*barred))
    return ReaderRow.selection == selection, free, ~decided


async def bests(db: Db, selection: int, rule: Rule) -> list[int]:
    """Return the best value of each measure among those who are eligible."""
    wanted = select(*(func.max(getattr(ReaderRow, name)) for name in rule.weights))
    row = (await db.execute(wanted.where(*_eligible(selection, rule)))).one()
    return [int(best or 0) for best in row]


def _score(rule: Rule, best: Sequence[int]) -> ColumnElement[int]:
    score: ColumnElement[int] = cast(literal(0), BigInteger)
    for (name, weight), most in zip(rule.weights.items(), best, strict=True):
        if most:
            value = cast(getattr(ReaderRow, name), BigInteger)
            score += (weight * SCALE * value) // most
    return score


async def count(db: Db, selection: int, rule: Rule) -> int:
    """Return how many are eligible."""
    wanted = select(func.count()).select_from(ReaderRow).where(*_eligible(selection, rule))
    return int(await db.scalar(wanted) or 0)


async def page(
    db: Db, selection: int, rule: Rule, *, offset: int = 0, limit: int
) -> list[tuple[int, int]]:
    """Return number and score of those who would stand on places after `offset`, in order."""
    score = _score(rule, await bests(db, selection, rule)).label("score")
    ties: list[Any] = [getattr(ReaderRow, name).desc() for name in rule.ties]
    wanted = select(ReaderRow.number, score).where(*_eligible(selection, rule))
    wanted = wanted.order_by(score.desc(), *ties, ReaderRow.number)
    rows = await db.execute(wanted.offset(offset).limit(limit))
    return [(number, int(points)) for number, points in rows]


async def place(db: Db, selection: int, rule: Rule, *, of: Kept) -> tuple[int, int]:
    """Return the rank and score a reader who is eligible would have."""
    best = await bests(db, selection, rule)
    mine = select(_score(rule, best)).where(
        ReaderRow.selection == selection, ReaderRow.number == of.number
    )
    score = int(await db.scalar(mine) or 0)
    chain: list[tuple[Any, int]] = [(_score(rule, best), score)]
    chain += [(getattr(ReaderRow, name), of.count(name)) for name in rule.ties]
    before: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for column, value in chain:
        before.append(and_(*same, column > value))
        same.append(column == value)
    before.append(and_(*same, ReaderRow.number < of.number))
    wanted = select(func.count()).select_from(ReaderRow)
    above = await db.scalar(wanted.where(*_eligible(selection, rule), or_(*before)))
    return int(above or 0) + 1, score
