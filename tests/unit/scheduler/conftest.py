"""A store on a fresh database, and a file of the official directory, made of invented records."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from invented_directory import INNER, Record

from storage.store import Store


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    """At the current schema, with no rows."""
    async with Store(postgres_url) as opened:
        yield opened


@pytest.fixture
def directory(tmp_path: Path) -> Callable[..., Path]:
    """Records → a file: the whole one, or an answer of the API with its inner lists as text."""

    def write(
        records: list[Record], name: str = "annuaire.json", *, api: bool = False, total: int | None = None
    ) -> Path:
        file = tmp_path / name
        if api:
            flat = [{k: json.dumps(v) if k in INNER else v for k, v in r.items()} for r in records]
            content: Record = {"total_count": len(flat) if total is None else total, "results": flat}
        else:
            content = {"service": records}
        file.write_text(json.dumps(content, ensure_ascii=False))
        return file

    return write
