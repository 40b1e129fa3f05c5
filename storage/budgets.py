"""The day's messages to one person: how many they had, and what was left out for it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, literal_column, select

from storage.db import Db
from storage.pushes import COLUMNS, SENT, SKIPPED, DeliveryRow, Push, PushRow

BUDGET = "budget"
"""Why a delivery was skipped: the day's messages to this person were used up."""


async def sent_to(db: Db, citizens: Sequence[int], *, since: datetime) -> dict[int, int]:
    """Count what each of these people was sent since a moment of campaign time."""
    wanted = select(DeliveryRow.citizen, func.count()).where(
        DeliveryRow.citizen.in_(citizens),
        DeliveryRow.not_before >= since,
        DeliveryRow.state == SENT,
    )
    found = await db.execute(wanted.group_by(DeliveryRow.citizen))
    return {who: count for who, count in found}  # noqa: C416 - rows, not pairs


# In words, not as a parameter: only then does the planner see that the partial index serves.
_FOR_BUDGET = DeliveryRow.reason == literal_column(f"'{BUDGET}'")


async def over_budget(db: Db, *, since: datetime, after: int, most: int) -> list[int]:
    """Return those whom the budget left something out for since then, by their ids."""
    wanted = select(DeliveryRow.citizen).where(
        _FOR_BUDGET,
        DeliveryRow.citizen > after,
        DeliveryRow.not_before >= since,
        DeliveryRow.state == SKIPPED,
    )
    return list(await db.scalars(wanted.distinct().order_by(DeliveryRow.citizen).limit(most)))


async def left_out(
    db: Db, campaign: int, citizen: int, *, since: datetime, most: int
) -> list[Push]:
    """Return what the budget left out for somebody since then, the oldest first."""
    wanted = (
        select(*COLUMNS)
        .join(DeliveryRow, DeliveryRow.push == PushRow.id)
        .where(
            DeliveryRow.citizen == citizen,
            PushRow.campaign == campaign,
            DeliveryRow.not_before >= since,
            DeliveryRow.state == SKIPPED,
            _FOR_BUDGET,
        )
        .order_by(DeliveryRow.not_before, DeliveryRow.push)
        .limit(most)
    )
    return [Push(*row) for row in await db.execute(wanted)]
