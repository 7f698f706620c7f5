"""The settings file, read at the first question: a command that asks nothing needs none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.loader import find_config, load
from config.settings import Settings


class LazySettings:
    """Answers like Settings. Raises ConfigError at the first question if the file is wrong."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._settings: Settings | None = None

    def __getattr__(self, name: str) -> Any:
        if self._settings is None:
            found = find_config(self.file)
            self._settings = load(*([found] if found else []))
        return getattr(self._settings, name)
