"""The snapshot behind /metrics and /healthz, refreshed apart from any scrape."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from zoneinfo import ZoneInfo

from exporters.estimates import Target
from exporters.metrics import Snapshot, render
from exporters.reporting import targets_of
from exporters.snapshot import Own, take
from prober.failures import DecrocheError
from prober.rules import RULES_VERSION
from storage.spool import Spool
from storage.store import Store

REFRESH_S = 10.0


class Watch:
    """Keeps the last snapshot and its page. `own` tells what only the running program knows."""

    def __init__(self, store: Store, spool: Spool, own: Callable[[], Own], *, t_max_s: float) -> None:
        self.store, self.spool, self.own, self.t_max_s = store, spool, own, t_max_s
        self.snapshot = Snapshot(taken_at_s=0.0, version=metadata.version("decroche"), rules_version=RULES_VERSION)
        self._targets: Mapping[str, Sequence[Target]] = {}
        self._page = render(self.snapshot)

    async def refresh(self) -> None:
        """Take a new snapshot and render it; with the database away the last figures stay, with their age."""
        with contextlib.suppress(DecrocheError):
            self._targets = {s.id: targets_of(s) for s in await self.store.catalogue.services()}
        self.snapshot = await take(
            self.store,
            self.spool,
            self.own(),
            month=datetime.now(ZoneInfo("Europe/Paris")).date().replace(day=1),
            t_max_s=self.t_max_s,
            targets=self._targets,
            before=self.snapshot,
        )
        self._page = await asyncio.to_thread(render, self.snapshot)

    async def until(self, stop: asyncio.Event, every_s: float = REFRESH_S) -> None:
        """Refresh until stopped."""
        while not stop.is_set():
            await self.refresh()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every_s)

    def metrics(self) -> bytes:
        """The page as it was last rendered."""
        return self._page

    def health(self) -> dict[str, object]:
        """What /healthz says."""
        s = self.snapshot
        return {"ok": s.store_up and s.seats_total > 0, "store": s.store_up, "seats": s.seats_total, "at": s.taken_at_s}
