"""Roll calls: what a tick booked, and what was taken back of it."""

from storage.invariants.invariant import Invariant

BY_QUERY = (
    Invariant(
        "rolls",
        "whom a tick paid has that check-in, and it is taken back of whoever denied it",
        """
        SELECT p.citizen FROM presences p JOIN rolls r ON r.id = p.roll
          LEFT JOIN deeds d ON d.citizen = p.citizen AND d.campaign = r.campaign
           AND d.day = r.day AND d.subject = 'roll_' || r.id AND d.activity = 'checkin'
         WHERE (p.booked AND (p.ticked_by IS NULL OR d.id IS NULL))
            OR (p.denied_at IS NOT NULL AND p.ticked_by IS NULL)
            OR (p.booked AND p.denied_at IS NOT NULL AND EXISTS (
                SELECT 1 FROM ledger l WHERE l.citizen = p.citizen AND l.campaign = r.campaign
                   AND l.once = d.once AND NOT EXISTS (
                       SELECT 1 FROM ledger b WHERE b.citizen = l.citizen
                          AND b.campaign = l.campaign AND b.reverses = l.line)))
        """,
    ),
    Invariant(
        "denied",
        "a line is taken back for a roll call of whoever said there that it was not them",
        """
        SELECT l.citizen FROM ledger l JOIN citizens z ON z.id = l.citizen AND z.erased_at IS NULL
          JOIN rolls r ON l.cause = 'roll:' || r.id
          LEFT JOIN presences p ON p.roll = r.id AND p.citizen = l.citizen
         WHERE p.citizen IS NULL OR NOT p.booked OR p.denied_at IS NULL
            OR l.kind <> 'reversal'
        """,
    ),
)
BY_READING = ()
