"""Family seats: readers whom somebody holds on their own accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE accounts ADD COLUMN holder {kind}"
        " CONSTRAINT fk_accounts_holder_citizens REFERENCES citizens (id)"
    )
    op.create_index(op.f("ix_accounts_holder"), "accounts", ["holder"])
    op.add_column(
        "accounts", sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "seats",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("reader", ID, nullable=False),
        sa.Column("account", ID, nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("citizen <> reader", name=op.f("ck_seats_two")),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_seats_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(["reader"], ["citizens.id"], name=op.f("fk_seats_reader_citizens")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
    )
    op.create_index(op.f("ix_seats_reader"), "seats", ["reader"])
    op.create_index(
        "uq_seats_held",
        "seats",
        ["citizen", "reader"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("seats")
    op.drop_index(op.f("ix_accounts_holder"), "accounts")
    op.drop_column("accounts", "shared")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("accounts") as batch:
            batch.drop_column("holder")
    else:
        op.drop_column("accounts", "holder")
