"""Points: the ledger, the deeds that earned its lines, and the totals kept beside it."""

from collections.abc import AsyncIterator
from datetime import tzinfo
from itertools import chain

from sqlalchemy import func, select, text

from bot.rules import calendar
from storage.db import Db
from storage.deeds import DeedRow
from storage.invariants.invariant import Invariant, Reading, each
from storage.totals import TotalsRow

# What was done, and, counting minus, what of it was taken back.
STANDING = """(
    SELECT citizen, campaign, day, activity, 1 AS n FROM deeds WHERE outcome <> 'tomorrow'
    UNION ALL
    SELECT citizen, campaign, day, activity, -1 AS n FROM ledger
     WHERE kind = 'reversal' AND activity IS NOT NULL) standing"""

BY_QUERY = (
    Invariant(
        "totals",
        "balance less debt, earned and lines are what the ledger adds up to",
        """
        SELECT t.citizen FROM totals t LEFT JOIN (
            SELECT citizen, campaign, sum(points) AS net, count(*) AS lines, max(line) AS last,
                   sum(CASE WHEN kind IN ('deed', 'makeup', 'reversal') AND activity IS NOT NULL
                       THEN points ELSE 0 END) AS earned
              FROM ledger GROUP BY citizen, campaign
        ) l ON l.citizen = t.citizen AND l.campaign = t.campaign
        WHERE t.balance - t.debt <> coalesce(l.net, 0) OR t.earned <> coalesce(l.earned, 0)
           OR t.lines <> coalesce(l.lines, 0) OR t.lines <> coalesce(l.last, 0)
        """,
    ),
    Invariant(
        "owners",
        "whoever has a line has totals",
        """
        SELECT DISTINCT l.citizen FROM ledger l LEFT JOIN totals t
            ON t.citizen = l.citizen AND t.campaign = l.campaign WHERE t.citizen IS NULL
        """,
    ),
    Invariant(
        "balance",
        "no balance and no debt is negative, and nobody has both",
        "SELECT citizen FROM totals WHERE balance < 0 OR debt < 0 OR (balance > 0 AND debt > 0)",
    ),
    Invariant(
        "chain",
        "each line's net is the sum of the lines up to it",
        """
        SELECT DISTINCT citizen FROM (
            SELECT citizen, net, sum(points) OVER (
                PARTITION BY citizen, campaign ORDER BY line) AS running FROM ledger
        ) x WHERE net <> running
        """,
    ),
    Invariant(
        "caps",
        "no activity pays more on one day than the cap its lines were booked under",
        """
        SELECT citizen FROM ledger WHERE kind = 'deed'
         GROUP BY citizen, campaign, day, activity HAVING sum(points) > max(cap)
        """,
    ),
    Invariant(
        "standing",
        "with makeups and without what was reversed, a day stands between nothing and its cap",
        """
        SELECT citizen FROM ledger WHERE activity IS NOT NULL
         GROUP BY citizen, campaign, day, activity
        HAVING sum(points) < 0 OR sum(points) > max(cap)
        """,
    ),
    Invariant(
        "amounts",
        "a line for a deed pays between one point and its rate",
        """
        SELECT citizen FROM ledger
         WHERE kind IN ('deed', 'makeup') AND (points < 1 OR points > rate)
        """,
    ),
    Invariant(
        "once",
        "nothing is paid twice",
        "SELECT citizen FROM ledger GROUP BY citizen, campaign, once HAVING count(*) > 1",
    ),
    Invariant(
        "reversals",
        "a reversal mirrors a line of the same person, which no other one does",
        """
        SELECT r.citizen FROM ledger r LEFT JOIN ledger o
            ON o.citizen = r.citizen AND o.campaign = r.campaign AND o.line = r.reverses
         WHERE r.kind = 'reversal' AND (
            o.citizen IS NULL OR o.kind = 'reversal' OR o.line >= r.line OR o.day <> r.day
            OR o.points <> -r.points OR coalesce(o.activity, '') <> coalesce(r.activity, ''))
        UNION ALL
        SELECT citizen FROM ledger WHERE (kind = 'reversal') <> (reverses IS NOT NULL)
        UNION ALL
        SELECT citizen FROM ledger WHERE reverses IS NOT NULL
         GROUP BY citizen, campaign, reverses HAVING count(*) > 1
        """,
    ),
    Invariant(
        "paid",
        "every paid deed has its line",
        """
        SELECT d.citizen FROM deeds d LEFT JOIN ledger l
            ON l.citizen = d.citizen AND l.campaign = d.campaign AND l.once = d.once
         WHERE d.outcome = 'paid' AND (
            l.citizen IS NULL OR l.points <> d.points OR l.day <> d.day OR l.activity <> d.activity)
        """,
    ),
    Invariant(
        "earned",
        "every line for a deed has its deed",
        """
        SELECT l.citizen FROM ledger l LEFT JOIN deeds d
            ON d.citizen = l.citizen AND d.campaign = l.campaign AND d.once = l.once
         WHERE l.kind IN ('deed', 'makeup') AND (d.citizen IS NULL OR d.outcome <> 'paid')
        """,
    ),
    Invariant(
        "capped",
        "a deed over the cap takes no once key and no points",
        """
        SELECT citizen FROM deeds WHERE (outcome IN ('capped', 'tomorrow') AND once IS NOT NULL)
            OR (outcome <> 'paid' AND points <> 0)
        """,
    ),
    Invariant(
        "finished",
        "the items finished are as many as the deeds that finished one, less those reversed",
        f"""
        SELECT t.citizen FROM totals t LEFT JOIN (
            SELECT citizen, campaign, sum(n) AS finished FROM {STANDING}
             WHERE activity NOT IN ('checkin', 'live', 'note', 'spent') GROUP BY citizen, campaign
        ) d ON d.citizen = t.citizen AND d.campaign = t.campaign
        WHERE t.finished <> coalesce(d.finished, 0)
        """,  # noqa: S608 - our own words
    ),
    Invariant(
        "openings",
        "an item is closed by a message, and an open one by none",
        """
        SELECT citizen FROM openings WHERE (closed_at IS NULL) <> (closed_by IS NULL)
        """,
    ),
    Invariant(
        "town",
        "a participant counts for the town of the first scored line that stands, and nobody else",
        """
        SELECT t.citizen FROM totals t LEFT JOIN (
            SELECT s.citizen, s.campaign, min(s.line) AS line FROM ledger s
             WHERE s.kind IN ('deed', 'makeup') AND NOT EXISTS (
                SELECT 1 FROM ledger r WHERE r.citizen = s.citizen
                   AND r.campaign = s.campaign AND r.reverses = s.line)
             GROUP BY s.citizen, s.campaign
        ) f ON f.citizen = t.citizen AND f.campaign = t.campaign LEFT JOIN ledger l
            ON l.citizen = f.citizen AND l.campaign = f.campaign AND l.line = f.line
         WHERE (f.line IS NOT NULL AND (t.town IS NULL OR l.town IS NULL OR t.town <> l.town))
            OR (f.line IS NULL AND t.town IS NOT NULL)
        """,
    ),
)


async def _days(db: Db, zone: tzinfo) -> AsyncIterator[int]:
    """Look at a day's rows only where its first or its last act is not on it.

    A day is one stretch of time: what lies between two acts on it is on it as well.
    """
    ends = select(DeedRow.day, func.min(DeedRow.acted_at), func.max(DeedRow.acted_at))
    for stored, *acts in (await db.execute(ends.group_by(DeedRow.day))).all():
        if all(stored == calendar.campaign_day(at, zone) for at in acts):
            continue
        wanted = select(DeedRow.citizen, DeedRow.acted_at).where(DeedRow.day == stored)
        rows = chain.from_iterable([part async for part in each(db, wanted)])
        for citizen in (who for who, at in rows if stored != calendar.campaign_day(at, zone)):
            yield citizen


async def _visits(db: Db, _zone: tzinfo) -> AsyncIterator[int]:
    came = text(
        f"""
        SELECT citizen, campaign, count(*) FROM (
            SELECT citizen, campaign, day FROM {STANDING}
             WHERE activity = 'checkin' GROUP BY citizen, campaign, day HAVING sum(n) > 0
        ) came GROUP BY citizen, campaign
        """  # noqa: S608 - our own words
    )
    counted = {(citizen, campaign): days for citizen, campaign, days in await db.execute(came)}
    columns = (TotalsRow.citizen, TotalsRow.campaign, TotalsRow.visits, TotalsRow.visit_days)
    async for rows in each(db, select(*columns)):
        for citizen, campaign, visits, days in rows:
            bits = int.from_bytes(visits, "little").bit_count()
            if not bits == days == counted.pop((citizen, campaign), 0):
                yield citizen
    for citizen, _ in counted:  # came, and has no totals
        yield citizen


BY_READING = (
    Reading("days", "each stored campaign day is the day of the act in the campaign's zone", _days),
    Reading("visits", "the check-in days are as many as there are days with a check-in", _visits),
)
