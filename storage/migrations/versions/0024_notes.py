"""Reading notes, and who reported one."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
STANDING = sa.text("state IN ('draft', 'waiting', 'accepted')")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "notes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("picture", ID, nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'accepted', 'refused', 'withdrawn')",
            name=op.f("ck_notes_state"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_notes_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_notes_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_notes_item_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notes_citizen"), ["citizen"], unique=False)
        batch_op.create_index("ix_notes_item", ["campaign", "item", "state", "id"], unique=False)
        batch_op.create_index("ix_notes_state", ["campaign", "state", "id"], unique=False)
        batch_op.create_index(
            "ix_notes_standing",
            ["citizen", "campaign", "item"],
            unique=True,
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        )

    op.create_table(
        "note_reports",
        sa.Column("note", ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_note_reports_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(["note"], ["notes.id"], name=op.f("fk_note_reports_note_notes")),
        sa.PrimaryKeyConstraint("note", "citizen", name=op.f("pk_note_reports")),
    )
    with op.batch_alter_table("note_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_reports_citizen"), ["citizen"], unique=False)


def downgrade() -> None:
    """Go down."""
    op.drop_table("note_reports")
    op.drop_table("notes")
