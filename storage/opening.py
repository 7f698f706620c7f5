"""The store, opened: a server's, or an embedded one that lives as long as the context."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from storage.address import plain_url
from storage.connection import StoreAway
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A store that is open, and its address as libpq reads it."""

    store: Store
    url: str


@contextlib.asynccontextmanager
async def opened(url: str | None, data_dir: Path) -> AsyncIterator[Open]:
    """The store at `url`, or in `data_dir` without one, at the newest schema. Raises StoreAway or EmbeddedError.

    An embedded server belongs to the program that started it; another one that loses it is told so.
    """
    embedded = EmbeddedPostgres(data_dir)
    async with contextlib.AsyncExitStack() as stack:
        address = url if url else await stack.enter_async_context(embedded)
        await asyncio.to_thread(upgrade, address)
        store = await stack.enter_async_context(Store(address))
        try:
            yield Open(store=store, url=plain_url(address))
        except StoreAway as error:
            if url or embedded.pid is not None:
                raise
            what = f"{data_dir}: the embedded database belonged to another program, which has ended"
            raise StoreAway(f"{what} (expected database.url where several programs run)") from error
