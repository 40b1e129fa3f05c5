"""What the faults are judged by: every invariant, and what stands in the ledger."""

from sqlalchemy import text

from bot import campaign as campaigns
from storage import invariants
from storage.db import Database


async def offenders(url: str) -> tuple[list[str], int, int | None]:
    """Run every invariant; return those broken, and the ledger's lines and sum of points."""
    database = Database(url)
    zone = campaigns.load("qingpu_2022").zone
    async with database.snapshot() as db:
        found = [name async for name, _, broken in invariants.check(db, zone) if broken]
        lines = await db.scalar(text("SELECT count(*) FROM ledger"))
        points = await db.scalar(text("SELECT sum(points) FROM ledger"))
    await database.aclose()
    return found, int(lines or 0), points


async def told_of_phase(database: Database) -> dict[str, int]:
    """Count the deliveries of the phase's news by state."""
    async with database.reading() as db:
        found = await db.execute(
            text(
                "SELECT d.state, count(*) FROM deliveries d JOIN pushes p ON p.id = d.push"
                " WHERE p.kind = 'news.phase' GROUP BY d.state"
            )
        )
        return dict(tuple(row) for row in found)
