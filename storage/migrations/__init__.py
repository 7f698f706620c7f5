"""Migrations: `upgrade(url)` brings a database to the newest schema, `downgrade(url, to)` back."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from storage.address import driver_url
from storage.connection import answering


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database to a revision; does nothing when it is there. Blocking. Raises StoreAway."""
    with answering():
        command.upgrade(_settings(url), to)


def downgrade(url: str, to: str) -> None:
    """Take the database back to a revision (`base`: empty). Blocking; data of the dropped tables is lost."""
    command.downgrade(_settings(url), to)


def _settings(url: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.attributes["url"] = driver_url(url)
    return settings
