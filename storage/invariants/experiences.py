"""Experiences of the chosen: read by others only with consent, and empty once taken back."""

from storage.invariants.invariant import Invariant

BY_QUERY = (
    Invariant(
        "experiences",
        "what the chosen tell is read by others only with their consent, and says something",
        """
        SELECT e.citizen FROM experiences e JOIN citizens z ON z.id = e.citizen
         WHERE (e.state IN ('waiting', 'accepted') AND e.consented_at IS NULL)
            OR (e.state = 'withdrawn') <> (e.text = '')
            OR z.erased_at IS NOT NULL
        """,
    ),
)
BY_READING = ()
