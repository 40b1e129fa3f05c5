"""An index of who is erased, for the list that is kept beside the database."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "ix_citizens_erased",
        "citizens",
        ["erased_at"],
        unique=False,
        postgresql_where=sa.text("erased_at IS NOT NULL"),
        sqlite_where=sa.text("erased_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_citizens_erased", table_name="citizens")
