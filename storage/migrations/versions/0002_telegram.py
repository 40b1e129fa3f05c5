"""Whether an account can be reached, and the messages that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column("accounts", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "failures",
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cause", name=op.f("pk_failures")),
    )
    op.create_index(op.f("ix_failures_at"), "failures", ["at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("failures")
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("gone_at")
