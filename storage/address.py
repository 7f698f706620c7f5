"""The database URL as a person writes it, and as SQLAlchemy with psycopg 3 wants it."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^(postgres|postgresql)(\+\w+)?://")


def driver_url(url: str) -> str:
    """`postgresql://…` as `postgresql+psycopg://…`. Raises ValueError for another kind of database."""
    if not _SCHEME.match(url):
        raise ValueError("database.url: expected postgresql://user:password@host/name")
    return _SCHEME.sub("postgresql+psycopg://", url)


def plain_url(url: str) -> str:
    """The same without a driver, as libpq reads it."""
    return _SCHEME.sub("postgresql://", driver_url(url))
