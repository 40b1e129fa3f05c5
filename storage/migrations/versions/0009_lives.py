"""A livestream counts once."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count anew: joined over the cap before midnight and again after it, a class counted twice."""
    op.execute(
        "UPDATE totals SET lives = (SELECT count(DISTINCT d.subject) FROM deeds d"
        " WHERE d.citizen = totals.citizen AND d.campaign = totals.campaign"
        " AND d.subject LIKE 'live:%' AND d.outcome NOT IN ('tomorrow', 'spent'))"
        " WHERE lives > 1"
    )


def downgrade() -> None:
    """Leave the numbers as they are: they are right."""
