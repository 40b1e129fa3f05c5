"""Livestreams: their times and states, who booked, who came."""

from collections.abc import AsyncIterator
from datetime import timedelta, tzinfo

from sqlalchemy import select

from storage import deployment
from storage.db import Db
from storage.invariants.invariant import Invariant, Offender, Reading
from storage.livestreams import ENDED, LIVE, LivestreamRow

AHEAD_MAX = timedelta(days=1)  # campaign data lets people in no earlier

BY_QUERY = (
    Invariant(
        "livestreams",
        "every livestream is in a state we know, ends after its start and has its proof",
        """
        SELECT 'livestream ' || id FROM livestreams
         WHERE state NOT IN ('planned', 'proposed', 'approved', 'announced', 'live', 'ended',
                'postponed', 'cancelled')
            OR starts_at >= ends_at OR proof NOT IN ('tap', 'word')
            OR (proof = 'word') <> (word IS NOT NULL)
        """,
    ),
    Invariant(
        "moved",
        "a livestream at another time than it was given has a version that says so",
        """
        SELECT 'livestream ' || id FROM livestreams
         WHERE version < 1 OR (version = 1 AND (starts_at <> planned_at OR state = 'postponed'))
        """,
    ),
    Invariant(
        "bookings",
        "whoever is erased is reminded of nothing, and nobody of what does not exist",
        """
        SELECT b.citizen FROM bookings b JOIN citizens z ON z.id = b.citizen
          LEFT JOIN livestreams l ON l.id = b.livestream
         WHERE z.erased_at IS NOT NULL OR l.id IS NULL
        """,
    ),
    Invariant(
        "attended",
        "whoever joined a livestream has a deed that says so",
        """
        SELECT a.citizen FROM attendances a JOIN livestreams l ON l.id = a.livestream
         WHERE a.how = 'joined' AND NOT EXISTS (
            SELECT 1 FROM deeds d WHERE d.citizen = a.citizen AND d.campaign = l.campaign
               AND d.subject = 'live:' || CAST(a.livestream AS VARCHAR(20)))
        """,
    ),
    Invariant(
        "joined",
        "whoever has a deed for a livestream that no link took away was there, or watched it again",
        """
        SELECT d.citizen FROM deeds d WHERE d.subject LIKE 'live:%' AND d.activity <> 'spent'
           AND NOT EXISTS (SELECT 1 FROM ledger l JOIN ledger r ON r.citizen = l.citizen
               AND r.campaign = l.campaign AND r.reverses = l.line WHERE l.citizen = d.citizen
               AND l.campaign = d.campaign AND l.once = d.once
               AND (r.cause LIKE 'link:%' OR r.cause LIKE 'unlink:%'))
           AND NOT EXISTS (SELECT 1 FROM attendances a WHERE a.citizen = d.citizen
               AND d.subject = 'live:' || CAST(a.livestream AS VARCHAR(20)))
        """,
    ),
    Invariant(
        "lives",
        "the livestreams somebody joined are as many as there are with a deed that stands",
        """
        SELECT t.citizen FROM totals t LEFT JOIN (
            SELECT citizen, campaign, count(DISTINCT subject) AS lives FROM deeds s
             WHERE subject LIKE 'live:%' AND outcome NOT IN ('tomorrow', 'spent')
               AND NOT EXISTS (
                SELECT 1 FROM ledger l JOIN ledger r ON r.citizen = l.citizen
                   AND r.campaign = l.campaign AND r.reverses = l.line
                 WHERE l.citizen = s.citizen AND l.campaign = s.campaign AND l.once = s.once)
             GROUP BY citizen, campaign
        ) d ON d.citizen = t.citizen AND d.campaign = t.campaign
        WHERE t.lives <> coalesce(d.lives, 0)
        """,
    ),
)


async def _on_air(db: Db, _zone: tzinfo) -> AsyncIterator[Offender]:
    if await deployment.fact(db, deployment.MODE) == deployment.REHEARSAL:
        return  # its time may go back
    now = await deployment.database_now(db)
    early = (
        LivestreamRow.state.in_((LIVE, ENDED)),
        LivestreamRow.starts_at > now + AHEAD_MAX,
    )
    for livestream in await db.scalars(select(LivestreamRow.id).where(*early)):
        yield f"livestream {livestream}"


BY_READING = (Reading("on_air", "no livestream is on the air or over before it begins", _on_air),)
