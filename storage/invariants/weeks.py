"""Frozen weeks: what was added up, and the order of places."""

from storage.invariants.invariant import Invariant, Reading

BY_QUERY = (
    Invariant(
        "week_sums",
        "a frozen week counts the places it holds, and adds up their points",
        """
        SELECT 'week ' || CAST(w.first AS VARCHAR(10)) FROM weeks w LEFT JOIN (
            SELECT campaign, first, count(*) AS heads, sum(points) AS points
              FROM week_places GROUP BY campaign, first
        ) p ON p.campaign = w.campaign AND p.first = w.first
         WHERE w.participants <> coalesce(p.heads, 0) OR w.points <> coalesce(p.points, 0)
        """,
    ),
    Invariant(
        "week_towns",
        "a frozen week's towns are what their citizens' places add up to",
        """
        SELECT 'week ' || CAST(t.first AS VARCHAR(10)) FROM week_towns t LEFT JOIN (
            SELECT campaign, first, town, count(*) AS heads, sum(points) AS points
              FROM week_places GROUP BY campaign, first, town
        ) p ON p.campaign = t.campaign AND p.first = t.first AND p.town = t.town
         WHERE t.participants <> coalesce(p.heads, 0) OR t.points <> coalesce(p.points, 0)
        UNION ALL
        SELECT 'week ' || CAST(p.first AS VARCHAR(10)) FROM week_places p LEFT JOIN week_towns t
            ON t.campaign = p.campaign AND t.first = p.first AND t.town = p.town
         WHERE p.town IS NOT NULL AND t.town IS NULL
        """,
    ),
    Invariant(
        "week_places",
        "a frozen week's places run from 1 without a gap, in the town too, by falling points",
        """
        SELECT citizen FROM (
            SELECT citizen, rank, town_rank, points,
                   row_number() OVER (PARTITION BY campaign, first ORDER BY rank, citizen) AS n,
                   row_number() OVER (
                       PARTITION BY campaign, first, town ORDER BY rank, citizen) AS in_town,
                   lag(points) OVER (PARTITION BY campaign, first ORDER BY rank, citizen) AS above
              FROM week_places
        ) x WHERE rank <> n OR town_rank <> in_town OR points > above OR points < 1
        """,
    ),
    Invariant(
        "week_ends",
        "no two frozen weeks share a day, and none ends before it begins",
        """
        SELECT 'week ' || CAST(w.first AS VARCHAR(10)) FROM weeks w
         WHERE w.last < w.first OR EXISTS (SELECT 1 FROM weeks o
            WHERE o.campaign = w.campaign AND o.first < w.first AND o.last >= w.first)
        """,
    ),
)

BY_READING: tuple[Reading, ...] = ()
