"""A candidate's score sheet: what counted, what it brought, which place, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from bot import selecting
from bot.feature import Turn
from bot.messages import Lines, Named, Param, Phrase
from bot.rules import selection as rules
from bot.rules.selection import UNIT, Value
from storage import places, ranking
from storage.behind import Behind
from storage.candidates import Kept
from storage.db import Db
from storage.places import CHOSEN, LEFT, OTHER, RESERVE
from storage.selections import Award, Selection

EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Result:
    """How a candidate stands on one list; without a rank it is excluded, and `why` says why."""

    award: Award
    bests: Sequence[Value]
    score: int = 0
    rank: int = 0
    standing: str = EXCLUDED
    why: str = ""
    reason: str = ""
    above_by: str = ""


async def results(db: Db, selection: Selection, kept: Kept) -> list[Result]:
    """Return how a candidate stands on each list of its kind."""
    who = UNIT if kept.unit else rules.READER
    decided = await places.excluded(db, selection.id, who)
    awards = [award for award in selection.awards if award.who == who]
    ids = [award.id for award in awards]
    placed = await places.of(db, selection.id, kept.number, lists=ids) if selection.digest else {}
    found = []
    for award in awards:
        why = rules.barred(kept.marks, award.rule.exclude, decided=kept.number in decided)
        if why:
            reason = decided.get(kept.number, "") if why == rules.DECIDED else ""
            found.append(Result(award, (), why=why, reason=reason))
        elif award.id in placed:
            place = placed[award.id]
            bests = tuple(map(_exact, (selection.bests or {})[award.id]))
            found.append(
                Result(
                    *(award, bests, place.score, place.rank, place.standing),
                    reason=(place.reason or "") if place.standing == LEFT else "",
                    above_by=place.above_by,
                )
            )
        else:
            found.append(await _foreseen(db, selection, award, kept=kept))
    return found


def _exact(value: int | str) -> Value:
    return value if isinstance(value, int) else Fraction(value)


async def _foreseen(db: Db, selection: Selection, award: Award, *, kept: Kept) -> Result:
    """Return how a candidate of a draft would stand, as things are."""
    rule = award.rule
    if award.who == UNIT:
        outcome = await selecting.draw(db, selection, award)
        own = next(each for each in outcome.order if each.candidate.number == kept.number)
        bests, rank, score = tuple(outcome.bests), own.rank, own.score
    else:
        bests = tuple(await ranking.bests(db, selection.id, rule))
        rank, score = await ranking.place(db, selection.id, rule, of=kept)
    return Result(award, bests, score, rank, standing(rank, award))


def standing(rank: int, award: Award) -> str:
    """Return how somebody of a rank stands before anybody left the list."""
    if rank <= award.rule.size:
        return CHOSEN
    return RESERVE if rank <= award.rule.size + award.rule.reserve else OTHER


def sheet(kept: Kept, found: Sequence[Result]) -> Lines:
    """Write the sheet: for each list the place, and below it what brought it."""
    lines: list[Phrase] = []
    told: set[object] = set()
    for result in found:
        lines.append(
            Phrase("scoring.list", {"name": called(result.award), "place": _place(result)})
        )
        key = tuple(result.award.rule.weights.items())
        if not result.rank or key in told:  # what two lists share is told once
            continue
        told.add(key)
        lines += _parts(kept, result)
    return Lines(tuple(lines))


def counted(kept: Kept) -> Lines:
    """Write what counted of somebody who is on no list."""
    names = [name for name in kept.names if name not in {"first", "target"}]
    return Lines(
        tuple(
            Phrase("scoring.count", {"measure": measure(name), "value": kept.count(name)})
            for name in names
        )
    )


def called(award: Award) -> Named:
    """Return the name of a list."""
    return Named(award.name, award.name_en)


def measure(name: str) -> Phrase:
    """Return the name of a measure, or of what decides between equal scores."""
    return Phrase(f"scoring.measure_{name}")


def _place(result: Result) -> Phrase:
    if result.standing == EXCLUDED:
        return Phrase("scoring.excluded", {"why": why(result.why, result.reason)})
    params: dict[str, Param] = {"rank": result.rank, "score": rules.written(result.score)}
    return Phrase(f"scoring.{result.standing}", params | {"reason": result.reason})


def why(mark: str, reason: str) -> Phrase:
    """Say why somebody is on no list."""
    return Phrase(f"scoring.why_{mark}", {"reason": reason})


def _parts(kept: Kept, result: Result) -> list[Phrase]:
    weights = result.award.rule.weights
    made = []
    for (name, weight), best in zip(weights.items(), result.bests, strict=True):
        value = kept.value(name)
        params: dict[str, Param] = {
            "measure": measure(name),
            "value": _told(kept, name),
            "best": str(best) if isinstance(best, int) else f"{best.numerator}/{best.denominator}",
            "weight": weight,
            "part": rules.written(rules.part(weight, value, best)),
        }
        made.append(Phrase("scoring.part", params))
    return made


def _told(kept: Kept, name: str) -> str:
    count = str(kept.count(name))
    return f"{count}/{kept.count('target')}" if kept.unit else count


def formula(selection: Selection, who: str) -> Phrase:
    """Say how scores are made, and what decides between equal ones."""
    ties = [measure(name) for name in (*selection.rules["ties"], rules.NUMBER)]
    chain = reduce(
        lambda rest, tie: Phrase("scoring.chain", {"first": tie, "rest": rest}), ties[::-1]
    )
    return Phrase(f"scoring.formula_{who}", {"ties": chain, "version": selection.rule_version})


def whom(turn: Turn, number: int, who: Behind) -> Param:
    """Say to staff who is behind a number of the selection."""
    if who.named is not None:
        return who.named
    if who.citizen is None:
        return Phrase("scoring.nobody", {"number": str(number)})
    town = turn.campaign.unit(who.town or "")
    named = Named(town.name, town.name_en) if town else Named("", "")
    return Phrase("scoring.reader", {"number": str(number), "card": who.card, "town": named})
