"""What imports of the official directory did to a catalogue, kept beside it: `catalogue.imports/0001.json.gz`, …

Each file holds the directory's state after that import and the changes it made. The last one is what the next import
compares with, and what an undo takes back.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prober.failures import DecrocheError
from scheduler.catalogue import Change


class ImportUnreadable(DecrocheError):
    """What an import left beside the catalogue cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import."""

    at: datetime
    source: str
    sha256: str
    """Of the directory's file."""
    state: Mapping[str, dict[str, Any]]
    """Services as the directory had them, by its id."""
    changes: Sequence[Change]


class Imports:
    """The imports into one catalogue, in order."""

    def __init__(self, catalogue: Path) -> None:
        self.folder = catalogue.with_name(f"{catalogue.stem}.imports")

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].json.gz"))

    def last(self) -> Import | None:
        """The last import that was not undone. Raises ImportUnreadable."""
        files = self._files()
        if not files:
            return None
        try:
            with gzip.open(files[-1], "rt", encoding="utf-8") as stream:
                plain = json.load(stream)
            changes = tuple(Change(**change) for change in plain.pop("changes"))
            return Import(at=datetime.fromisoformat(plain.pop("at")), changes=changes, **plain)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            what = f"{files[-1]} cannot be read: {error} (expected what the last import wrote)"
            raise ImportUnreadable(what) from error

    def add(self, done: Import) -> Path:
        """Keep an import; it is there whole or not at all."""
        self.folder.mkdir(exist_ok=True)
        number = int(self._files()[-1].name[:4]) + 1 if self._files() else 1
        file = self.folder / f"{number:04}.json.gz"
        beside = self.folder / f".{file.name}.new"
        with gzip.open(beside, "wt", encoding="utf-8", compresslevel=6) as stream:
            json.dump(asdict(done) | {"at": done.at.isoformat()}, stream, ensure_ascii=False)
        return beside.replace(file)

    def drop_last(self) -> None:
        """Forget the last import, which was undone."""
        self._files()[-1].unlink()


def digest_of(file: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
