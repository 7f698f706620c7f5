"""Ministries, départements and yearly calls for roll-ups; what services declare of themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("ministry", sa.Text(), nullable=True))
    op.add_column("organisations", sa.Column("contact", sa.Text(), nullable=True))
    op.add_column("services", sa.Column("department", sa.Text(), nullable=True))
    op.add_column("services", sa.Column("yearly_calls", sa.BigInteger(), nullable=True))
    op.create_table(
        "declared",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("presented", sa.BigInteger(), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("dissuaded", sa.BigInteger(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("service", "month", "source", name=op.f("pk_declared")),
    )


def downgrade() -> None:
    op.drop_table("declared")
    op.drop_column("services", "yearly_calls")
    op.drop_column("services", "department")
    op.drop_column("organisations", "contact")
    op.drop_column("organisations", "ministry")
