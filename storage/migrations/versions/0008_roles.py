"""Units and teams, roles, the audit, approvals."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "approvals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting', 'void')) = (decided_by IS NULL)",
            name=op.f("ck_approvals_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["citizens.id"], name=op.f("fk_approvals_asked_by_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_approvals_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index("ix_approvals_state", ["campaign", "state", "id"], unique=False)
        batch_op.create_index(
            "ix_approvals_subject", ["campaign", "kind", "subject", "id"], unique=False
        )
        batch_op.create_index(
            "uq_approvals_waiting",
            ["campaign", "kind", "subject"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_audit_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_audit_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_act", ["campaign", "act", "id"], unique=False)
        batch_op.create_index("ix_audit_campaign", ["campaign", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_citizen"), ["citizen"], unique=False)

    op.create_table(
        "duties",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_duties_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_duties_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        sa.UniqueConstraint(
            "campaign", "citizen", "role", "unit", name=op.f("uq_duties_campaign_citizen_role_unit")
        ),
    )
    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duties_citizen"), ["citizen"], unique=False)
        batch_op.create_index("ix_duties_role", ["campaign", "role", "citizen"], unique=False)
        batch_op.create_index("ix_duties_unit", ["campaign", "unit", "citizen"], unique=False)

    op.create_table(
        "grants",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("granted_by", ID, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_grants_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "units",
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=True),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("must_join", sa.Boolean(), nullable=False),
        sa.Column("reporter", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('town', 'bureau', 'school', 'team')", name=op.f("ck_units_kind")
        ),
        sa.CheckConstraint("target >= 0", name=op.f("ck_units_target")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_units_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign", "code", name=op.f("pk_units")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index("ix_units_kind", ["campaign", "kind", "town"], unique=False)

    with op.batch_alter_table("citizens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_citizens_team"), ["team"], unique=False)
        batch_op.create_index(batch_op.f("ix_citizens_town"), ["town"], unique=False)
        batch_op.create_index(batch_op.f("ix_citizens_unit"), ["unit"], unique=False)

    # A line of the audit is never changed or removed, by anybody.
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit"
                " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
    else:
        op.execute(
            """CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"""
        )
        op.execute(
            """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"""
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("citizens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_citizens_unit"))
        batch_op.drop_index(batch_op.f("ix_citizens_town"))
        batch_op.drop_index(batch_op.f("ix_citizens_team"))
        batch_op.drop_column("team")

    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index("ix_units_kind")

    op.drop_table("units")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_expires_at"))

    op.drop_table("grants")
    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.drop_index("ix_duties_unit")
        batch_op.drop_index("ix_duties_role")
        batch_op.drop_index(batch_op.f("ix_duties_citizen"))

    op.drop_table("duties")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_citizen"))
        batch_op.drop_index("ix_audit_campaign")
        batch_op.drop_index("ix_audit_act")

    op.drop_table("audit")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_is_append_only()")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approvals_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_approvals_subject")
        batch_op.drop_index("ix_approvals_state")

    op.drop_table("approvals")
