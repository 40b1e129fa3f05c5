"""What somebody has finished and which sections they use, for many people at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from storage.db import Db
from storage.deeds import DeedRow


async def finished(
    db: Db, campaign: int, citizens: Sequence[int], *, items: Sequence[int]
) -> dict[int, set[int]]:
    """Return which of these items each of these people has finished."""
    wanted = select(DeedRow.citizen, DeedRow.subject).where(
        DeedRow.campaign == campaign,
        DeedRow.citizen.in_(citizens),
        DeedRow.subject.in_([str(item) for item in items]),
    )
    found: dict[int, set[int]] = defaultdict(set)
    for citizen, subject in await db.execute(wanted):
        found[citizen].add(int(subject))
    return found


async def sections(
    db: Db, campaign: int, citizens: Sequence[int], *, since: datetime
) -> dict[int, set[str]]:
    """Return the activities each of these people did since a moment of campaign time."""
    wanted = (
        select(DeedRow.citizen, DeedRow.activity)
        .where(
            DeedRow.campaign == campaign,
            DeedRow.citizen.in_(citizens),
            DeedRow.acted_at >= since,
        )
        .distinct()
    )
    found: dict[int, set[str]] = defaultdict(set)
    for citizen, activity in await db.execute(wanted):
        found[citizen].add(activity)
    return found
