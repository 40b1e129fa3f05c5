"""Progress messages, pushes that somebody has looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "progress",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("sender", sa.String(length=64), nullable=True),
        sa.Column("ref", sa.String(length=64), nullable=True),
        sa.Column("shown", sa.String(length=40), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name=op.f("ck_progress_leased")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'sending', 'shown', 'unsure', 'closed')",
            name=op.f("ck_progress_state"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_progress_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_progress_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress")),
    )
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_progress_citizen"), ["citizen"], unique=False)
        batch_op.create_index(
            "ix_progress_open",
            ["campaign", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.create_index("uq_progress_key", ["campaign", "key", "citizen"], unique=True)

    with op.batch_alter_table("pushes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("watched", sa.Boolean(), server_default=sa.true(), nullable=False)
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("pushes", schema=None) as batch_op:
        batch_op.drop_column("watched")

    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_index("uq_progress_key")
        batch_op.drop_index(
            "ix_progress_open",
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.drop_index(batch_op.f("ix_progress_citizen"))

    op.drop_table("progress")
