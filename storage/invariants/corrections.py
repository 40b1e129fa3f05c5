"""Corrections and disputes: who asked, why, and what became of it."""

from storage.invariants.invariant import Invariant, Reading

BY_QUERY = (
    Invariant(
        "reasons",
        "every line that staff booked has its reason, by somebody else than whose points it moves",
        """
        SELECT l.citizen FROM ledger l
            JOIN citizens z ON z.id = l.citizen AND z.erased_at IS NULL
            LEFT JOIN corrections c ON c.citizen = l.citizen AND c.campaign = l.campaign
             AND c.line = l.line
         WHERE l.kind IN ('adjustment', 'makeup', 'reversal')
           AND l.cause NOT LIKE 'link:%' AND l.cause NOT LIKE 'unlink:%'
           AND l.cause NOT LIKE 'roll:%' AND l.cause NOT LIKE 'attest:%' AND (
            c.id IS NULL OR c.kind <> l.kind OR c.points <> l.points OR c.reason = ''
            OR coalesce(c.reverses, 0) <> coalesce(l.reverses, 0) OR c."by" = c.citizen
            OR c.second = c.citizen OR c.second = c."by")
        """,
    ),
    Invariant(
        "corrections",
        "a correction is booked when it has a line, and then the line is there",
        """
        SELECT c.citizen FROM corrections c LEFT JOIN ledger l ON l.citizen = c.citizen
            AND l.campaign = c.campaign AND l.line = c.line AND l.kind = c.kind
         WHERE (c.state = 'booked') <> (c.line IS NOT NULL)
            OR (c.line IS NOT NULL AND l.citizen IS NULL)
        """,
    ),
    Invariant(
        "disputes",
        "a dispute is answered once, with words, by somebody else; an accepted one by a correction",
        """
        SELECT d.citizen FROM disputes d LEFT JOIN corrections c
            ON c.dispute = d.id AND c.state = 'booked' AND c.citizen = d.citizen
         WHERE (d.state IN ('accepted', 'refused') AND (
                d."by" IS NULL OR d."by" = d.citizen OR coalesce(d.answer, '') = ''))
            OR (d.about NOT LIKE 's%' AND (d.state = 'accepted') <> (c.id IS NOT NULL))
        UNION ALL
        SELECT citizen FROM disputes WHERE state <> 'withdrawn'
         GROUP BY citizen, campaign, about HAVING count(*) > 1
        """,
    ),
)

BY_READING: tuple[Reading, ...] = ()
