"""A candidate's page, as staff see it, with what can be done about them now."""

from bot.feature import Turn, button, say
from bot.messages import Phrase, Reply, Rows
from bot.operations import choosing, scoring
from bot.rules.selection import READER, UNIT
from storage import behind, places
from storage.candidates import Kept
from storage.places import CHOSEN
from storage.selections import DRAFT, PUBLISHED, Selection


async def page(turn: Turn, found: Selection, kept: Kept) -> Reply:
    """Show the sheet of a candidate."""
    kind = UNIT if kept.unit else READER
    who = await behind.of(turn.db, found, who=kind, numbers=[kept.number])
    stands = await scoring.results(turn.db, found, kept)
    return say(
        "contenders.page",
        whom=scoring.whom(turn, kept.number, who[kept.number]),
        sheet=scoring.sheet(kept, stands),
        counts=scoring.counted(kept),
        formula=scoring.formula(found, kind),
        buttons=(*await _ways(turn, found, kept, stands=stands), *choosing.back()),
    )


async def _ways(turn: Turn, found: Selection, kept: Kept, *, stands: list[scoring.Result]) -> Rows:
    ref = choosing.ref(kept)
    if found.state == DRAFT:
        excluded = await places.excluded(turn.db, found.id, UNIT if kept.unit else READER)
        way = "back" if kept.number in excluded else "out"
        return ((button(f"excluding.{way}:{ref}", Phrase(f"excluding.{way}")),),)
    if found.state != PUBLISHED:
        return ()
    ids = [award.id for award in found.awards]
    return tuple(
        (
            button(
                f"replacing:{ids.index(each.award.id)}.{kept.number}",
                Phrase("replacing.name", {"name": scoring.called(each.award)}),
            ),
        )
        for each in stands
        if each.standing == CHOSEN
    )
