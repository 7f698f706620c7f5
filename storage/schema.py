"""The tables. What a KPI reads is columns; what only a person or a new rule reads is one JSON document an attempt.

Sized for ten million attempts: a month of a service is an index range of `attempts`; the documents, ten times larger,
lie in a table of their own that no KPI touches. Not partitioned: no query scans more than its index range, and a purge
deletes documents, never attempts. The view `judged` (made by the migrations) is each attempt with its current verdict.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from prober.record import MILESTONE_NAMES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _now(name: str) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("informed_at", DateTime(timezone=True)),
    Column("ministry", Text),
    Column("contact", Text),
)

services = Table(
    "services",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("organisation", Text),
    Column("body", Text),
    Column("zone", Text, nullable=False, server_default="Europe/Paris"),
    Column("targets", JSONB, nullable=False, server_default=text("'{}'")),
    Column("hours", JSONB, nullable=False, server_default=text("'{}'")),
    Column("department", Text),
    Column("yearly_calls", BigInteger),
)

numbers = Table(
    "numbers",
    metadata,
    Column("service", Text, ForeignKey("services.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Text, primary_key=True),
    Column("number_class", Text, nullable=False, server_default="unknown"),
)

plans = Table(
    "plans",
    metadata,
    Column("service", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("campaign", Text, primary_key=True),
    Column("seed", Text, nullable=False),
    Column("frozen", JSONB, nullable=False),
    _now("drawn_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("month", Date, nullable=False),
    Column("number", Text, nullable=False),
    Column("script", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("stratum", Text, nullable=False),
    Column("weight", Float),
    Column("confirms", Text),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("worker", Text),
    Column("claimed_at", DateTime(timezone=True)),
    Column("orphaned", Boolean, nullable=False, server_default=text("false")),
    Column("invite_at", DateTime(timezone=True)),
    Column("trunk", Text),
    Column("last_state", Text),
    Column("hung_up_by", Text),
    Column("sip_final", SmallInteger),
    Column("q850", SmallInteger),
    *(Column(name, Float) for name in MILESTONE_NAMES),
    Index("ix_attempts_service_month", "service", "month"),
    Index("ix_attempts_month", "month"),
    Index("ix_attempts_waiting", "due_at", postgresql_where=text("status IN ('planned', 'queued')")),
    Index("uq_attempts_live_number", "number", unique=True, postgresql_where=text("status = 'dialling'")),
    Index("ix_attempts_live_service", "service", postgresql_where=text("status = 'dialling'")),
    Index("ix_attempts_confirms", "confirms", postgresql_where=text("confirms IS NOT NULL")),
    Index("ix_attempts_reference", "trunk", "invite_at", postgresql_where=text("purpose = 'reference'")),
)
"""`month` is the first day of the month of t_invite in the service's zone; before the call, that of `due_at`."""

records = Table(
    "records",
    metadata,
    Column("attempt", Text, ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    Column("document", JSON, nullable=False),
    _now("saved_at"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("attempt", Text, ForeignKey("attempts.id", ondelete="CASCADE"), nullable=False),
    Column("current", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("subclass", Text),
    Column("phase", Text),
    Column("flags", ARRAY(Text), nullable=False),
    Column("context", JSONB, nullable=False),
    _now("judged_at"),
    Index("uq_verdicts_current", "attempt", unique=True, postgresql_where=text("current")),
    Index("ix_verdicts_attempt", "attempt"),
)

first_verdicts = Table(
    "first_verdicts",
    metadata,
    Column("attempt", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("number_class", Text, nullable=False),
    Column("script", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    _now("at"),
)
"""Append-only: review, reclassification and purge never touch it (decisions.md 32)."""

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("labels", JSONB, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("total", Float, nullable=False),
)
"""Running sums of `first_verdicts`, raised in the same transaction: a scrape reads thousands of rows, not millions."""

figures = Table(
    "figures",
    metadata,
    Column("month", Date, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("up_to", BigInteger, nullable=False),
    Column("document", JSONB, nullable=False),
    _now("made_at"),
)
"""A service's estimates of a month, as plain data the store does not read, and the last verdict (`verdicts.id`) in
them: a program that starts shows them at once and makes only those anew that calls were added to."""

reviews = Table(
    "reviews",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("attempt", Text, ForeignKey("attempts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reviewer", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("sampled", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    _now("reviewed_at"),
)
"""A person's word on an attempt. `sampled`: drawn at random for the detector check, not picked."""

declared = Table(
    "declared",
    metadata,
    Column("service", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("presented", BigInteger),
    Column("answered", BigInteger),
    Column("dissuaded", BigInteger),
    Column("definition", Text, nullable=False),
)
"""A service's own figures; no KPI reads them. No foreign key: they may come before the service is known."""

commands = Table(
    "commands",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("word", Text, nullable=False),
    Column("argument", JSONB, nullable=False),
    Column("given_by", Text, nullable=False),
    _now("given_at"),
)

workers = Table(
    "workers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("details", JSONB, nullable=False),
    Column("beat_at", DateTime(timezone=True), nullable=False),
)

prompts = Table(
    "prompts",
    metadata,
    Column("number", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("label", Text, nullable=False, server_default=""),
    Column("words", Text),
    Column("wait_s", Float),
    Column("position", Integer),
    Column("reviewed_at", DateTime(timezone=True)),
    Column("prints", LargeBinary, nullable=False),
    Column("voice", LargeBinary),
    Column("followed", Integer, nullable=False, server_default="0"),
    Column("unfollowed", Integer, nullable=False, server_default="0"),
    Column("calls", Integer, nullable=False),
    Column("first_call", Integer, nullable=False),
    Column("last_call", Integer, nullable=False),
    Column("first_heard_at", DateTime(timezone=True), nullable=False),
    Column("last_heard_at", DateTime(timezone=True), nullable=False),
)
"""Recordings of each number (`calls` of at least 2) and pieces heard once that may become one; `prints`: little-endian
32-bit words, 16 ms each, from which no sound can be made; `voice`: who speaks in a recording, 256 little-endian 16-bit
floats, never of what was heard once, which may be a person. `followed`, `unfollowed`: of the last calls, those in which
another recording came right after it, and the others. `words`: what a recogniser read, null: not read yet, empty:
nothing could be; `wait_s`, `position`: what they announce. `reviewed_at`: a person gave the label. Calls of a number
are counted in `prompt_calls`."""

prompt_calls = Table(
    "prompt_calls",
    metadata,
    Column("number", Text, primary_key=True),
    Column("calls", Integer, nullable=False),
)

prompt_changes = Table(
    "prompt_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("number", Text, nullable=False, index=True),
    Column("appeared", ARRAY(Text), nullable=False),
    Column("gone", ARRAY(Text), nullable=False),
    _now("noticed_at"),
    Column("reviewed_at", DateTime(timezone=True)),
)
"""Prompts of a number that took the place of others: its menu was changed, and its profile may be wrong. Until somebody
has reviewed the change (`reviewed_at`), the calls since are judged `indeterminate`."""

judged = select(attempts, *(c for c in verdicts.c if c.name not in ("id", "attempt", "current"))).join_from(
    attempts, verdicts, (verdicts.c.attempt == attempts.c.id) & verdicts.c.current
)
"""Attempts with their current verdict; the view of this name says the same."""
