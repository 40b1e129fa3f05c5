"""A migration only adds what the version before can do without: both serve side by side meanwhile.

Looked at in PostgreSQL, where alone several processes serve, migration by migration.
"""

import re
from collections import defaultdict

from sqlalchemy import text

from tests.storage.test_migrations import defined, definitions

FIRST = "0001"
ANSWERED = {"0011": {"constraint ledger.ck_ledger_corrections"}}
"""New rules on old columns that hold for what the version before writes: it corrected nothing."""


def columns(schema):
    """Return the columns by table."""
    found = defaultdict(set)
    for name in schema:
        if name.startswith("column "):
            table, column = name.removeprefix("column ").split(".")
            found[table].add(column)
    return found


def is_index_only(said):
    """Say whether something only makes queries faster."""
    return said.startswith("CREATE INDEX")


def troubles(before, after):
    """List what the version before would miss or be refused once the schema is the later one."""
    found = {
        name for name, said in before.items() if after.get(name) != said and not is_index_only(said)
    }
    old, new = columns(before), columns(after)
    for name, said in after.items():
        table = table_of(name, said)
        if name in before or table not in old or is_index_only(said):
            continue
        if asks(name, said, words(said) & new[table], old[table]):
            found.add(name)
    return found


def asks(name, said, its, old):
    """Say whether something new, about its columns, asks anything of rows with the old ones."""
    if name.startswith("column "):
        return said.endswith(" NO")  # and no default: what leaves it out is refused
    if said.startswith(("CHECK", "CREATE TRIGGER")):
        return not its or bool(its & old)
    return its <= old  # a key or a reference with a new column does not meet what leaves it empty


def table_of(name, said):
    """Return the table something belongs to."""
    if name.startswith(("column ", "constraint ")):
        return name.split()[1].split(".")[0]
    return re.search(r" ON public\.(\w+)", said)[1]


def words(said):
    """Return the words of a definition, without what it refers to elsewhere."""
    return set(re.findall(r"\w+", said.partition(" REFERENCES ")[0]))


async def test_every_migration_only_adds(spare_postgres_database):
    """Nothing is dropped, renamed or narrowed, and nothing new is asked of what is written."""
    database = spare_postgres_database
    async with database.reading() as db:
        newest = int(await db.scalar(text("SELECT version_num FROM alembic_version")))
    await database.downgrade(FIRST)
    before, found = await definitions(database), {}
    for number in range(int(FIRST) + 1, newest + 1):
        await database.upgrade(f"{number:04}")
        after = await definitions(database)
        if wrong := troubles(before, after):
            found[f"{number:04}"] = wrong
        before = after

    assert newest >= 32
    assert found == ANSWERED


HARMLESS = (
    "ALTER TABLE accounts ADD COLUMN more integer",
    "ALTER TABLE accounts ADD COLUMN plenty integer NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD CONSTRAINT ck_more CHECK (more > plenty)",
    "ALTER TABLE accounts ADD CONSTRAINT fk_more FOREIGN KEY (more) REFERENCES campaigns (id)",
    "CREATE UNIQUE INDEX uq_more ON accounts (citizen, more)",
    "CREATE INDEX ix_more ON accounts (gone_at)",
    "CREATE TABLE more (id integer PRIMARY KEY, wanted integer NOT NULL UNIQUE CHECK (wanted > 0))",
)
PLANTED = (
    ("DROP TABLE outages CASCADE", "column outages.day"),
    ("ALTER TABLE citizens RENAME COLUMN band TO years", "column citizens.band"),
    ("ALTER TABLE accounts ADD COLUMN planted integer NOT NULL", "column accounts.planted"),
    ("ALTER TABLE citizens ALTER COLUMN town SET NOT NULL", "column citizens.town"),
    ("ALTER TABLE deeds ALTER COLUMN subject TYPE varchar(8)", "column deeds.subject"),
    ("ALTER TABLE deeds ADD CONSTRAINT wrong CHECK (points < 9)", "constraint deeds.wrong"),
    ("ALTER TABLE deeds ADD CONSTRAINT wrong UNIQUE (cause)", "constraint deeds.wrong"),
    ("CREATE UNIQUE INDEX wrong ON deeds (cause)", "index wrong"),
    ("ALTER TABLE pushes ALTER COLUMN watched DROP DEFAULT", "column pushes.watched"),
    ("ALTER TABLE pushes DROP CONSTRAINT uq_pushes_campaign_once", "index uq_pushes_campaign_once"),
)


async def test_what_the_version_before_would_stumble_over_is_found(spare_postgres_database):
    """Each is planted in a transaction that is taken back; what only adds is no trouble."""
    before, found = await definitions(spare_postgres_database), {}
    for planted in (";".join(HARMLESS), *(each for each, _ in PLANTED)):
        async with spare_postgres_database.engine.connect() as connection:
            for statement in planted.split(";"):
                await connection.execute(text(statement))
            found[planted] = troubles(before, await defined(connection))
            await connection.rollback()

    assert found.pop(";".join(HARMLESS)) == set()
    assert [planted for planted, named in PLANTED if named not in found[planted]] == []
