"""What if the weights were others: who would come onto a list, and who would leave it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.feature import Feature, Turn, Work, button, rows, say
from bot.messages import Lines, Param, Phrase, Refusal, Reply
from bot.operations import choosing, ordering, scoring
from bot.rules import selection as rules
from bot.rules.rights import Right
from bot.rules.selection import WHOLE
from storage import behind, dialogs
from storage.selections import DRAFT, Award, Selection

feature = Feature("whatif")

ASKED_FOR = timedelta(minutes=30)
SHOWN_MAX = 10
DIGITS = re.compile(r"[0-9]{1,6}")


@feature.on(tap="whatif", right=Right.SELECTION)
async def which(turn: Turn) -> Reply:
    """Ask for which list."""
    found = await choosing.at_hand(turn, DRAFT)
    lists = (
        button(f"whatif.of:{n}", scoring.called(award)) for n, award in enumerate(found.awards)
    )
    return say("whatif.which", buttons=(*rows(lists), *choosing.back()))


@feature.on(tap="whatif.of", work=Work.WRITES, right=Right.SELECTION)
async def ask(turn: Turn) -> Reply:
    """Show the weights as they are, and ask for others."""
    found = await choosing.at_hand(turn, DRAFT)
    award = choosing.awarded(found, turn.argument)
    target = f"whatif.weights:{turn.argument}"
    await dialogs.ask(turn.db, turn.person.citizen, target, until=turn.system_now + ASKED_FOR)
    cancel = button("selections", Phrase("buttons.cancel"))
    return say(
        "whatif.ask",
        name=scoring.called(award),
        weights=_weights(award.rule.weights),
        example=" ".join(map(str, award.rule.weights.values())),
        whole=WHOLE,
        buttons=((cancel,),),
    )


def _weights(weights: Mapping[str, int]) -> Lines:
    return Lines(
        tuple(
            Phrase("whatif.weight", {"measure": scoring.measure(name), "weight": weight})
            for name, weight in weights.items()
        )
    )


@feature.on(tap="whatif.weights", work=Work.WRITES, right=Right.SELECTION)
async def compare(turn: Turn) -> Reply:
    """Say who would come in and who would leave; nothing is stored."""
    place, _, words = turn.argument.partition(":")
    found = await choosing.at_hand(turn, DRAFT)
    award = choosing.awarded(found, place)
    given = [int(digits) for digits in DIGITS.findall(unicodedata.normalize("NFKC", words))]
    names = list(award.rule.weights)
    if len(given) != len(names):
        raise Refusal("whatif.how_many", count=len(names), given=len(given))
    if sum(given) != WHOLE:
        raise Refusal("whatif.not_whole", total=sum(given), whole=WHOLE)
    await dialogs.answered(turn.db, turn.person.citizen)
    weights = dict(zip(names, given, strict=True))
    now = await ordering.best(turn.db, found, award, rule=award.rule)
    other = replace(award.rule, weights=weights)
    then = await ordering.best(turn.db, found, award, rule=other)
    change = rules.compare(now, then)
    again = button(f"whatif.of:{place}", Phrase("whatif.again"))
    told: dict[str, Param] = {"name": scoring.called(award), "weights": _weights(weights)}
    ways = ((again,), *choosing.back())
    if not (change.enters or change.leaves):
        return Reply("whatif.same", told, ways)
    told |= {
        "count": len(change.enters),
        "enters": await _people(turn, found, award, numbers=change.enters),
        "gone": len(change.leaves),
        "leaves": await _people(turn, found, award, numbers=change.leaves),
    }
    return Reply("whatif.text", told, ways)


async def _people(turn: Turn, found: Selection, award: Award, *, numbers: Sequence[int]) -> Param:
    shown = numbers[:SHOWN_MAX]
    who = await behind.of(turn.db, found, who=award.who, numbers=shown)
    lines = [
        Phrase("whatif.person", {"whom": scoring.whom(turn, number, who[number])})
        for number in shown
    ]
    if len(numbers) > SHOWN_MAX:
        lines.append(Phrase("whatif.more", {"count": len(numbers) - SHOWN_MAX}))
    return Lines(tuple(lines)) if lines else Phrase("whatif.nobody")
