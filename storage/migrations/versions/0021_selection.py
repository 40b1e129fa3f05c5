"""The selection of the best: snapshots, candidates, exclusions and places."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "selections",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("bests", sa.Text(), nullable=True),
        sa.Column("taken_by", ID, nullable=False),
        sa.Column("sealed_by", ID, nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", ID, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", ID, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objections_until", sa.Date(), nullable=True),
        sa.Column("finished_by", ID, nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('taking', 'draft', 'confirmed', 'published', 'final', 'replaced')",
            name=op.f("ck_selections_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'published', 'final') OR (digest IS NOT NULL AND sealed_by IS NOT NULL AND confirmed_by IS NOT NULL)",
            name=op.f("ck_selections_confirmed"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'final') OR objections_until IS NOT NULL",
            name=op.f("ck_selections_published"),
        ),
        sa.CheckConstraint("sealed_by <> confirmed_by", name=op.f("ck_selections_two")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_selections_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
    )
    with op.batch_alter_table("selections", schema=None) as batch_op:
        batch_op.create_index("ix_selections_campaign", ["campaign", "state"], unique=False)
        batch_op.create_index(
            "uq_selections_current",
            ["campaign"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'confirmed', 'published', 'final')"),
            postgresql_where=sa.text("state IN ('draft', 'confirmed', 'published', 'final')"),
        )

    op.create_table(
        "selection_exclusions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("selection", ID, nullable=False),
        sa.Column("who", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", ID, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_selection_exclusions_reason")),
        sa.CheckConstraint("who IN ('reader', 'unit')", name=op.f("ck_selection_exclusions_who")),
        sa.ForeignKeyConstraint(
            ["selection"],
            ["selections.id"],
            name=op.f("fk_selection_exclusions_selection_selections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_exclusions")),
    )
    with op.batch_alter_table("selection_exclusions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_selection_exclusions_number",
            ["selection", "who", "number"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    op.create_table(
        "selection_places",
        sa.Column("selection", ID, nullable=False),
        sa.Column("list", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("above_by", sa.String(length=16), nullable=False),
        sa.Column("standing", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("by", ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "standing <> 'left' OR reason <> ''", name=op.f("ck_selection_places_reason")
        ),
        sa.CheckConstraint(
            "replaces IS NULL OR standing IN ('chosen', 'left')",
            name=op.f("ck_selection_places_replaces"),
        ),
        sa.CheckConstraint(
            "standing IN ('chosen', 'reserve', 'other', 'left')",
            name=op.f("ck_selection_places_standing"),
        ),
        sa.CheckConstraint("rank > 0 AND score >= 0", name=op.f("ck_selection_places_rank")),
        sa.ForeignKeyConstraint(
            ["selection"], ["selections.id"], name=op.f("fk_selection_places_selection_selections")
        ),
        sa.PrimaryKeyConstraint("selection", "list", "number", name=op.f("pk_selection_places")),
        sa.UniqueConstraint(
            "selection", "list", "rank", name=op.f("uq_selection_places_selection_list_rank")
        ),
        sa.UniqueConstraint(
            "selection",
            "list",
            "replaces",
            name=op.f("uq_selection_places_selection_list_replaces"),
        ),
    )
    op.create_table(
        "selection_readers",
        sa.Column("selection", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("citizen", ID, nullable=True),
        sa.Column("marks", sa.String(length=40), nullable=False),
        sa.Column("checkin_days", sa.Integer(), nullable=False),
        sa.Column("online_learning", sa.Integer(), nullable=False),
        sa.Column("videos", sa.Integer(), nullable=False),
        sa.Column("livestreams", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "checkin_days >= 0 AND online_learning >= 0 AND videos >= 0 AND livestreams >= 0 AND points >= 0 AND finished >= 0",
            name=op.f("ck_selection_readers_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_selection_readers_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["selection"], ["selections.id"], name=op.f("fk_selection_readers_selection_selections")
        ),
        sa.PrimaryKeyConstraint("selection", "number", name=op.f("pk_selection_readers")),
    )
    with op.batch_alter_table("selection_readers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_selection_readers_citizen"), ["citizen"], unique=False)
        batch_op.create_index("uq_selection_readers_citizen", ["selection", "citizen"], unique=True)

    op.create_table(
        "selection_units",
        sa.Column("selection", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("marks", sa.String(length=40), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("online_learning", sa.Integer(), nullable=False),
        sa.Column("videos", sa.Integer(), nullable=False),
        sa.Column("livestreams_organised", sa.Integer(), nullable=False),
        sa.Column("attendance", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("checkin_days", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("livestreams", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.CheckConstraint("target >= 0 AND people >= 0", name=op.f("ck_selection_units_counts")),
        sa.ForeignKeyConstraint(
            ["selection"], ["selections.id"], name=op.f("fk_selection_units_selection_selections")
        ),
        sa.PrimaryKeyConstraint("selection", "number", name=op.f("pk_selection_units")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("selection_units")
    with op.batch_alter_table("selection_readers", schema=None) as batch_op:
        batch_op.drop_index("uq_selection_readers_citizen")
        batch_op.drop_index(batch_op.f("ix_selection_readers_citizen"))

    op.drop_table("selection_readers")
    op.drop_table("selection_places")
    with op.batch_alter_table("selection_exclusions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_selection_exclusions_number",
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    op.drop_table("selection_exclusions")
    with op.batch_alter_table("selections", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_selections_current",
            sqlite_where=sa.text("state IN ('draft', 'confirmed', 'published', 'final')"),
            postgresql_where=sa.text("state IN ('draft', 'confirmed', 'published', 'final')"),
        )
        batch_op.drop_index("ix_selections_campaign")

    op.drop_table("selections")
