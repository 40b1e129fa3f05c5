"""Family seats: who acts on whose account, and who looks after a child."""

from storage.invariants.invariant import Invariant, Reading

BY_QUERY = (
    Invariant(
        "acting",
        "on an account acts whoever it belongs to, or somebody they hold",
        """
        SELECT a.citizen FROM accounts a WHERE a.holder IS NOT NULL AND (
            a.holder = a.citizen OR NOT EXISTS (SELECT 1 FROM seats s
                WHERE s.citizen = a.holder AND s.reader = a.citizen AND s.ended_at IS NULL))
        """,
    ),
    Invariant(
        "held",
        "two at most hold a reader, one a grown one; nobody erased or merged is held, or holds",
        """
        SELECT s.reader FROM seats s JOIN citizens z ON z.id = s.reader
          JOIN citizens h ON h.id = s.citizen WHERE s.ended_at IS NULL
         GROUP BY s.reader, z.band, z.erased_at, z.merged_into
        HAVING count(*) > CASE WHEN z.band = 'young' THEN 2 ELSE 1 END
            OR z.erased_at IS NOT NULL OR z.merged_into IS NOT NULL
            OR count(h.merged_into) + count(h.erased_at) > 0
        """,
    ),
    Invariant(
        "seats",
        "nobody holds more than four others, and no child holds anybody",
        """
        SELECT s.citizen FROM seats s JOIN citizens z ON z.id = s.citizen WHERE s.ended_at IS NULL
         GROUP BY s.citizen, z.band HAVING count(*) > 4 OR z.band = 'young'
        """,
    ),
    Invariant(
        "shared",
        "an account is marked as shared exactly while its owner holds somebody",
        """
        SELECT a.citizen FROM accounts a WHERE a.shared <> EXISTS (SELECT 1 FROM seats s
            WHERE s.citizen = coalesce(a.holder, a.citizen) AND s.ended_at IS NULL)
        """,
    ),
)

BY_READING: tuple[Reading, ...] = ()
