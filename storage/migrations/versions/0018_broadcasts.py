"""Broadcasts, and calls to whom they did not reach."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "broadcasts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("author", ID, nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link_label", sa.String(length=40), nullable=True),
        sa.Column("link_url", sa.String(length=1000), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("same", sa.String(length=64), nullable=True),
        sa.Column("why", sa.String(length=8), nullable=True),
        sa.Column("push", ID, nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("off", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'scheduled', 'running', 'held', 'stopped', 'done')",
            name=op.f("ck_broadcasts_state"),
        ),
        sa.CheckConstraint(
            "(link_url IS NULL) = (link_label IS NULL)", name=op.f("ck_broadcasts_link")
        ),
        sa.ForeignKeyConstraint(
            ["author"], ["citizens.id"], name=op.f("fk_broadcasts_author_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_broadcasts_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index("ix_broadcasts_author", ["author", "id"], unique=False)
        batch_op.create_index("ix_broadcasts_same", ["campaign", "same"], unique=False)
        batch_op.create_index("ix_broadcasts_state", ["campaign", "state", "id"], unique=False)

    op.create_table(
        "calls",
        sa.Column("broadcast", ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('told', 'nobody', 'wrong', 'unwanted')", name=op.f("ck_calls_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["broadcast"], ["broadcasts.id"], name=op.f("fk_calls_broadcast_broadcasts")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_calls_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("broadcast", "citizen", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_unreached",
            ["push", "citizen"],
            unique=False,
            postgresql_where=sa.text("state IN ('gone', 'failed', 'expired', 'uncertain')"),
            sqlite_where=sa.text("state IN ('gone', 'failed', 'expired', 'uncertain')"),
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_unreached",
            postgresql_where=sa.text("state IN ('gone', 'failed', 'expired', 'uncertain')"),
            sqlite_where=sa.text("state IN ('gone', 'failed', 'expired', 'uncertain')"),
        )

    op.drop_table("calls")
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_index("ix_broadcasts_state")
        batch_op.drop_index("ix_broadcasts_same")
        batch_op.drop_index("ix_broadcasts_author")

    op.drop_table("broadcasts")
