"""procrastinate on the same PostgreSQL: one job an attempt, one lock a number, deferred only when due.

Locks are first-in-first-out by job id even for jobs scheduled later, and a job has one lock: so nothing is deferred
ahead of time, and the limit per service sits in the claim's SQL. A job that a crash left behind is never run again by
itself: the claim decides whether an attempt may still be dialled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued

from prober.attempt import Attempt
from prober.plain import attempt_from_plain, to_plain

log = logging.getLogger(__name__)
QUEUE = "attempts"
STALLED_S = 60
SCHEMA_LOCK = 7_206_002
"""Advisory lock under which the schema is applied: two programs may start at once."""


class Queue:
    """Attempts on their way to a worker. `url`: `postgresql://…`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
        self._run: Callable[[Attempt], Awaitable[object]] | None = None
        self._task = self.app.task(self._carry, name="attempt", queue=QUEUE)

    async def open(self) -> None:
        """Connect, and make procrastinate's tables where they are not there yet."""
        await self.app.open_async()
        async with await psycopg.AsyncConnection.connect(self._url) as lock:
            await lock.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            if not await self.app.check_connection_async():
                await self.app.schema_manager.apply_schema_async()

    async def close(self) -> None:
        """Close the connections."""
        await self.app.close_async()

    async def defer(self, attempt: Attempt) -> bool:
        """Hand an attempt that is due to the workers; False if it waits there already."""
        job = self._task.configure(lock=attempt.number, queueing_lock=attempt.id)
        try:
            await job.defer_async(attempt=to_plain(attempt))
        except AlreadyEnqueued:
            return False
        return True

    async def work(self, run: Callable[[Attempt], Awaitable[object]], *, concurrency: int, stop: asyncio.Event) -> None:
        """Run attempts until `stop` is set; then finish those under way and return."""
        self._run = run
        worker = asyncio.create_task(
            self.app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                install_signal_handlers=False,
                fetch_job_polling_interval=1.0,
                delete_jobs="always",
            )
        )
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if worker.done():
            worker.result()
            return
        worker.cancel()  # procrastinate lets the jobs under way come to their end
        with contextlib.suppress(asyncio.CancelledError):
            await worker

    async def sweep(self) -> list[str]:
        """Forget jobs whose worker is gone; gives the ids of their attempts, for the store to end or give back."""
        gone = list(await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S))
        for job in gone:
            await self.app.job_manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=True)
        return [job.task_kwargs["attempt"]["id"] for job in gone]

    async def _carry(self, attempt: dict[str, Any]) -> None:
        if self._run is None:
            raise RuntimeError("a job came before `work` said who runs it")
        await self._run(attempt_from_plain(attempt))
