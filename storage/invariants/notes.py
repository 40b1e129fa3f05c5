"""Reading notes: who decided them, and what is left of those that were taken back."""

from storage.invariants.invariant import Invariant

BY_QUERY = (
    Invariant(
        "notes",
        "a note says something and was decided by somebody else; one taken back says nothing",
        """
        SELECT citizen FROM notes
         WHERE (state IN ('accepted', 'refused') AND (
                    decided_by IS NULL OR decided_at IS NULL OR decided_by = citizen))
            OR (state = 'withdrawn') <> (text = '' AND picture IS NULL)
            OR (state = 'refused') <> (reason IS NOT NULL) AND state <> 'withdrawn'
            OR reports < 0
        """,
    ),
)
BY_READING = ()
