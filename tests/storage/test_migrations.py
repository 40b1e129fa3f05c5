import pytest
from sqlalchemy import text

from bot import campaign as campaigns
from storage.base import Base
from tests.chat import Chat
from tests.classes import on_air, row

# Alembic's own check does not see CHECK constraints, the WHERE of an index, or triggers.
DEFINITIONS = """
SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'column ' || table_name || '.' || column_name,
       concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
  FROM information_schema.columns WHERE table_schema = 'public'
"""


async def definitions(database):
    """Read what PostgreSQL knows of its tables, name by name."""
    async with database.reading() as db:
        return await defined(db)


async def defined(db):
    """Read the same in a transaction that may have changed it."""
    found = await db.execute(text(DEFINITIONS))
    return {name: said for name, said in found if "alembic_version" not in name}


async def test_models_match_migrations(database):
    """What the models say is what the migrations make."""
    await database.check()


@pytest.fixture(params=["sqlite_database", "spare_postgres_database"])
def changing(request):
    """A database whose tables the test may change."""
    return request.getfixturevalue(request.param)


async def test_models_match_migrations_to_the_last_constraint(spare_postgres_database):
    """The same, with everything Alembic does not compare."""
    migrated = await definitions(spare_postgres_database)

    await spare_postgres_database.downgrade("base")
    async with spare_postgres_database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    modelled = await definitions(spare_postgres_database)

    assert modelled == migrated


async def test_migrations_go_up_down_and_up_again(changing):
    """Every migration can be taken back."""
    await changing.downgrade("base")
    assert not await changing.migrated()
    await changing.upgrade("head")
    assert await changing.migrated()
    await changing.check()


async def test_a_process_goes_by_the_migrations_it_began_with(
    sqlite_database, tmp_path, monkeypatch
):
    """A newer one that is put into its folder does not turn it red."""
    before = await sqlite_database.migrated()
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "9999_newer.py").touch()
    monkeypatch.setattr("storage.db.MIGRATIONS", tmp_path)

    assert (before, await sqlite_database.migrated()) == (True, True)


async def test_a_class_that_counted_twice_counts_once(changing, clock):
    """What was counted double before 0009 is counted anew from the deeds."""
    async with Chat.open(changing, clock, campaigns.load("qingpu_2022")) as chat:
        ids = await on_air(chat, row("甲"), row("乙"))
        clock.set("2022-05-01T19:00:00+08:00")
        ming = await chat.join("ming")
        for live in ids:
            await ming.taps(f"joining.join:{live}")
        async with changing.transaction() as db:
            await db.execute(text("UPDATE totals SET lives = 4"))

        await changing.downgrade("0008")
        await changing.upgrade("head")

        assert (await ming.has()).lives == 2
