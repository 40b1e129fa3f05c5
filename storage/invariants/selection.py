"""The selection: who confirmed it, who stands where, and that nobody is on a list who may not."""

from storage.invariants.invariant import Invariant, Reading

CURRENT = "('draft', 'confirmed', 'published', 'final')"
SEALED = "('confirmed', 'published', 'final')"

BY_QUERY = (
    Invariant(
        "selections",
        "a campaign has one current selection, which two different people of staff confirmed",
        f"""
        SELECT 'selection ' || CAST(id AS VARCHAR(12)) FROM selections
         WHERE (sealed_by = confirmed_by) OR (state IN {SEALED} AND (
            digest IS NULL OR sealed_by IS NULL OR confirmed_by IS NULL))
            OR (state IN ('published', 'final') AND (
            published_at IS NULL OR objections_until IS NULL))
            OR (state = 'final' AND finished_at IS NULL)
        UNION ALL
        SELECT 'selection ' || CAST(max(id) AS VARCHAR(12)) FROM selections
         WHERE state IN {CURRENT} GROUP BY campaign HAVING count(*) > 1
        """,  # noqa: S608 - names of states
    ),
    Invariant(
        "selection_numbers",
        "the candidates of a selection are as many as it says, numbered from 1 without a gap",
        f"""
        SELECT 'selection ' || CAST(s.id AS VARCHAR(12)) FROM selections s
            LEFT JOIN (SELECT selection, count(*) AS n, max(number) AS last
              FROM selection_readers GROUP BY selection) r ON r.selection = s.id
            LEFT JOIN (SELECT selection, count(*) AS n, max(number) AS last
              FROM selection_units GROUP BY selection) u ON u.selection = s.id
         WHERE s.state IN {CURRENT} AND (
            s.readers <> coalesce(r.n, 0) OR s.readers <> coalesce(r.last, 0)
            OR s.units <> coalesce(u.n, 0) OR s.units <> coalesce(u.last, 0))
        """,  # noqa: S608 - names of states
    ),
    Invariant(
        "selection_erased",
        "who was erased is a number in a selection, and nobody",
        """
        SELECT r.citizen FROM selection_readers r JOIN citizens z ON z.id = r.citizen
         WHERE z.erased_at IS NOT NULL
        """,
    ),
    Invariant(
        "selection_places",
        "the places of a list run from 1 without a gap, by falling scores",
        """
        SELECT 'selection ' || CAST(selection AS VARCHAR(12)) FROM (
            SELECT selection, rank, score,
                   row_number() OVER (PARTITION BY selection, list ORDER BY rank, number) AS n,
                   lag(score) OVER (PARTITION BY selection, list ORDER BY rank, number) AS above
              FROM selection_places
             WHERE selection IN (SELECT id FROM selections WHERE digest IS NOT NULL)
        ) x WHERE rank <> n OR score > above
        """,
    ),
    Invariant(
        "selection_standings",
        "who leaves a list does for a reason, and at most one of the reserve comes in for them",
        """
        SELECT 'selection ' || CAST(p.selection AS VARCHAR(12)) FROM selection_places p
         WHERE p.standing = 'left' AND coalesce(p.reason, '') = ''
        UNION ALL
        SELECT 'selection ' || CAST(p.selection AS VARCHAR(12)) FROM selection_places p
            LEFT JOIN selection_places o ON o.selection = p.selection AND o.list = p.list
             AND o.rank = p.replaces AND o.standing = 'left' AND o.rank < p.rank
         WHERE p.replaces IS NOT NULL AND (o.rank IS NULL OR p.standing NOT IN ('chosen', 'left'))
        UNION ALL
        SELECT 'selection ' || CAST(p.selection AS VARCHAR(12)) FROM selection_places p
            JOIN selection_places o ON o.selection = p.selection AND o.list = p.list
         WHERE p.standing = 'chosen' AND p.replaces IS NULL AND o.rank < p.rank
           AND o.standing IN ('reserve', 'other')
        """,
    ),
    Invariant(
        "selection_excluded",
        "nobody has a place whom staff excluded, or whom no list may hold",
        """
        SELECT 'selection ' || CAST(p.selection AS VARCHAR(12)) FROM selection_places p
            JOIN selections s ON s.id = p.selection AND s.digest IS NOT NULL
            JOIN selection_exclusions e ON e.selection = p.selection AND e.who = p.who
             AND e.number = p.number AND e.undone_at IS NULL
        UNION ALL
        SELECT 'selection ' || CAST(p.selection AS VARCHAR(12)) FROM selection_places p
            JOIN selection_readers r ON p.who = 'reader' AND r.selection = p.selection
             AND r.number = p.number AND r.marks LIKE '%erased%'
        UNION ALL
        SELECT 'selection ' || CAST(p.selection AS VARCHAR(12)) FROM selection_places p
            JOIN selection_units u ON p.who = 'unit' AND u.selection = p.selection
             AND u.number = p.number AND u.marks <> ''
        """,
    ),
)

BY_READING: tuple[Reading, ...] = ()
