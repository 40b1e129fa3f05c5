"""Which unit somebody means: the one they named, their own, or one that they choose."""

from bot.feature import Turn, button, rows, say
from bot.messages import Refusal, Reply
from bot.operations import unit_view
from bot.rules.rights import Right
from storage import units
from storage.units import TEAM, TOWN, Unit

SHOWN_MAX = 12
WORDS_SHOWN_MAX = 100


async def unit(turn: Turn, right: Right, target: str, *, teams: bool = False) -> Unit | Reply:
    """Return the unit that is meant, or the question which; `target` is where the answer leads.

    Raises:
        Refusal: it is not theirs, is not known, or is a team where teams are not meant.

    """
    reach, words = turn.reach(right), turn.argument.strip()
    if words:
        found = await units.found(turn.db, turn.campaign_id, words)
        mine = [each for each in found if reach.covers(each.code)]
        if not found:
            raise Refusal("units.unknown", words=words[:WORDS_SHOWN_MAX])
        if not mine:
            raise Refusal("errors.not_yours")
        if len(mine) == 1:
            return mine[0] if teams else _no_team(mine[0])
        return _ask([each for each in mine if teams or each.kind != TEAM], target)
    if not reach.everything and len(reach.units) == 1:
        found_one = await unit_view.own(turn, reach.units[0], right)
        return found_one if teams else _no_team(found_one)
    if reach.everything:
        return _ask(await units.listed(turn.db, turn.campaign_id, kind=TOWN), target)
    held = [await units.of(turn.db, turn.campaign_id, code) for code in reach.units]
    return _ask([each for each in held if each], target)


async def own(turn: Turn, code: str, right: Right) -> Unit:
    """Return a town, bureau or school on which this person may use a right.

    Raises:
        Refusal: it is not theirs, is not known, or is a team.

    """
    return _no_team(await unit_view.own(turn, code, right))


def _no_team(found: Unit) -> Unit:
    if found.kind == TEAM:
        raise Refusal("unit_choice.no_team", team=found.named)
    return found


def _ask(found: list[Unit], target: str) -> Reply:
    shown = rows(
        (button(f"{target}:{each.code}", each.named) for each in found[:SHOWN_MAX]), wide=2
    )
    return say("unit_choice.text", buttons=(*shown, (button("roles"), button("menu"))))
