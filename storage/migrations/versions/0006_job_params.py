"""Jobs carry parameters."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "jobs", sa.Column("params", sa.Text(), server_default=sa.text("'{}'"), nullable=False)
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("jobs", "params")
