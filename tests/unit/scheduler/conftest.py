"""A store on a fresh database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.store import Store


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    """At the current schema, with no rows."""
    async with Store(postgres_url) as opened:
        yield opened
