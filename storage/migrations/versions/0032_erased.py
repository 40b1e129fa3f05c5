"""An index of who is erased, for the list that is kept beside the database."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index(op.f("ix_citizens_erased_at"), "citizens", ["erased_at"], unique=False)


def downgrade() -> None:
    """Go down."""
    op.drop_index(op.f("ix_citizens_erased_at"), table_name="citizens")
