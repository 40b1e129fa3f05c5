"""A list of a selection, page by page: as it was drawn up, or as a draft would be."""

from dataclasses import replace

from bot import selecting
from bot.operations import scoring
from bot.rules.selection import UNIT, Rule
from storage import places, ranking
from storage.db import Db
from storage.places import Place
from storage.selections import Award, Selection


async def count(db: Db, selection: Selection, award: Award) -> int:
    """Return how many are ranked on a list."""
    if selection.digest:
        standings = places.STANDINGS
        return await places.count(db, selection.id, award.id, standings=standings)
    if award.who == UNIT:
        return len((await selecting.draw(db, selection, award)).order)
    return await ranking.count(db, selection.id, award.rule)


async def page(
    db: Db, selection: Selection, award: Award, *, offset: int, limit: int
) -> list[Place]:
    """Return a page of a list, the best first."""
    if selection.digest:
        return await places.listed(db, selection.id, award.id, offset=offset, limit=limit)
    if award.who == UNIT:
        drawn = selecting.placed(award, await selecting.draw(db, selection, award))
        return list(drawn)[offset : offset + limit]
    found = await ranking.page(db, selection.id, award.rule, offset=offset, limit=limit)
    return [
        Place(
            *(award.id, award.who, number, rank, score),
            above_by="",
            standing=scoring.standing(rank, award),
        )
        for rank, (number, score) in enumerate(found, start=offset + 1)
    ]


async def best(db: Db, selection: Selection, award: Award, *, rule: Rule) -> list[int]:
    """Return the numbers of those whom a draft would choose under some rule; nothing is stored."""
    if award.who == UNIT:
        outcome = await selecting.draw(db, selection, replace(award, rule=rule))
        return [each.candidate.number for each in outcome.chosen]
    found = await ranking.page(db, selection.id, rule, limit=rule.size)
    return [number for number, _ in found]
