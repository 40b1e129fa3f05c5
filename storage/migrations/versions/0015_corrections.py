"""Corrections that staff prepared, and disputes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def _partial(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "corrections",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("activity", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.Column("debt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.Column("second", ID, nullable=True),
        sa.Column("dispute", ID, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'booked', 'refused')", name=op.f("ck_corrections_state")
        ),
        sa.CheckConstraint(
            "(state = 'booked') = (line IS NOT NULL)", name=op.f("ck_corrections_line")
        ),
        sa.CheckConstraint(
            '"by" <> citizen AND (second IS NULL OR (second <> citizen AND second <> "by"))',
            name=op.f("ck_corrections_others"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_corrections_reason")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_corrections_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_corrections_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_citizen"), "corrections", ["citizen"])
    op.create_index("ix_corrections_by", "corrections", ["campaign", "by", "decided_at"])
    op.create_index(
        "ix_corrections_drafts", "corrections", ["made_at"], **_partial("state = 'draft'")
    )
    line = ["citizen", "campaign", "line"]
    op.create_index(
        "uq_corrections_line", "corrections", line, unique=True, **_partial("line IS NOT NULL")
    )
    op.create_table(
        "disputes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("about", sa.String(length=24), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", ID, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'accepted', 'refused', 'withdrawn')",
            name=op.f("ck_disputes_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'refused') OR (\"by\" IS NOT NULL AND \"by\" <> citizen"
            " AND answer IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_disputes_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_disputes_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_disputes_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_state", "disputes", ["campaign", "state", "id"])
    about = ["citizen", "campaign", "about"]
    op.create_index(
        "uq_disputes_about", "disputes", about, unique=True, **_partial("state <> 'withdrawn'")
    )
    _signals()


def _signals() -> None:
    op.create_table(
        "signals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_by", ID, nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_signals_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_signals_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint(
            "citizen", "campaign", "day", "kind", name=op.f("uq_signals_citizen_campaign_day_kind")
        ),
    )
    unseen = ["campaign", "id"]
    op.create_index("ix_signals_unseen", "signals", unseen, **_partial("looked_at IS NULL"))


def downgrade() -> None:
    """Go down."""
    op.drop_table("signals")
    op.drop_table("disputes")
    op.drop_table("corrections")
