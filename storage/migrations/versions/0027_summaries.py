"""Cases with their pictures, and the summary reports that units hand in."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "cases",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("happened", sa.String(length=200), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["citizens.id"], name=op.f("fk_cases_added_by_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_cases_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_unit", ["campaign", "unit", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_added_by"), ["added_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_deleted_at"), ["deleted_at"], unique=False)

    op.create_table(
        "case_pictures",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case", ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name=op.f("fk_case_pictures_case_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_pictures")),
        sa.UniqueConstraint("case", "hash", name=op.f("uq_case_pictures_case_hash")),
    )
    op.create_table(
        "summaries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("handed_by", ID, nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job", ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("cases", sa.SmallInteger(), nullable=False),
        sa.Column("pictures", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_summaries_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["handed_by"], ["citizens.id"], name=op.f("fk_summaries_handed_by_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
        sa.UniqueConstraint(
            "campaign", "unit", "version", name=op.f("uq_summaries_campaign_unit_version")
        ),
        sa.UniqueConstraint("job", name=op.f("uq_summaries_job")),
    )
    with op.batch_alter_table("summaries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_summaries_handed_by"), ["handed_by"], unique=False)


def downgrade() -> None:
    """Go down."""
    op.drop_table("summaries")
    op.drop_table("case_pictures")
    op.drop_table("cases")
