"""What is remembered: PostgreSQL through SQLAlchemy 2 (async)."""
