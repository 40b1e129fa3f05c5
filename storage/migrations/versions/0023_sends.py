"""What processes sent lately, for limits that they share."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "sends",
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("process", ID, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", "span", "process", name=op.f("pk_sends")),
    )
    with op.batch_alter_table("sends", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sends_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("sends", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sends_expires_at"))

    op.drop_table("sends")
