"""Reversals, adjustments and makeups in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MIRRORS = (
    "SELECT 1 FROM ledger o WHERE o.citizen = NEW.citizen AND o.campaign = NEW.campaign"
    " AND o.line = NEW.reverses AND o.points = -NEW.points AND o.reverses IS NULL"
)


def upgrade() -> None:
    """Go up."""
    # Not as a batch: copying the whole ledger would take long, and lose its triggers.
    op.execute(
        "ALTER TABLE ledger ADD COLUMN reverses INTEGER CONSTRAINT ck_ledger_corrections CHECK"
        " ((kind = 'reversal') = (reverses IS NOT NULL) AND (kind <> 'makeup' OR"
        " (activity IS NOT NULL AND points > 0 AND points <= rate AND points <= cap)))"
    )
    op.create_index(
        "uq_ledger_reverses",
        "ledger",
        ["citizen", "campaign", "reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER ledger_mirrors BEFORE INSERT ON ledger WHEN NEW.reverses IS NOT NULL"
            f" AND NOT EXISTS ({MIRRORS})"
            " BEGIN SELECT RAISE(ABORT, 'a reversal mirrors its line'); END"
        )
        return
    op.execute(
        f"""CREATE OR REPLACE FUNCTION ledger_reversal_mirrors() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NOT EXISTS ({MIRRORS}) THEN
    RAISE EXCEPTION 'a reversal mirrors its line'; END IF; RETURN NEW; END $$"""
    )
    op.execute(
        """CREATE TRIGGER ledger_mirrors BEFORE INSERT ON ledger
    FOR EACH ROW WHEN (NEW.reverses IS NOT NULL) EXECUTE FUNCTION ledger_reversal_mirrors()"""
    )


def downgrade() -> None:
    """Go down."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ledger_mirrors")
    else:
        op.execute("DROP TRIGGER ledger_mirrors ON ledger")
        op.execute("DROP FUNCTION ledger_reversal_mirrors()")
    op.drop_index("uq_ledger_reverses", "ledger")
    op.drop_column("ledger", "reverses")
