"""Reports: the versions units handed in, and the cases they are made of."""

from storage.invariants.invariant import Invariant

BY_QUERY = (
    Invariant(
        "versions",
        "the versions of a unit's report are numbered from 1 on without a gap",
        """
        SELECT 'report ' || unit FROM summaries GROUP BY campaign, unit
        HAVING MIN(version) <> 1 OR MAX(version) <> COUNT(*)
        """,
    ),
    Invariant(
        "cases",
        "a case is of a known unit, and one that was deleted goes into no report",
        """
        SELECT 'case ' || c.id FROM cases c
         WHERE (c.deleted_at IS NOT NULL AND c.chosen)
            OR NOT EXISTS (SELECT 1 FROM units u WHERE u.campaign = c.campaign AND u.code = c.unit)
        """,
    ),
)
BY_READING = ()
