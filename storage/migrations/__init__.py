"""Migrations: `upgrade(url)` brings a database to the newest schema, `downgrade(url, to)` back.

Alembic is imported only where there is something to do: most commands meet a database that is up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from storage.address import driver_url, plain_url
from storage.connection import answering

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database to a revision; does nothing when it is there. Blocking. Raises StoreAway."""
    if to == "head" and _revision(url) == newest():
        return
    from alembic import command

    with answering():
        command.upgrade(_settings(url), to)


def downgrade(url: str, to: str) -> None:
    """Take the database back to a revision (`base`: empty). Blocking; data of the dropped tables is lost."""
    from alembic import command

    command.downgrade(_settings(url), to)


def newest() -> str:
    """The last revision: files are named by their revisions, which are numbers in order."""
    return max(file.name[:4] for file in (HERE / "versions").glob("[0-9]*.py"))


def _revision(url: str) -> str | None:
    """Where the database is; None if it cannot say, and alembic is to find out why."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=5) as c:
            row = c.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row else None


def _settings(url: str) -> Config:
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(HERE).replace("%", "%%"))
    settings.attributes["url"] = driver_url(url)
    return settings
