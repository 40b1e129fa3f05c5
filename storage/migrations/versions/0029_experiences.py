"""What the chosen tell of their reading."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
STANDING = sa.text("state IN ('draft', 'waiting', 'accepted')")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "experiences",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'accepted', 'refused', 'withdrawn')",
            name=op.f("ck_experiences_state"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_experiences_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_experiences_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiences")),
    )
    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_experiences_citizen"), ["citizen"], unique=False)
        batch_op.create_index(
            "ix_experiences_standing",
            ["campaign", "citizen"],
            unique=True,
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        )


def downgrade() -> None:
    """Go down."""
    op.drop_table("experiences")
