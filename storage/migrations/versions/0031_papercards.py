"""Paper cards, and what organisers attest on them."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "paper_sheets",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_paper_sheets_count")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_paper_sheets_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["citizens.id"], name=op.f("fk_paper_sheets_made_by_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sheets")),
        sa.UniqueConstraint("campaign", "unit", "n", name=op.f("uq_paper_sheets_campaign_unit_n")),
    )
    op.create_index(op.f("ix_paper_sheets_made_by"), "paper_sheets", ["made_by"])
    op.create_table(
        "paper_cards",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("sheet", ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("citizen", ID, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("used_by", ID, nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("voided_by", ID, nullable=True),
        sa.Column("replaced_by", ID, nullable=True),
        sa.CheckConstraint(
            "(citizen IS NULL) = (used_at IS NULL) AND (used_at IS NULL) = (used_by IS NULL)",
            name=op.f("ck_paper_cards_used"),
        ),
        sa.CheckConstraint(
            "replaced_by IS NULL OR voided_at IS NOT NULL", name=op.f("ck_paper_cards_replaced")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_paper_cards_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_paper_cards_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["sheet"], ["paper_sheets.id"], name=op.f("fk_paper_cards_sheet_paper_sheets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_cards")),
        sa.UniqueConstraint("number", name=op.f("uq_paper_cards_number")),
    )
    for column in ("sheet", "unit", "citizen"):
        op.create_index(op.f(f"ix_paper_cards_{column}"), "paper_cards", [column])
    op.create_table(
        "attests",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("card", ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("activity", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("acted_at", MOMENT, nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'void', 'denied', 'unpaid', 'left')",
            name=op.f("ck_attests_state"),
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR decided_by <> \"by\"", name=op.f("ck_attests_second")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state IN ('waiting', 'unpaid'))",
            name=op.f("ck_attests_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_attests_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_attests_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attests")),
    )
    op.create_index(op.f("ix_attests_citizen"), "attests", ["citizen"])
    op.create_index(op.f("ix_attests_by"), "attests", ["by"])
    op.create_index("ix_attests_state", "attests", ["state", "day"])
    op.create_index("ix_attests_unit", "attests", ["campaign", "unit"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("attests")
    op.drop_table("paper_cards")
    op.drop_table("paper_sheets")
