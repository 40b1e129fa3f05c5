"""Weekly standings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "weeks",
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_weeks_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign", "first", name=op.f("pk_weeks")),
    )
    op.create_table(
        "week_towns",
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign", "first"],
            ["weeks.campaign", "weeks.first"],
            name=op.f("fk_week_towns_campaign_first_weeks"),
        ),
        sa.PrimaryKeyConstraint("campaign", "first", "town", name=op.f("pk_week_towns")),
    )
    op.create_table(
        "week_places",
        sa.Column("citizen", ID, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("town_rank", sa.Integer(), nullable=False),
        sa.Column("earned_rank", sa.Integer(), nullable=False),
        sa.Column("streak", sa.SmallInteger(), nullable=False),
        sa.Column("visits", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_week_places_points")),
        sa.CheckConstraint(
            "rank > 0 AND town_rank > 0 AND earned_rank > 0", name=op.f("ck_week_places_ranks")
        ),
        sa.ForeignKeyConstraint(
            ["campaign", "first"],
            ["weeks.campaign", "weeks.first"],
            name=op.f("fk_week_places_campaign_first_weeks"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_week_places_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "campaign", "first", name=op.f("pk_week_places")),
        sa.UniqueConstraint(
            "campaign", "first", "rank", name=op.f("uq_week_places_campaign_first_rank")
        ),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("week_places")
    op.drop_table("week_towns")
    op.drop_table("weeks")
