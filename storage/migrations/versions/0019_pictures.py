"""Pictures that go with broadcasts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "pictures",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("resends", sa.Boolean(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_pictures_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_pictures_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    with op.batch_alter_table("pictures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pictures_citizen"), ["citizen"], unique=False)

    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("picture", ID, nullable=True))


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_column("picture")

    with op.batch_alter_table("pictures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pictures_citizen"))

    op.drop_table("pictures")
