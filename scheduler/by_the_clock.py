"""A campaign run by the clock: plans, timers, workers and operators' commands, until somebody says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from scheduler.clock import Clock
from scheduler.dispatch import Dispatch
from scheduler.planner import Draw, Target
from scheduler.planning import freeze_plans
from scheduler.queue import Queue


async def run_by_the_clock(
    dispatch: Dispatch,
    url: str,
    *,
    targets: Mapping[str, Target],
    draw: Draw,
    concurrency: int,
    late_s: float,
    ahead_days: float,
    stop: asyncio.Event,
) -> None:
    """Run until `stop`; calls in progress are then hung up and kept as our own stops."""
    queue = Queue(url)
    await queue.open()

    async def plan() -> None:
        await freeze_plans(dispatch.store, targets, draw, ahead_days=ahead_days)

    clock = Clock(dispatch, queue, targets=targets, late_s=late_s, seed=draw.seed, plan=plan)
    listener = asyncio.create_task(dispatch.obey(await dispatch.heed()))
    clock.start()
    try:
        work = asyncio.create_task(queue.work(dispatch.run, concurrency=concurrency, stop=stop))
        halt = asyncio.create_task(stop.wait())
        await asyncio.wait({work, halt}, return_when=asyncio.FIRST_COMPLETED)
        dispatch.paused.add(None)
        dispatch.stop("stopped")
        await work
    finally:
        clock.stop()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await queue.close()
