"""Roll calls, and who was there."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "rolls",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("chat", ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_rolls_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(["chat"], ["groups.id"], name=op.f("fk_rolls_chat_groups")),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["citizens.id"], name=op.f("fk_rolls_opened_by_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rolls")),
        sa.UniqueConstraint("chat", "unit", "day", name=op.f("uq_rolls_chat_unit_day")),
    )
    with op.batch_alter_table("rolls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rolls_opened_by"), ["opened_by"], unique=False)

    op.create_table(
        "presences",
        sa.Column("roll", ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("ticked_by", ID, nullable=True),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("denied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ticked_by <> citizen", name=op.f("ck_presences_ticked")),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_presences_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(["roll"], ["rolls.id"], name=op.f("fk_presences_roll_rolls")),
        sa.PrimaryKeyConstraint("roll", "citizen", name=op.f("pk_presences")),
    )
    with op.batch_alter_table("presences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presences_citizen"), ["citizen"], unique=False)


def downgrade() -> None:
    """Go down."""
    op.drop_table("presences")
    op.drop_table("rolls")
