"""Hours are counted by service and month, with the verdicts that hold; the counter of first verdicts goes."""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("DELETE FROM counters WHERE name = 'hours'")


def downgrade() -> None:
    """Nothing to make: what was counted is gone, and the schema is the same."""
