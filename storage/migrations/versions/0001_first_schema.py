"""First schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


JUDGED = """
CREATE VIEW judged AS
SELECT a.*, v.outcome, v.rule_id, v.rules_version, v.evidence, v.subclass, v.phase, v.flags, v.context, v.judged_at
FROM attempts a JOIN verdicts v ON v.attempt = a.id AND v.current
"""


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("confirms", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("orphaned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("invite_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trunk", sa.Text(), nullable=True),
        sa.Column("last_state", sa.Text(), nullable=True),
        sa.Column("hung_up_by", sa.Text(), nullable=True),
        sa.Column("sip_final", sa.SmallInteger(), nullable=True),
        sa.Column("q850", sa.SmallInteger(), nullable=True),
        sa.Column("t_invite", sa.Float(), nullable=True),
        sa.Column("t_trying", sa.Float(), nullable=True),
        sa.Column("t_alert", sa.Float(), nullable=True),
        sa.Column("t_early_media", sa.Float(), nullable=True),
        sa.Column("t_answer", sa.Float(), nullable=True),
        sa.Column("t_first_audio", sa.Float(), nullable=True),
        sa.Column("t_ivr", sa.Float(), nullable=True),
        sa.Column("t_choice", sa.Float(), nullable=True),
        sa.Column("t_optout", sa.Float(), nullable=True),
        sa.Column("t_queue", sa.Float(), nullable=True),
        sa.Column("announced_wait_s", sa.Float(), nullable=True),
        sa.Column("t_human", sa.Float(), nullable=True),
        sa.Column("t_human_service", sa.Float(), nullable=True),
        sa.Column("t_transfer", sa.Float(), nullable=True),
        sa.Column("t_our_end", sa.Float(), nullable=True),
        sa.Column("t_remote_end", sa.Float(), nullable=True),
        sa.Column("t_end", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(
        "ix_attempts_confirms", "attempts", ["confirms"], unique=False, postgresql_where=sa.text("confirms IS NOT NULL")
    )
    op.create_index(
        "ix_attempts_live_service",
        "attempts",
        ["service"],
        unique=False,
        postgresql_where=sa.text("status = 'dialling'"),
    )
    op.create_index("ix_attempts_month", "attempts", ["month"], unique=False)
    op.create_index(
        "ix_attempts_reference",
        "attempts",
        ["trunk", "invite_at"],
        unique=False,
        postgresql_where=sa.text("purpose = 'reference'"),
    )
    op.create_index("ix_attempts_service_month", "attempts", ["service", "month"], unique=False)
    op.create_index(
        "ix_attempts_waiting",
        "attempts",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('planned', 'queued')"),
    )
    op.create_index(
        "uq_attempts_live_number", "attempts", ["number"], unique=True, postgresql_where=sa.text("status = 'dialling'")
    )
    op.create_table(
        "commands",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("argument", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_counters")),
    )
    op.create_table(
        "first_verdicts",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("number_class", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("attempt", name=op.f("pk_first_verdicts")),
    )
    op.create_table(
        "libraries",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_libraries")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("informed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "plans",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("frozen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("service", "month", "campaign", name=op.f("pk_plans")),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), server_default="Europe/Paris", nullable=False),
        sa.Column("targets", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "numbers",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_class", sa.Text(), server_default="unknown", nullable=False),
        sa.ForeignKeyConstraint(["service"], ["services.id"], name=op.f("fk_numbers_service"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("service", "number", name=op.f("pk_numbers")),
    )
    op.create_table(
        "records",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("fk_records_attempt"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt", name=op.f("pk_records")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("fk_reviews_attempt"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_attempt"), "reviews", ["attempt"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("subclass", sa.Text(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("fk_verdicts_attempt"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    op.create_index("ix_verdicts_attempt", "verdicts", ["attempt"], unique=False)
    op.create_index("uq_verdicts_current", "verdicts", ["attempt"], unique=True, postgresql_where=sa.text("current"))
    op.execute(JUDGED)


def downgrade() -> None:
    op.execute("DROP VIEW judged")
    op.drop_index("uq_verdicts_current", table_name="verdicts", postgresql_where=sa.text("current"))
    op.drop_index("ix_verdicts_attempt", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_index(op.f("ix_reviews_attempt"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_table("records")
    op.drop_table("numbers")
    op.drop_table("workers")
    op.drop_table("services")
    op.drop_table("plans")
    op.drop_table("organisations")
    op.drop_table("libraries")
    op.drop_table("first_verdicts")
    op.drop_table("counters")
    op.drop_table("commands")
    op.drop_index("uq_attempts_live_number", table_name="attempts", postgresql_where=sa.text("status = 'dialling'"))
    op.drop_index(
        "ix_attempts_waiting", table_name="attempts", postgresql_where=sa.text("status IN ('planned', 'queued')")
    )
    op.drop_index("ix_attempts_service_month", table_name="attempts")
    op.drop_index("ix_attempts_reference", table_name="attempts", postgresql_where=sa.text("purpose = 'reference'"))
    op.drop_index("ix_attempts_month", table_name="attempts")
    op.drop_index("ix_attempts_live_service", table_name="attempts", postgresql_where=sa.text("status = 'dialling'"))
    op.drop_index("ix_attempts_confirms", table_name="attempts", postgresql_where=sa.text("confirms IS NOT NULL"))
    op.drop_table("attempts")
