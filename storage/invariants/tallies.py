"""The numbers kept by the till: they are what was booked, and the days they are kept by are true.

A number belongs to nobody alone, so what is named is the number.
"""

from collections.abc import AsyncIterator
from datetime import date, tzinfo

from sqlalchemy import select

from bot.rules import calendar
from storage import ledger
from storage.db import Db
from storage.invariants.invariant import Invariant, Reading, each
from storage.ledger import SCORED, LineRow
from storage.totals import TotalsRow

BY_QUERY = (
    Invariant(
        "tallied_deeds",
        "each day's deeds and points, by activity, are those that were noted and stand",
        """
        SELECT 'deeds ' || CAST(day AS text) || ' ' || key FROM (
            SELECT campaign, day, activity AS key, 1 AS n, points FROM deeds
             WHERE outcome NOT IN ('tomorrow', 'spent')
            UNION ALL SELECT campaign, day, activity, -1, points FROM ledger
             WHERE kind = 'reversal' AND activity IS NOT NULL
            UNION ALL SELECT campaign, day, key, -n, -points FROM tallies WHERE kind = 'deeds'
        ) x GROUP BY campaign, day, key HAVING sum(n) <> 0 OR sum(points) <> 0
        """,
    ),
    Invariant(
        "tallied_lines",
        "each day's scored deeds and points, by town and activity, are those of lines that stand",
        """
        SELECT 'lines ' || CAST(day AS text) || ' ' || coalesce(town, '?') || ' ' || key FROM (
            SELECT campaign, day, town, activity AS key, points,
                   CASE WHEN kind = 'reversal' THEN -1 ELSE 1 END AS paid FROM ledger
             WHERE kind IN ('deed', 'makeup', 'reversal') AND activity IS NOT NULL
            UNION ALL SELECT campaign, day, town, key, -points, -paid FROM tallies
             WHERE kind = 'deeds'
        ) x GROUP BY campaign, day, town, key HAVING sum(paid) <> 0 OR sum(points) <> 0
        """,
    ),
    Invariant(
        "tallied_subjects",
        "each item, place and livestream counts the deeds that name it and stand",
        """
        SELECT kind || ' ' || key FROM (
            SELECT campaign, 'of:' || activity AS kind, subject AS key, 1 AS n, points,
                   CASE WHEN outcome = 'paid' THEN 1 ELSE 0 END AS paid FROM deeds
             WHERE outcome NOT IN ('tomorrow', 'spent') AND subject <> ''
            UNION ALL SELECT d.campaign, 'of:' || d.activity, d.subject, -1, -d.points, -1
              FROM ledger r JOIN ledger o ON o.citizen = r.citizen AND o.campaign = r.campaign
               AND o.line = r.reverses JOIN deeds d ON d.citizen = o.citizen
               AND d.campaign = o.campaign AND d.once = o.once
             WHERE r.kind = 'reversal' AND d.subject <> ''
            UNION ALL SELECT campaign, kind, key, -n, -points, -paid FROM tallies
             WHERE kind LIKE 'of:%'
        ) x GROUP BY campaign, kind, key
        HAVING sum(n) <> 0 OR sum(points) <> 0 OR sum(paid) <> 0
        """,
    ),
    Invariant(
        "tallied_people",
        "participants and returns, by day and town, are those who have such a day",
        """
        SELECT kind || ' ' || CAST(day AS text) || ' ' || coalesce(town, '?') FROM (
            SELECT campaign, 'new' AS kind, first_day AS day, town, 1 AS n FROM totals
             WHERE first_day IS NOT NULL
            UNION ALL SELECT campaign, 'back', first_day, town, 1 FROM totals
             WHERE back_day IS NOT NULL
            UNION ALL SELECT campaign, kind, day, town, -n FROM tallies
             WHERE kind IN ('new', 'back')
        ) x GROUP BY campaign, kind, day, town HAVING sum(n) <> 0
        """,
    ),
    Invariant(
        "tallied_joiners",
        "each town counts those who chose it first",
        """
        SELECT 'joined ' || town FROM (
            SELECT e.campaign, coalesce((
                       SELECT m."left" FROM moves m
                        WHERE m.citizen = e.citizen AND m.campaign = e.campaign
                        ORDER BY m.day LIMIT 1
                   ), e.town) AS town, 1 AS n FROM (
                SELECT CAST(f.value AS integer) AS campaign, z.id AS citizen, z.town
                  FROM citizens z JOIN facts f ON f.name = 'campaign'
                UNION ALL SELECT campaign, citizen, town FROM enrolments
            ) e WHERE e.town IS NOT NULL
            UNION ALL SELECT campaign, town, -n FROM tallies WHERE kind = 'joined'
        ) x GROUP BY campaign, town HAVING sum(n) <> 0
        """,
    ),
)

Days = tuple[date | None, date | None]


async def _days(db: Db, _zone: tzinfo) -> AsyncIterator[int]:
    said: dict[tuple[int, int], Days] = {}
    lines = select(LineRow.citizen, LineRow.campaign, LineRow.day).where(
        LineRow.kind.in_(SCORED), ~ledger.is_reversed()
    )
    order = (LineRow.citizen, LineRow.campaign, LineRow.line)
    async for rows in each(db, lines.order_by(*order)):
        for citizen, campaign, day in rows:
            first, back = said.get((citizen, campaign), (None, None))
            if back is None and calendar.came_back(first, day):
                back = day
            said[citizen, campaign] = (first or day, back)
    columns = (TotalsRow.citizen, TotalsRow.campaign, TotalsRow.first_day, TotalsRow.back_day)
    async for rows in each(db, select(*columns)):
        for citizen, campaign, *days in rows:
            if tuple(days) != said.get((citizen, campaign), (None, None)):
                yield citizen


BY_READING = (
    Reading(
        "first_days", "the first scored day and the day of return are those of the lines", _days
    ),
)
