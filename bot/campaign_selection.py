"""The part of a campaign file that says how the best are chosen."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field

from bot.campaign_file import Place
from bot.campaign_types import Count, Frozen, Id, Many, Named, Some

MEASURES = {
    "reader": {"checkin_days", "online_learning", "videos", "livestreams"},
    "unit": {"participants", "online_learning", "videos", "livestreams_organised", "attendance"},
}
COUNTED = ("online_learning", "videos", "livestreams")
WEIGHTS_TOTAL = 100


class Award(Named):
    """A list of the best: how many, how many in reserve, what counts in percent, who does not."""

    id: Id
    who: Literal["reader", "unit"]
    size: Some
    reserve: Count
    weights: dict[str, Count]
    exclude: Annotated[
        tuple[Literal["staff", "organisers", "under_14", "erased"], ...],
        Field(strict=False, max_length=4),
    ] = ()


class Selection(Frozen):
    """How the best are chosen; `ties` decide between equal scores, first to last.

    `counts` names the activities that make a measure. Who is on a published list, or not, may
    object for `objection_days`, the day of publication included.
    """

    rule_version: Some
    ties: Many[Literal["points", "checkin_days", "finished", "livestreams", "first"]]
    counts: dict[str, Many[Id]] = Field(default_factory=dict)
    objection_days: Some = 5
    lists: Many[Award]


def faults_of_weights(it: Selection) -> Iterator[tuple[Place, str]]:
    """Find weights of what is no measure, and weights that do not add up."""
    for n, award in enumerate(it.lists):
        measures, weights = MEASURES[award.who], award.weights
        if not measures.issuperset(weights) or sum(weights.values()) != WEIGHTS_TOTAL:
            reason = f"must be for {', '.join(sorted(measures))}, {WEIGHTS_TOTAL} together"
            yield ("selection", "lists", n, "weights"), reason


def faults_of_counts(it: Selection, known: Collection[str]) -> Iterator[tuple[Place, str]]:
    """Find measures that are not counted, or counted from activities nobody knows."""
    for name, activities in it.counts.items():
        if name not in COUNTED or not set(known).issuperset(activities):
            reason = f"must be one of {', '.join(COUNTED)}, each of known activities"
            yield ("selection", "counts", name), reason
    if it.counts and len(it.counts) != len(COUNTED):
        yield ("selection", "counts"), f"must be for {', '.join(COUNTED)}"
