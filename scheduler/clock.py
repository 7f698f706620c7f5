"""APScheduler is the clock: it releases what is due, sweeps what a crash left, keeps references fresh, closes nothing
in a burst. The only place with timers. Of several programs on one database, one holds the clock; all of them work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.conduct import BEAT_S, LEASE_S, end_forgotten
from scheduler.dispatch import FRESH, Dispatch
from scheduler.queue import Queue
from scheduler.redraw import Redraw
from storage.connection import StoreAway

log = logging.getLogger(__name__)
RELEASE_S = 1.0
SWEEP_S = 30.0


class Clock:
    """The timers of one program. `keep`: what the program that holds the clock does every hour (scheduler.months)."""

    def __init__(
        self,
        dispatch: Dispatch,
        queue: Queue,
        *,
        redraw: Redraw,
        late_s: float,
        keep: Callable[[], Awaitable[None]],
    ) -> None:
        self.dispatch, self.queue, self.redraw = dispatch, queue, redraw
        self.late_s, self.keep = late_s, keep
        self.holds = False
        """True while this program is the one that releases."""
        self._timers = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1})

    def start(self) -> None:
        """Start the timers."""
        for work, every_s in (
            (self.release, RELEASE_S),
            (self.sweep, SWEEP_S),
            (self.beat, BEAT_S),
            (self.dispatch.reference_calls, FRESH * self.dispatch.reference_s),
            (self.hourly, 3600.0),
        ):
            self._timers.add_job(_guarded(work), "interval", seconds=every_s, next_run_time=datetime.now(UTC))
        self._timers.start()

    def stop(self) -> None:
        """Stop them; what is under way ends by itself."""
        self._timers.shutdown(wait=False)

    async def release(self) -> None:
        """Hand what is due to the workers; what is too late is redrawn in its stratum, never fired in a burst.

        So is what today's settings no longer call: a month is frozen, a quiet period or an objection may come later.
        """
        self.holds = await self.dispatch.store.console.single_scheduler()
        if not self.holds:
            return
        now = datetime.now(UTC)
        for attempt in await self.dispatch.store.due(now):
            late = now - attempt.due_at > timedelta(seconds=self.late_s)
            if late or not self.redraw.stands(attempt):
                if await self.dispatch.store.void(attempt.id):
                    await self.redraw.another(attempt, now)
            elif not self.dispatch.is_paused(attempt.service):
                await self.queue.defer(
                    attempt
                )  # first: a crash between the two leaves it planned, and it is deferred once
                await self.dispatch.store.queue(attempt.id)

    async def sweep(self) -> None:
        """End what a crash left dialling as our own failure and draw others; save what waits in the spool."""
        await end_forgotten(self.dispatch)
        if not self.holds:
            return
        for undialled in await self.queue.sweep():
            await self.dispatch.store.give_back(undialled)
        for lost in await self.dispatch.store.orphans(LEASE_S):
            log.error("attempt %s of %s was lost with its worker; another is drawn", lost.id, lost.service)
            await self.redraw.another(lost, datetime.now(UTC))

    async def hourly(self) -> None:
        """Keep the months, where this program holds the clock."""
        if await self.dispatch.store.console.single_scheduler():
            await self.keep()

    async def beat(self) -> None:
        """Show that this program lives."""
        await self.dispatch.store.console.beat(self.dispatch.worker)


def _guarded(work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A timer outlives a database that is away."""

    async def safe() -> None:
        try:
            await work()
        except StoreAway as error:
            log.warning("%s", error)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a timer failed")

    return safe
