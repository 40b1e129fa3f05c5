"""Paper cards: whose they are, and what was attested on them."""

from storage.invariants.invariant import Invariant

ITS_LINE = """l.citizen = a.citizen AND l.campaign = a.campaign AND l.day = a.day
           AND l.activity = a.activity AND l.acted_at = a.acted_at
           AND l.kind IN ('deed', 'makeup')"""
STANDS = f"""EXISTS (SELECT 1 FROM ledger l WHERE {ITS_LINE} AND NOT EXISTS (
               SELECT 1 FROM ledger b WHERE b.citizen = l.citizen
                  AND b.campaign = l.campaign AND b.reverses = l.line))"""  # noqa: S608 - our own words

BY_QUERY = (
    Invariant(
        "paper_cards",
        "a card is somebody's who is here and consented, or nobody's; one card a person is in use",
        """
        SELECT 'card ' || p.number FROM paper_cards p
          JOIN citizens z ON z.id = p.citizen
         WHERE z.erased_at IS NOT NULL OR z.merged_into IS NOT NULL OR NOT EXISTS (
                SELECT 1 FROM consents c WHERE c.citizen = z.id)
        UNION ALL
        SELECT 'card ' || max(number) FROM paper_cards
         WHERE citizen IS NOT NULL AND voided_at IS NULL
           AND citizen NOT IN (SELECT l.citizen FROM links l WHERE l.undone_at IS NULL)
         GROUP BY campaign, citizen HAVING count(*) > 1
        """,
    ),
    Invariant(
        "card_numbers",
        "the number of a card that nobody used is nobody's, and each sheet has its cards' unit",
        """
        SELECT 'card ' || p.number FROM paper_cards p JOIN paper_sheets s ON s.id = p.sheet
         WHERE s.unit <> p.unit OR s.campaign <> p.campaign
            OR (p.citizen IS NULL AND p.voided_at IS NULL AND EXISTS (
                SELECT 1 FROM citizens z WHERE z.number = p.number))
        """,
    ),
    Invariant(
        "attested",
        "what waits for a second person has its line, of as many points",
        f"""
        SELECT a.citizen FROM attests a WHERE a.state = 'waiting' AND NOT EXISTS (
            SELECT 1 FROM ledger l WHERE {ITS_LINE} AND l.points = a.points)
        """,  # noqa: S608 - our own words
    ),
    Invariant(
        "unconfirmed",
        "what nobody confirmed, or somebody denied, stands in the ledger no more",
        f"""
        SELECT a.citizen FROM attests a WHERE a.state IN ('void', 'denied') AND {STANDS}
        """,  # noqa: S608 - our own words
    ),
    Invariant(
        "lapsed",
        "a line is taken back as not confirmed only where that is noted",
        """
        SELECT l.citizen FROM ledger l JOIN citizens z ON z.id = l.citizen AND z.erased_at IS NULL
          LEFT JOIN attests a ON l.cause = 'attest:' || a.id AND a.state IN ('void', 'denied')
         WHERE l.cause LIKE 'attest:%' AND (a.id IS NULL OR l.kind <> 'reversal')
        """,
    ),
)
BY_READING = ()
