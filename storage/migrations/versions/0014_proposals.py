"""Proposals of livestreams."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "proposals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("lecturer", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("livestream", ID, nullable=True),
        sa.Column("revises", ID, nullable=True),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(form = 'class') = (starts_at IS NOT NULL AND minutes IS NOT NULL)",
            name=op.f("ck_proposals_time"),
        ),
        sa.CheckConstraint(
            "(form = 'plan') = (month IS NOT NULL)", name=op.f("ck_proposals_month")
        ),
        sa.CheckConstraint("form <> 'replay' OR state = 'draft'", name=op.f("ck_proposals_replay")),
        sa.CheckConstraint("form IN ('plan', 'class', 'replay')", name=op.f("ck_proposals_form")),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'approved', 'returned', 'refused', 'replaced', 'withdrawn')",
            name=op.f("ck_proposals_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["citizens.id"], name=op.f("fk_proposals_asked_by_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_proposals_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["livestream"], ["livestreams.id"], name=op.f("fk_proposals_livestream_livestreams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_asked_by"), ["asked_by"], unique=False)
        batch_op.create_index("ix_proposals_livestream", ["livestream"], unique=False)
        batch_op.create_index("ix_proposals_unit", ["campaign", "unit", "id"], unique=False)
        batch_op.create_index(
            "uq_proposals_draft",
            ["campaign", "asked_by"],
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.create_index(
            "uq_proposals_waiting",
            ["livestream"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_proposals_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "uq_proposals_draft",
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.drop_index("ix_proposals_unit")
        batch_op.drop_index("ix_proposals_livestream")
        batch_op.drop_index(batch_op.f("ix_proposals_asked_by"))

    op.drop_table("proposals")
