"""Words of recordings, and what they announce."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("prompts", sa.Column("words", sa.Text(), nullable=True))
    op.add_column("prompts", sa.Column("wait_s", sa.Float(), nullable=True))
    op.add_column("prompts", sa.Column("position", sa.Integer(), nullable=True))
    op.add_column("prompts", sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    # Every label so far was given by a person: nobody is asked to review it again.
    op.execute("UPDATE prompts SET reviewed_at = last_heard_at WHERE label <> ''")


def downgrade() -> None:
    for name in ("reviewed_at", "position", "wait_s", "words"):
        op.drop_column("prompts", name)
