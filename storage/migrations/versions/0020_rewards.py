"""Rewards, their stock, and vouchers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _partial(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "rewards",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("each_max", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("picture", ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_rewards_stock")),
        sa.CheckConstraint("price > 0", name=op.f("ck_rewards_price")),
        sa.CheckConstraint(
            "each_max > 0 AND days >= 0 AND opens <= closes", name=op.f("ck_rewards_terms")
        ),
        _key("rewards", "campaign", "campaigns"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewards")),
        sa.UniqueConstraint("campaign", "title", name=op.f("uq_rewards_campaign_title")),
    )
    op.create_table(
        "vouchers",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("citizen", ID, nullable=False),
        sa.Column("reward", ID, nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("back", sa.Integer(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("by", ID, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'used', 'cancelled', 'expired', 'void')",
            name=op.f("ck_vouchers_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'expired')) = (back IS NOT NULL)"
            " AND (state = 'open') = (ended_at IS NULL)",
            name=op.f("ck_vouchers_back"),
        ),
        sa.CheckConstraint(
            "(state = 'used') = (place IS NOT NULL) AND (state = 'used') = (\"by\" IS NOT NULL)",
            name=op.f("ck_vouchers_handed"),
        ),
        _key("vouchers", "campaign", "campaigns"),
        _key("vouchers", "citizen", "citizens"),
        _key("vouchers", "reward", "rewards"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint(
            "citizen", "campaign", "line", name=op.f("uq_vouchers_citizen_campaign_line")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_vouchers_code")),
    )
    op.create_index("ix_vouchers_reward", "vouchers", ["reward", "citizen"])
    ready = ["campaign", "expires_on", "id"]
    op.create_index("ix_vouchers_open", "vouchers", ready, **_partial("state = 'open'"))
    op.create_table(
        "voucher_tries",
        sa.Column("citizen", ID, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        _key("voucher_tries", "citizen", "citizens"),
        sa.PrimaryKeyConstraint("citizen", name=op.f("pk_voucher_tries")),
    )
    op.create_index(op.f("ix_voucher_tries_since"), "voucher_tries", ["since"])
    _stock_moves()


def _stock_moves() -> None:
    op.create_table(
        "stock_moves",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("reward", ID, nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("by", ID, nullable=True),
        sa.Column("voucher", ID, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("change <> 0", name=op.f("ck_stock_moves_change")),
        _key("stock_moves", "reward", "rewards"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_moves")),
    )
    op.create_index(op.f("ix_stock_moves_reward"), "stock_moves", ["reward"])
    once = ["voucher", "change"]
    known = _partial("voucher IS NOT NULL")
    op.create_index("uq_stock_moves_voucher", "stock_moves", once, unique=True, **known)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER stock_moves_no_{verb.lower()} BEFORE {verb} ON stock_moves"
                " BEGIN SELECT RAISE(ABORT, 'the stock_moves is append-only'); END"
            )
        return
    op.execute(
        """CREATE OR REPLACE FUNCTION stock_moves_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the stock_moves is append-only'; END $$"""
    )
    op.execute(
        """CREATE TRIGGER stock_moves_append_only BEFORE UPDATE OR DELETE ON stock_moves
    FOR EACH ROW EXECUTE FUNCTION stock_moves_is_append_only()"""
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("stock_moves")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION stock_moves_is_append_only()")
    op.drop_table("voucher_tries")
    op.drop_table("vouchers")
    op.drop_table("rewards")
