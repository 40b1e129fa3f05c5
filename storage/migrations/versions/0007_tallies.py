"""Numbers kept by the till; filled here from what was booked before."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SHORT_ID = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")

# The first scored line is a participant's first day; the next scored line on one of the seven days
# after it is their return.
FIRST_DAY = """
UPDATE totals SET first_day = (
    SELECT l.day FROM ledger l WHERE l.citizen = totals.citizen AND l.campaign = totals.campaign
       AND l.kind = 'deed' ORDER BY l.line LIMIT 1)
"""
BACK_DAY = """
UPDATE totals SET back_day = (
    SELECT l.day FROM ledger l WHERE l.citizen = totals.citizen AND l.campaign = totals.campaign
       AND l.kind = 'deed' AND l.day > totals.first_day AND l.day <= {week_later}
     ORDER BY l.line LIMIT 1)
"""
TALLY = "INSERT INTO tallies (campaign, kind, day, town, key, worker, n, paid, points) "
# What scored counts for the town of its line; what did not, for the town its citizen counts for.
DEEDS = """
SELECT d.campaign, 'deeds', d.day, coalesce(l.town, t.town, z.town, ''), d.activity, 0,
       count(*), sum(CASE WHEN d.outcome = 'paid' THEN 1 ELSE 0 END), sum(d.points)
  FROM deeds d JOIN citizens z ON z.id = d.citizen
  LEFT JOIN totals t ON t.citizen = d.citizen AND t.campaign = d.campaign
  LEFT JOIN ledger l ON l.citizen = d.citizen AND l.campaign = d.campaign AND l.once = d.once
       AND d.outcome = 'paid'
 WHERE d.outcome NOT IN ('tomorrow', 'spent')
 GROUP BY d.campaign, d.day, coalesce(l.town, t.town, z.town, ''), d.activity
"""
SUBJECTS = """
SELECT d.campaign, 'of:' || d.activity, {no_day}, '', d.subject, 0,
       count(*), sum(CASE WHEN d.outcome = 'paid' THEN 1 ELSE 0 END), sum(d.points)
  FROM deeds d WHERE d.outcome NOT IN ('tomorrow', 'spent') AND d.subject <> ''
 GROUP BY d.campaign, d.activity, d.subject
"""
PEOPLE = """
SELECT t.campaign, '{kind}', t.first_day, t.town, '', 0, count(*), 0, 0
  FROM totals t WHERE t.{day} IS NOT NULL AND t.town IS NOT NULL
 GROUP BY t.campaign, t.first_day, t.town
"""
# When somebody chose a town was not kept: the day of the first contact stands for it. The town is
# the one they had before they ever moved.
JOINED = """
SELECT x.campaign, 'joined', x.day, x.town, '', 0, count(*), 0, 0 FROM (
    SELECT c.id AS campaign, {joined} AS day, coalesce((
               SELECT m."left" FROM moves m WHERE m.citizen = z.id ORDER BY m.day LIMIT 1
           ), z.town) AS town
      FROM citizens z CROSS JOIN (SELECT max(id) AS id FROM campaigns) c
     WHERE z.town IS NOT NULL AND c.id IS NOT NULL) x
 GROUP BY x.campaign, x.day, x.town
"""


def upgrade() -> None:
    """Go up."""
    op.add_column("totals", sa.Column("first_day", sa.Date(), nullable=True))
    op.add_column("totals", sa.Column("back_day", sa.Date(), nullable=True))
    op.create_table(
        "tallies",
        sa.Column("campaign", SHORT_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("town", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("worker", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_tallies_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint(
            "campaign", "kind", "day", "town", "key", "worker", name=op.f("pk_tallies")
        ),
    )
    _fill(sqlite=op.get_bind().dialect.name == "sqlite")


def _fill(*, sqlite: bool) -> None:
    """Count what was booked; days are those of the one zone that campaigns had until now."""
    no_day = "'1970-01-01'" if sqlite else "DATE '1970-01-01'"
    week_later = "date(totals.first_day, '+7 days')" if sqlite else "totals.first_day + 7"
    joined = (
        "date(z.since, '+8 hours')" if sqlite else "(z.since AT TIME ZONE 'Asia/Shanghai')::date"
    )
    op.execute(FIRST_DAY)
    op.execute(BACK_DAY.format(week_later=week_later))
    op.execute(TALLY + DEEDS)
    op.execute(TALLY + SUBJECTS.format(no_day=no_day))
    op.execute(TALLY + PEOPLE.format(kind="new", day="first_day"))
    op.execute(TALLY + PEOPLE.format(kind="back", day="back_day"))
    op.execute(TALLY + JOINED.format(joined=joined))


def downgrade() -> None:
    """Go back."""
    op.drop_table("tallies")
    with op.batch_alter_table("totals") as totals:
        totals.drop_column("back_day")
        totals.drop_column("first_day")
