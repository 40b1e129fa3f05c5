"""Certificates: each is somebody's, and shows a picture that is there."""

from storage.invariants.invariant import Invariant

BY_QUERY = (
    Invariant(
        "certificates",
        "a certificate is a reader's or a unit's, never of both, and not of somebody erased",
        """
        SELECT 'certificate ' || c.list || ' ' || CAST(c.number AS text) FROM certificates c
         WHERE (c.citizen IS NULL) = (c.unit IS NULL)
            OR EXISTS (SELECT 1 FROM citizens z
                        WHERE z.id = c.citizen AND z.erased_at IS NOT NULL)
        """,
    ),
)
BY_READING = ()
