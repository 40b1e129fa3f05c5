"""Making one person of two, and what undoing it needs; the account last used."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    # Not as a batch: copying the citizens would take long.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE citizens ADD COLUMN merged_into {kind}"
        " CONSTRAINT fk_citizens_merged_into_citizens REFERENCES citizens (id)"
    )
    op.create_index(op.f("ix_citizens_merged_into"), "citizens", ["merged_into"])
    op.add_column("accounts", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "links",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("absorbed", ID, nullable=True),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("void", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", ID, nullable=True),
        sa.CheckConstraint("absorbed <> citizen", name=op.f("ck_links_two")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_links_undone")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_links_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_links_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_citizen"), "links", ["citizen"])
    op.create_index(
        "uq_links_absorbed",
        "links",
        ["absorbed"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "linked_rows",
        sa.Column("link", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("row", ID, nullable=False),
        sa.Column("more", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_linked_rows_link_links")),
        sa.PrimaryKeyConstraint("link", "kind", "row", "more", name=op.f("pk_linked_rows")),
    )
    op.create_table(
        "link_codes",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_link_codes_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_link_codes")),
    )
    op.create_index(op.f("ix_link_codes_citizen"), "link_codes", ["citizen"])
    op.create_index(op.f("ix_link_codes_expires_at"), "link_codes", ["expires_at"])
    op.create_table(
        "link_tries",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_link_tries")),
    )
    op.create_index(op.f("ix_link_tries_since"), "link_tries", ["since"])


def downgrade() -> None:
    """Go down."""
    for table in ("link_tries", "link_codes", "linked_rows", "links"):
        op.drop_table(table)
    op.drop_column("accounts", "used_at")
    op.drop_index(op.f("ix_citizens_merged_into"), "citizens")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("citizens") as batch:
            batch.drop_column("merged_into")
    else:
        op.drop_column("citizens", "merged_into")
