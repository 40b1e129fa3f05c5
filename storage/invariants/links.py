"""People who became one: nobody is two, and every line that moved is where it went."""

from storage.invariants.invariant import Invariant, Reading

BY_QUERY = (
    Invariant(
        "merged",
        "whoever became another person has no account, takes no part and has no points",
        """
        SELECT z.id AS citizen FROM citizens z WHERE z.merged_into IS NOT NULL AND (
            z.consented_at IS NOT NULL OR z.town IS NOT NULL
            OR EXISTS (SELECT 1 FROM accounts a WHERE a.citizen = z.id)
            OR EXISTS (SELECT 1 FROM totals t WHERE t.citizen = z.id AND (
                t.earned <> 0 OR t.balance <> 0 OR t.debt <> 0)))
        """,
    ),
    Invariant(
        "links",
        "whoever became another person did so by a link that was not undone, and by one only",
        """
        SELECT z.id AS citizen FROM citizens z LEFT JOIN links l
            ON l.absorbed = z.id AND l.undone_at IS NULL LEFT JOIN citizens s ON s.id = l.citizen
         WHERE z.merged_into IS NOT NULL AND (
            l.id IS NULL OR z.merged_into <> coalesce(s.merged_into, s.id))
        UNION ALL
        SELECT l.absorbed FROM links l JOIN citizens z ON z.id = l.absorbed
         WHERE l.undone_at IS NULL AND z.merged_into IS NULL
        """,
    ),
    Invariant(
        "circles",
        "nobody became, through others, themselves",
        """
        WITH RECURSIVE became (citizen, other, steps) AS (
            SELECT id, merged_into, 1 FROM citizens WHERE merged_into IS NOT NULL
            UNION ALL
            SELECT b.citizen, z.merged_into, b.steps + 1 FROM became b
              JOIN citizens z ON z.id = b.other
             WHERE z.merged_into IS NOT NULL AND b.citizen <> b.other AND b.steps < 100
        ) SELECT DISTINCT citizen FROM became WHERE citizen = other
        """,
    ),
    Invariant(
        "twins",
        "what a link took from one, its twin gave to the other; what was void went to nobody",
        """
        SELECT l.citizen FROM ledger l LEFT JOIN (
            SELECT s.campaign, s.cause, s.points, s.day, k.absorbed FROM ledger s JOIN links k
                ON k.citizen = s.citizen
               AND s.cause LIKE 'link:' || CAST(k.id AS VARCHAR(20)) || ':%'
             WHERE s.kind <> 'reversal'
        ) t ON t.absorbed = l.citizen AND t.campaign = l.campaign AND t.cause = l.cause
           AND t.points = -l.points AND t.day = l.day
         WHERE l.cause LIKE 'link:%' AND l.kind = 'reversal' AND (
            (l.once LIKE 'moved:%' AND t.cause IS NULL)
            OR (l.once LIKE 'void:%' AND t.cause IS NOT NULL))
        """,
    ),
)

BY_READING: tuple[Reading, ...] = ()
