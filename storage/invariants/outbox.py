"""What was said unasked: pushes, their deliveries, and the bells that rang for them."""

from collections.abc import AsyncIterator
from datetime import timedelta, tzinfo

from sqlalchemy import select

from storage import deployment, leases
from storage.citizens import CitizenRow
from storage.db import Db
from storage.invariants.invariant import Invariant, Offender, Reading
from storage.leases import LeaseRow
from storage.pushes import SENDING, SENT, DeliveryRow

CLAIM_MAX = timedelta(seconds=60)  # what was claimed may still be on its way for so long
STUCK_AFTER = timedelta(minutes=5)

BY_QUERY = (
    Invariant(
        "push_states",
        "every push is in a state we know, and every delivery; nothing waits of an ended push",
        """
        SELECT 'push ' || id FROM pushes
         WHERE state NOT IN ('filling', 'open', 'paused', 'stopped', 'ended')
        UNION ALL
        SELECT 'push ' || p.id FROM pushes p JOIN deliveries d ON d.push = p.id
         WHERE p.state = 'ended' AND d.state IN ('waiting', 'sending')
        UNION ALL
        SELECT 'push ' || push FROM deliveries WHERE state NOT IN ('waiting', 'sending', 'sent',
            'gone', 'skipped', 'expired', 'uncertain', 'failed')
        """,
    ),
    Invariant(
        "receivers",
        "a delivery belongs to a push, and is as urgent",
        """
        SELECT d.citizen FROM deliveries d LEFT JOIN pushes p ON p.id = d.push
         WHERE p.id IS NULL OR p.urgency <> d.urgency
        """,
    ),
    Invariant(
        "filling",
        "a push that is still filled has nobody beyond the number it was filled to",
        """
        SELECT 'push ' || p.id FROM pushes p JOIN deliveries d ON d.push = p.id
         WHERE p.state = 'filling' AND d.citizen > p.filled_to
        """,
    ),
    Invariant(
        "told_once",
        "nobody has two deliveries of one push",
        "SELECT citizen FROM deliveries GROUP BY push, citizen HAVING count(*) > 1",
    ),
    Invariant(
        "sent",
        "what was sent has a reference, a channel and a moment, and nothing else has a reference",
        """
        SELECT citizen FROM deliveries WHERE (state = 'sent') <> (ref IS NOT NULL)
            OR (state = 'sent' AND (channel IS NULL OR settled_at IS NULL))
        """,
    ),
    Invariant(
        "settled",
        "a delivery has a moment of its end exactly when it has ended",
        """
        SELECT citizen FROM deliveries
         WHERE (state IN ('waiting', 'sending')) <> (settled_at IS NULL)
        """,
    ),
    Invariant(
        "explained",
        "whatever was not sent says why",
        """
        SELECT citizen FROM deliveries
         WHERE state NOT IN ('waiting', 'sending', 'sent') AND reason IS NULL
        """,
    ),
    Invariant(
        "leased",
        "a delivery is leased exactly while it is being sent",
        "SELECT citizen FROM deliveries WHERE (state = 'sending') <> (leased_until IS NOT NULL)",
    ),
    Invariant(
        "claimed",
        "nothing went out, or may have, that no leader had claimed",
        """
        SELECT citizen FROM deliveries
         WHERE state IN ('sending', 'sent', 'uncertain') AND (tries < 1 OR term IS NULL)
        """,
    ),
    Invariant(
        "terms",
        "nothing was claimed and no bell rung in a term that is yet to come",
        """
        SELECT 'push ' || push FROM deliveries
         WHERE term > (SELECT term FROM leases WHERE name = 'leader')
        UNION ALL
        SELECT 'bell ' || bell FROM bell_runs
         WHERE term > (SELECT term FROM leases WHERE name = 'leader')
        """,
    ),
    Invariant(
        "groups",
        "nothing waits for a group that is not bound, and what was said there has a moment",
        """
        SELECT 'group ' || m.receiver FROM group_messages m JOIN groups g ON g.id = m.receiver
         WHERE (m.state = 'waiting' AND g.gone_at IS NOT NULL)
            OR (m.state IN ('waiting', 'sending')) <> (m.settled_at IS NULL)
            OR (m.state NOT IN ('waiting', 'sending', 'sent') AND m.reason IS NULL)
        """,
    ),
    Invariant(
        "bells",
        "a bell ends its slot in the transaction in which it rang, never before its time",
        """
        SELECT 'bell ' || bell FROM bell_runs
         WHERE outcome NOT IN ('rung', 'late', 'skipped', 'failed', 'before')
            OR (outcome = 'failed') <> (ended_at IS NULL) OR late_seconds < 0
        """,
    ),
)


async def _stuck(db: Db, _zone: tzinfo) -> AsyncIterator[Offender]:
    now = await deployment.database_now(db)
    led = select(LeaseRow.until).where(LeaseRow.name == leases.LEADER)
    until = await db.scalar(led)
    if until is None or until < now:
        return  # nobody is there who would settle it
    stuck = (DeliveryRow.state == SENDING, DeliveryRow.leased_until < now - STUCK_AFTER)
    for citizen in await db.scalars(select(DeliveryRow.citizen).where(*stuck)):
        yield citizen


async def _after_leaving(db: Db, _zone: tzinfo) -> AsyncIterator[Offender]:
    if await deployment.fact(db, deployment.MODE) == deployment.REHEARSAL:
        return  # people leave in campaign time, and are told in the machine's
    wanted = (
        select(DeliveryRow.citizen, DeliveryRow.settled_at, CitizenRow.erased_at)
        .join(CitizenRow, CitizenRow.id == DeliveryRow.citizen)
        .where(DeliveryRow.state == SENT, DeliveryRow.settled_at > CitizenRow.erased_at)
    )
    for citizen, settled_at, erased_at in await db.execute(wanted):
        if settled_at and erased_at and settled_at - erased_at > CLAIM_MAX:
            yield citizen


BY_READING = (
    Reading(
        "stuck", "while somebody leads, nothing is being sent long after its lease ran out", _stuck
    ),
    Reading("left", "nobody was told anything after being erased", _after_leaving),
)
