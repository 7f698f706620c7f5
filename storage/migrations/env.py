"""Runs the migrations in one transaction, one process at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from storage.schema import metadata

LOCK = 0x6465636D
"""Advisory lock: two programs that start together migrate one after the other."""

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.run_migrations()
engine.dispose()
