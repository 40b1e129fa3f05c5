"""Proposals: their forms and states, and the questions and classes that go with them."""

from storage.invariants.invariant import Invariant

BY_QUERY = (
    Invariant(
        "proposals",
        "every proposal is in a state we know and has what its form asks for",
        """
        SELECT 'proposal ' || id FROM proposals
         WHERE form NOT IN ('plan', 'class', 'replay')
            OR state NOT IN ('draft', 'waiting', 'approved', 'returned', 'refused', 'replaced',
                'withdrawn')
            OR (form = 'plan') <> (month IS NOT NULL)
            OR (form = 'class') <> (starts_at IS NOT NULL AND minutes IS NOT NULL)
        """,
    ),
    Invariant(
        "reviewed",
        "a proposal waits as long as the question about it does",
        """
        SELECT 'proposal ' || p.id FROM proposals p
         WHERE (p.state = 'waiting') <> EXISTS (
            SELECT 1 FROM approvals a WHERE a.campaign = p.campaign AND a.kind = 'proposals'
               AND a.subject = CAST(p.id AS VARCHAR(20)) AND a.state = 'waiting')
        """,
    ),
    Invariant(
        "programmed",
        "an approved class is on the programme",
        """
        SELECT 'proposal ' || p.id FROM proposals p
         WHERE p.form = 'class' AND p.state = 'approved'
           AND NOT EXISTS (SELECT 1 FROM livestreams l WHERE l.id = p.livestream)
        """,
    ),
)
BY_READING = ()
