"""Several campaigns in one database: what each was, and who took part in those that do not run."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
ABOUT = (
    ("name", sa.String(length=1000)),
    ("name_en", sa.String(length=1000)),
    ("start", sa.Date()),
    ("last_day", sa.Date()),
)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "enrolments",
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("town", sa.String(length=32), nullable=True),
        sa.Column("unit", sa.String(length=32), nullable=True),
        sa.Column("team", sa.String(length=32), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scores_from", sa.Date(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_enrolments_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_enrolments_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("campaign", "citizen", name=op.f("pk_enrolments")),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_citizen"), ["citizen"], unique=False)

    with op.batch_alter_table("moves", schema=None) as batch_op:
        batch_op.add_column(sa.Column("campaign", SHORT_ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_moves_campaign_campaigns"), "campaigns", ["campaign"], ["id"]
        )
    op.execute("UPDATE moves SET campaign = (SELECT max(id) FROM campaigns)")
    op.execute(
        "INSERT INTO facts (name, value) SELECT 'campaign', CAST(max(id) AS text) FROM campaigns"
        " HAVING max(id) IS NOT NULL"
    )
    for name, kind in ABOUT:
        op.add_column("campaigns", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Go down."""
    for name, _ in reversed(ABOUT):
        op.drop_column("campaigns", name)
    op.execute("DELETE FROM facts WHERE name = 'campaign'")
    with op.batch_alter_table("moves", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_moves_campaign_campaigns"), type_="foreignkey")
        batch_op.drop_column("campaign")
    op.drop_table("enrolments")
