"""An index of what the day's budget left out."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "ix_deliveries_budget",
        "deliveries",
        ["citizen", "not_before"],
        unique=False,
        postgresql_where=sa.text("reason = 'budget'"),
        sqlite_where=sa.text("reason = 'budget'"),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_deliveries_budget", table_name="deliveries")
