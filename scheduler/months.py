"""The months of a campaign: planned ahead, made up for, closed once late records had their time, purged in the end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.dispatch import Dispatch
from scheduler.planner import Draw, Target
from scheduler.planning import freeze_plans
from scheduler.redraw import Redraw
from storage.ledger import CLOSED

log = logging.getLogger(__name__)
ZONE = ZoneInfo("Europe/Paris")
PURGE_HOUR = 3
"""A purge reads the whole table: once a day, when nobody is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long ahead, and how long after."""

    late_s: float = 120.0
    """An attempt later than this is drawn again."""
    draw_ahead_days: float = 7
    """A month is drawn and frozen so long before it begins."""
    close_after_days: float = 2
    """A month is closed so long after its end: records that waited in a spool arrive until then."""
    keep_records_days: float = 1_095
    """Documents of calls are deleted after so long; figures stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """What is done with the months of a campaign, once an hour."""

    dispatch: Dispatch
    targets: Mapping[str, Target]
    draw: Draw
    redraw: Redraw
    terms: Terms

    async def keep(self) -> None:
        """Freeze what is to come, replace what our side lost, close what is over, delete what is too old."""
        now = datetime.now(UTC)
        await freeze_plans(self.dispatch.store, self.targets, self.draw, ahead_days=self.terms.draw_ahead_days)
        await self.redraw.make_up(now.astimezone(ZONE).date().replace(day=1), now, self.dispatch.refuses)
        await self.close(now)
        if now.astimezone(ZONE).hour == PURGE_HOUR:
            await self.dispatch.store.purge(now - timedelta(days=self.terms.keep_records_days))

    async def close(self, now: datetime) -> list[date]:
        """Close the months whose late records have had their time; gives them, the oldest first.

        First everything that waits in our spool is saved; while it cannot be, they stay open. Attempts that nobody
        made are given up: they cannot be made any more. A month is closed late where nothing ran when it was over.
        """
        settled = (now - timedelta(days=self.terms.close_after_days)).astimezone(ZONE).date().replace(day=1)
        store, spool = self.dispatch.store, self.dispatch.spool
        over = await store.ledger.unclosed(settled)
        if not over:
            return []
        await spool.drain(store)
        if waiting := spool.state().count:
            log.warning("%d records wait in the spool: %s is not closed yet", waiting, f"{over[0]:%Y-%m}")
            return []
        for month in over:
            left = await store.ledger.uncalled(month)
            for attempt_id in left:
                await store.void(attempt_id)
            argument = {"month": f"{month:%Y-%m}", "given_up": len(left)}
            await store.console.give(CLOSED, self.dispatch.worker, argument)
        return over
