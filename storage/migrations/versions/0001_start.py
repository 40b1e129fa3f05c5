"""start."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "campaigns",
        sa.Column(
            "id",
            sa.SmallInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("code", name=op.f("uq_campaigns_code")),
    )
    op.create_table(
        "choices",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_choices")),
    )
    op.create_table(
        "citizens",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=True),
        sa.Column("unit", sa.String(length=32), nullable=True),
        sa.Column("band", sa.String(length=8), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scores_from", sa.Date(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizens")),
        sa.UniqueConstraint("number", name=op.f("uq_citizens_number")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "items",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("tags", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("found", sa.String(length=900), nullable=False),
        sa.Column("initials", sa.String(length=300), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("kind", "url", name=op.f("uq_items_kind_url")),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index("ix_items_kind_title", ["kind", "title"], unique=False)

    op.create_table(
        "accounts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_accounts_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("channel", "sender", name=op.f("uq_accounts_channel_sender")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_citizen"), ["citizen"], unique=False)

    op.create_table(
        "consents",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(length=16), nullable=False),
        sa.Column("by_guardian", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_consents_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "given_at", name=op.f("pk_consents")),
    )
    op.create_table(
        "deeds",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("today", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(outcome = 'paid') = (points > 0)", name=op.f("ck_deeds_outcome")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_deeds_points")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_deeds_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_deeds_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deeds")),
        sa.UniqueConstraint(
            "citizen", "campaign", "cause", name=op.f("uq_deeds_citizen_campaign_cause")
        ),
        sa.UniqueConstraint(
            "citizen", "campaign", "once", name=op.f("uq_deeds_citizen_campaign_once")
        ),
    )
    op.create_table(
        "dialogs",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_dialogs_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", name=op.f("pk_dialogs")),
    )
    op.create_table(
        "handled",
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_handled_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("cause", name=op.f("pk_handled")),
    )
    with op.batch_alter_table("handled", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handled_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_handled_citizen"), ["citizen"], unique=False)

    op.create_table(
        "jobs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("once", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_name", sa.String(length=100), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_jobs_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_jobs_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("once", name=op.f("uq_jobs_once")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_citizen"), ["citizen"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_state"), ["state"], unique=False)

    op.create_table(
        "kept",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_kept_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_kept_item_items")),
        sa.PrimaryKeyConstraint("citizen", "item", name=op.f("pk_kept")),
    )
    op.create_table(
        "ledger",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("net", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("activity", sa.String(length=32), nullable=True),
        sa.Column("slot", sa.SmallInteger(), nullable=True),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'deed' OR (activity IS NOT NULL AND slot >= 0 AND points > 0 AND points <= rate AND slot * rate + points <= cap)",
            name=op.f("ck_ledger_slot"),
        ),
        sa.CheckConstraint("line > 0", name=op.f("ck_ledger_line")),
        sa.CheckConstraint("points <> 0", name=op.f("ck_ledger_points")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_ledger_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_ledger_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "campaign", "line", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "citizen",
            "campaign",
            "day",
            "activity",
            "slot",
            name=op.f("uq_ledger_citizen_campaign_day_activity_slot"),
        ),
        sa.UniqueConstraint(
            "citizen", "campaign", "once", name=op.f("uq_ledger_citizen_campaign_once")
        ),
    )
    op.create_table(
        "lists",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_lists_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", name=op.f("pk_lists")),
    )
    op.create_table(
        "moves",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("left", sa.String(length=32), nullable=False),
        sa.Column("joined", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_moves_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "day", name=op.f("pk_moves")),
    )
    op.create_table(
        "openings",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("item", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("finishes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_openings_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_openings_citizen_citizens")
        ),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_openings_item_items")),
        sa.PrimaryKeyConstraint("citizen", "campaign", "item", name=op.f("pk_openings")),
    )
    op.create_table(
        "outages",
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_outages_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign", "day", name=op.f("pk_outages")),
    )
    op.create_table(
        "profiles",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("nudge_hour", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_profiles_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", name=op.f("pk_profiles")),
    )
    op.create_table(
        "switches",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_switches_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "kind", name=op.f("pk_switches")),
    )
    op.create_table(
        "tombstones",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_tombstones_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("account", "campaign", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "totals",
        sa.Column("citizen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "campaign", sa.SmallInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("earned", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("debt", sa.Integer(), nullable=False),
        sa.Column("visits", sa.LargeBinary(), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=True),
        sa.Column("haste", sa.BigInteger(), nullable=False),
        sa.Column("visit_days", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("lives", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "balance >= 0 AND debt >= 0 AND (balance = 0 OR debt = 0)",
            name=op.f("ck_totals_balance"),
        ),
        sa.CheckConstraint("earned >= 0", name=op.f("ck_totals_earned")),
        sa.CheckConstraint("lines >= 0", name=op.f("ck_totals_lines")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_totals_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["citizen"], ["citizens.id"], name=op.f("fk_totals_citizen_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "campaign", name=op.f("pk_totals")),
    )
    with op.batch_alter_table("totals", schema=None) as batch_op:
        batch_op.create_index(
            "ix_totals_rank",
            ["campaign", "earned", "visit_days", "finished", "lives", "haste", "citizen"],
            unique=False,
            sqlite_where=sa.text("erased = 0"),
            postgresql_where=sa.text("NOT erased"),
        )
        batch_op.create_index(
            "ix_totals_town_rank",
            ["campaign", "town", "earned", "visit_days", "finished", "lives", "haste", "citizen"],
            unique=False,
            sqlite_where=sa.text("erased = 0"),
            postgresql_where=sa.text("NOT erased"),
        )

    # A line of the ledger is never changed or removed, by anybody.
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_no_{verb.lower()} BEFORE {verb} ON ledger"
                " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
    else:
        op.execute(
            """CREATE OR REPLACE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"""
        )
        op.execute(
            """CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()"""
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("totals", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_totals_town_rank",
            sqlite_where=sa.text("erased = 0"),
            postgresql_where=sa.text("NOT erased"),
        )
        batch_op.drop_index(
            "ix_totals_rank",
            sqlite_where=sa.text("erased = 0"),
            postgresql_where=sa.text("NOT erased"),
        )

    op.drop_table("totals")
    op.drop_table("tombstones")
    op.drop_table("switches")
    op.drop_table("profiles")
    op.drop_table("outages")
    op.drop_table("openings")
    op.drop_table("moves")
    op.drop_table("lists")
    op.drop_table("ledger")
    op.drop_table("kept")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_state"))
        batch_op.drop_index(batch_op.f("ix_jobs_citizen"))

    op.drop_table("jobs")
    with op.batch_alter_table("handled", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handled_citizen"))
        batch_op.drop_index(batch_op.f("ix_handled_at"))

    op.drop_table("handled")
    op.drop_table("dialogs")
    op.drop_table("deeds")
    op.drop_table("consents")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_citizen"))

    op.drop_table("accounts")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index("ix_items_kind_title")

    op.drop_table("items")
    op.drop_table("facts")
    op.drop_table("citizens")
    op.drop_table("choices")
    op.drop_table("campaigns")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_is_append_only()")
