"""livestreams."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "livestreams",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lecturer", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=True),
        sa.Column("replay", sa.String(length=1000), nullable=True),
        sa.Column("proof", sa.String(length=4), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'proposed', 'approved', 'announced', 'live', 'ended', 'postponed', 'cancelled')",
            name=op.f("ck_livestreams_state"),
        ),
        sa.CheckConstraint(
            "proof IN ('tap', 'word')",
            name=op.f("ck_livestreams_proof"),
        ),
        sa.CheckConstraint(
            "(proof = 'word') = (word IS NOT NULL)",
            name=op.f("ck_livestreams_word"),
        ),
        sa.CheckConstraint(
            "starts_at < ends_at",
            name=op.f("ck_livestreams_ends"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_livestreams_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livestreams")),
        sa.UniqueConstraint(
            "campaign", "topic", "planned_at", name=op.f("uq_livestreams_campaign_topic_planned_at")
        ),
    )
    with op.batch_alter_table("livestreams", schema=None) as batch_op:
        batch_op.create_index("ix_livestreams_ends", ["campaign", "ends_at"], unique=False)
        batch_op.create_index("ix_livestreams_starts", ["campaign", "starts_at"], unique=False)

    op.create_table(
        "bookings",
        sa.Column(
            "livestream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_bookings_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["livestream"], ["livestreams.id"], name=op.f("fk_bookings_livestream_livestreams")
        ),
        sa.PrimaryKeyConstraint("livestream", "citizen", name=op.f("pk_bookings")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_citizen", ["citizen"], unique=False)

    op.create_table(
        "attendances",
        sa.Column(
            "livestream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "how IN ('joined', 'replayed')",
            name=op.f("ck_attendances_how"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_attendances_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["livestream"], ["livestreams.id"], name=op.f("fk_attendances_livestream_livestreams")
        ),
        sa.PrimaryKeyConstraint("livestream", "citizen", "how", name=op.f("pk_attendances")),
    )
    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.create_index("ix_attendances_citizen", ["citizen"], unique=False)

    op.create_table(
        "guesses",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "livestream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_guesses_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["livestream"], ["livestreams.id"], name=op.f("fk_guesses_livestream_livestreams")
        ),
        sa.PrimaryKeyConstraint("citizen", "livestream", name=op.f("pk_guesses")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("guesses")
    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.drop_index("ix_attendances_citizen")

    op.drop_table("attendances")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index("ix_bookings_citizen")

    op.drop_table("bookings")
    with op.batch_alter_table("livestreams", schema=None) as batch_op:
        batch_op.drop_index("ix_livestreams_starts")
        batch_op.drop_index("ix_livestreams_ends")

    op.drop_table("livestreams")
