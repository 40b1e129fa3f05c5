"""Files people send, and what slow work came to."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "jobs", sa.Column("result", sa.Text(), server_default=sa.text("'{}'"), nullable=False)
    )
    op.create_table(
        "uploads",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_uploads_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_uploads_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint(
            "citizen", "channel", "ref", name=op.f("uq_uploads_citizen_channel_ref")
        ),
    )
    op.create_index(op.f("ix_uploads_received_at"), "uploads", ["received_at"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("uploads")
    op.drop_column("jobs", "result")
