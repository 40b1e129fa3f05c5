"""People: who is erased, who consented, who is under 14, and their card numbers."""

from collections.abc import AsyncIterator
from datetime import tzinfo

from sqlalchemy import select

from bot.rules import cards
from storage.citizens import CitizenRow
from storage.db import Db
from storage.invariants.invariant import Invariant, Reading, each

BY_QUERY = (
    Invariant(
        "erased",
        "whoever is erased has no account, no name, no consent in force and no place",
        """
        SELECT z.id AS citizen FROM citizens z WHERE z.erased_at IS NOT NULL AND (
            z.consented_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM accounts a WHERE a.citizen = z.id)
            OR EXISTS (SELECT 1 FROM profiles p WHERE p.citizen = z.id)
            OR EXISTS (SELECT 1 FROM totals t WHERE t.citizen = z.id AND NOT t.erased))
        """,
    ),
    Invariant(
        "boards",
        "nobody under 14 is named on boards",
        """
        SELECT p.citizen FROM profiles p JOIN citizens z ON z.id = p.citizen
         WHERE p.listed AND z.band = 'young'
        """,
    ),
    Invariant(
        "consent",
        "nobody did anything without having consented",
        """
        SELECT DISTINCT d.citizen FROM deeds d LEFT JOIN consents c ON c.citizen = d.citizen
         WHERE c.citizen IS NULL
        """,
    ),
    Invariant(
        "proof",
        "whoever takes part has a consent in force",
        """
        SELECT z.id AS citizen FROM citizens z WHERE z.consented_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM consents c WHERE c.citizen = z.id AND c.withdrawn_at IS NULL)
        """,
    ),
    Invariant(
        "guardian",
        "whoever is under 14 and takes part has a guardian's consent",
        """
        SELECT z.id AS citizen FROM citizens z
         WHERE z.band = 'young' AND z.consented_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM consents c WHERE c.citizen = z.id AND c.by_guardian
               AND c.withdrawn_at IS NULL)
        """,
    ),
)


async def _numbers(db: Db, _zone: tzinfo) -> AsyncIterator[int]:
    async for rows in each(db, select(CitizenRow.id, CitizenRow.number)):
        for citizen, number in rows:
            if cards.read(number) != number:
                yield citizen


BY_READING = (Reading("numbers", "every card number is well formed", _numbers),)
