"""The snapshot behind /metrics and /healthz, refreshed apart from any scrape."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from zoneinfo import ZoneInfo

from exporters.area_hours import area_hours
from exporters.exposition import compressed
from exporters.metrics import Page, Snapshot
from exporters.month_figures import MonthFigures
from exporters.reporting import targets_of
from exporters.snapshot import Own, identities_of, own_part, stored_part
from prober.rules import RULES_VERSION
from storage.connection import StoreAway
from storage.spool import Spool
from storage.store import Store

log = logging.getLogger(__name__)
REFRESH_S = 10.0
SHARE = 0.2
"""Largest part of the time that refreshing may take: it stretches its rounds rather than slow a call."""
ROLL_UPS = ZoneInfo("Europe/Paris")


class Watch:
    """Keeps the last snapshot and its page, compressed. `own` tells what only the running program knows."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        own: Callable[[], Own],
        *,
        t_max_s: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store, self.spool, self.own, self.t_max_s = store, spool, own, t_max_s
        self.now = now
        version = metadata.version("decroche")
        self.snapshot = Snapshot(taken_at_s=0.0, version=version, rules_version=RULES_VERSION, store_up=False)
        self._months: dict[date, MonthFigures] = {}
        self._page = Page()
        self._compressed = self._render(self.snapshot)

    async def refresh(self, *, budget_s: float = REFRESH_S * SHARE) -> None:
        """Take a new snapshot and render it; with the database away the last figures stay, with their age.

        `budget_s`: seconds for estimates; services that do not fit keep their last ones and are counted as behind.
        """
        own = self.own()
        fresh = await asyncio.to_thread(own_part, own, self.spool, self.snapshot)
        with contextlib.suppress(StoreAway):
            fresh = await stored_part(self.store, own, await self._month_part(fresh, budget_s))
        self.snapshot = fresh
        self._compressed = await asyncio.to_thread(self._render, fresh)

    async def _month_part(self, fresh: Snapshot, budget_s: float) -> Snapshot:
        """The figures of this month and the verdicts of the one before."""
        month = self.now().astimezone(ROLL_UPS).date().replace(day=1)
        before = (month - timedelta(days=1)).replace(day=1)
        if month not in self._months:
            await self.store.figures.drop(before)
        self._months = {
            m: self._months.get(m) or MonthFigures(self.store, m, t_max_s=self.t_max_s) for m in (month, before)
        }
        services = await self.store.catalogue.services()
        bodies = await self.store.catalogue.organisations()
        targets = await asyncio.to_thread(lambda: {s.id: targets_of(s) for s in services})
        for figures in self._months.values():
            await figures.refresh(targets, budget_s=budget_s / 2)
        this, last = self._months[month], self._months[before].services
        provisional = await self.store.ledger.provisional(before)
        known = await asyncio.to_thread(identities_of, services, bodies, this.services)
        places = [(i.service, i.ministry, i.department) for i in known]
        return replace(
            fresh,
            month=f"{month:%Y-%m}",
            services=this.services,
            closed={service: figures for service, figures in last.items() if service not in provisional},
            services_behind=sum(m.behind for m in self._months.values()),
            identities=known,
            area_hours=await asyncio.to_thread(area_hours, this.services, places),
        )

    def _render(self, snapshot: Snapshot) -> bytes:
        return compressed(self._page.parts(snapshot))

    async def until(self, stop: asyncio.Event, every_s: float = REFRESH_S) -> None:
        """Refresh until stopped; a round that fails is told and does not end the others."""
        while not stop.is_set():
            began_s = time.monotonic()
            try:
                await self.refresh()
            except Exception:
                log.exception("the figures of /metrics are not refreshed; the last ones stay")
            took_s = time.monotonic() - began_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(every_s, took_s / SHARE) - took_s)

    def metrics(self) -> bytes:
        """The page as it was last rendered, in gzip."""
        return self._compressed

    def health(self) -> dict[str, object]:
        """What /healthz says."""
        s = self.snapshot
        return {"ok": s.store_up and s.seats_total > 0, "store": s.store_up, "seats": s.seats_total, "at": s.taken_at_s}
