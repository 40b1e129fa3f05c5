import pytest
from sqlalchemy import text

from storage.db import Database, Unavailable


async def test_a_committed_row_survives_a_crash_and_the_pool_recovers(own_postgres):
    """After an immediate stop and a start, what was committed is there and the next turn works."""
    database = Database(own_postgres.url())
    async with database.transaction() as db:
        await db.execute(text("CREATE TABLE t AS SELECT 1 AS a"))

    own_postgres.stop()
    with pytest.raises(Unavailable):
        async with database.transaction() as db:
            await db.execute(text("SELECT 1"))
    own_postgres.start()
    async with database.transaction() as db:
        found = await db.scalar(text("SELECT a FROM t"))

    assert found == 1
    await database.aclose()
