"""Group chats bound to units, and what is said in them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "groups",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("chat", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("lives", sa.String(length=4), nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("bound_by", ID, nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=100), nullable=True),
        sa.CheckConstraint("lives IN ('own', 'all', 'off')", name=op.f("ck_groups_lives")),
        sa.ForeignKeyConstraint(
            ["bound_by"], ["citizens.id"], name=op.f("fk_groups_bound_by_citizens")
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_groups_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint(
            "campaign", "channel", "chat", name=op.f("uq_groups_campaign_channel_chat")
        ),
    )
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_groups_bound_by"), ["bound_by"], unique=False)
        batch_op.create_index("ix_groups_unit", ["campaign", "unit"], unique=False)

    op.create_table(
        "group_messages",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("receiver", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("once", sa.String(length=100), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("term", ID, nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=100), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)",
            name=op.f("ck_group_messages_sending_is_leased"),
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (ref IS NOT NULL)",
            name=op.f("ck_group_messages_sent_has_a_reference"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'gone', 'skipped', 'expired', 'uncertain', 'failed')",
            name=op.f("ck_group_messages_state"),
        ),
        sa.ForeignKeyConstraint(
            ["receiver"], ["groups.id"], name=op.f("fk_group_messages_receiver_groups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_messages")),
        sa.UniqueConstraint("receiver", "once", name=op.f("uq_group_messages_receiver_once")),
    )
    with op.batch_alter_table("group_messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_group_messages_sending",
            ["leased_until"],
            unique=False,
            postgresql_where=sa.text("state = 'sending'"),
            sqlite_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index("ix_group_messages_settled", ["settled_at"], unique=False)
        batch_op.create_index(
            "ix_group_messages_waiting",
            ["not_before", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("group_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_group_messages_waiting",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_group_messages_settled")
        batch_op.drop_index(
            "ix_group_messages_sending",
            postgresql_where=sa.text("state = 'sending'"),
            sqlite_where=sa.text("state = 'sending'"),
        )

    op.drop_table("group_messages")
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.drop_index("ix_groups_unit")
        batch_op.drop_index(batch_op.f("ix_groups_bound_by"))

    op.drop_table("groups")
