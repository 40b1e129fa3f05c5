"""What must hold in every database at any time. Each check returns those who break it.

They read everything, so they are for `shuxiang audit`, the nightly bell and tests, never for a
turn. A new noun brings a module here, named in `MODULES`, and a planted violation for each of its
sentences in tests/storage/test_invariants.py.
"""

from collections.abc import AsyncIterator
from datetime import tzinfo

from sqlalchemy import text

from storage.db import Db
from storage.invariants import (
    certificates,
    corrections,
    experiences,
    links,
    livestreams,
    notes,
    outbox,
    papercards,
    people,
    points,
    proposals,
    reports,
    rewards,
    rolls,
    seats,
    selection,
    tallies,
    weeks,
)
from storage.invariants.invariant import Offender

OFFENDERS_MAX = 20
MODULES = (
    *(points, corrections, people, outbox, livestreams, proposals, weeks, tallies, rewards),
    *(selection, notes, links, seats, reports),
    *(certificates, experiences, rolls, papercards),
)
BY_QUERY = tuple(one for module in MODULES for one in module.BY_QUERY)
BY_READING = tuple(one for module in MODULES for one in module.BY_READING)


async def check(db: Db, zone: tzinfo) -> AsyncIterator[tuple[str, str, list[Offender]]]:
    """Check everything, and tell for each invariant its name, its sentence and who breaks it.

    Offenders are citizens' ids or the names of other things, at most 20 of them. While others
    write, give it a snapshot: some sentences are about two statements' rows.
    """
    for invariant in BY_QUERY:
        found = _found(db, invariant.query)
        yield invariant.name, invariant.sentence, await _first(found)
    for reading in BY_READING:
        yield reading.name, reading.sentence, await _first(reading.look(db, zone))


async def _found(db: Db, query: str) -> AsyncIterator[Offender]:
    for (offender,) in await db.execute(text(query)):
        yield offender


async def _first(found: AsyncIterator[Offender]) -> list[Offender]:
    offenders: list[Offender] = []
    async for offender in found:
        if len(offenders) < OFFENDERS_MAX and offender not in offenders:
            offenders.append(offender)
    return offenders
