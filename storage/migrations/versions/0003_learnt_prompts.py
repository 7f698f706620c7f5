"""Recordings learnt from the calls of each number."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "prompts",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("prints", sa.LargeBinary(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("first_call", sa.Integer(), nullable=False),
        sa.Column("last_call", sa.Integer(), nullable=False),
        sa.Column("first_heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", "id", name=op.f("pk_prompts")),
    )
    op.create_table(
        "prompt_calls",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_prompt_calls")),
    )
    op.create_table(
        "prompt_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("appeared", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("gone", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_changes")),
    )
    op.create_index(op.f("ix_prompt_changes_number"), "prompt_changes", ["number"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_prompt_changes_number"), table_name="prompt_changes")
    op.drop_table("prompt_changes")
    op.drop_table("prompt_calls")
    op.drop_table("prompts")
