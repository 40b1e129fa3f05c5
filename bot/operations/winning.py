"""Who was chosen: the winners of the published selection, for those who congratulate them."""

from dataclasses import dataclass
from datetime import datetime

from bot.messages import Named
from storage import behind, places, selections
from storage.db import Db
from storage.places import CHOSEN


@dataclass(frozen=True, slots=True)
class Winner:
    """Somebody on a published list, by place. It is a reader, or a unit by its code.

    `number` names the candidate in the selection and on paper. `citizen` is None for units, and
    for a reader who was erased since. Whoever came in for another keeps the own place, which is
    then beyond the size of the list.
    """

    list: str
    name: Named
    place: int
    number: int
    citizen: int | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Winners:
    """The winners of a campaign's published selection, list by list, the best first."""

    selection: int
    as_of: datetime
    is_final: bool
    winners: tuple[Winner, ...]


async def published(db: Db, campaign: int) -> Winners | None:
    """Return the winners of a campaign; None as long as nothing is published."""
    found = await selections.published(db, campaign)
    if found is None:
        return None
    made: list[Winner] = []
    for award in found.awards:
        chosen = await places.listed(db, found.id, award.id, standings=[CHOSEN])
        who = await behind.of(db, found, who=award.who, numbers=[each.number for each in chosen])
        name = Named(award.name, award.name_en)
        made += [
            Winner(
                *(award.id, name, each.rank, each.number),
                citizen=who[each.number].citizen,
                unit=who[each.number].unit,
            )
            for each in chosen
        ]
    return Winners(found.id, found.as_of, found.state == selections.FINAL, tuple(made))


async def of(db: Db, campaign: int, citizen: int) -> list[Winner]:
    """Return the lists a citizen is on, if any are published."""
    found = await published(db, campaign)
    every = found.winners if found else ()
    return [each for each in every if each.citizen == citizen]
