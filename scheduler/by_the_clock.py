"""A campaign run by the clock: plans, timers, workers and operators' commands, until somebody says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from scheduler.clock import Clock
from scheduler.dispatch import Dispatch
from scheduler.months import Months, Terms
from scheduler.planner import Draw, Target
from scheduler.queue import Queue
from scheduler.redraw import Redraw


async def run_by_the_clock(
    dispatch: Dispatch,
    url: str,
    *,
    targets: Mapping[str, Target],
    draw: Draw,
    concurrency: int,
    terms: Terms,
    stop: asyncio.Event,
) -> None:
    """Run until `stop`; calls in progress are then hung up and kept as our own stops."""
    queue = Queue(url)
    await queue.open()

    redraw = Redraw(dispatch.store, targets, draw)
    months = Months(dispatch=dispatch, targets=targets, draw=draw, redraw=redraw, terms=terms)
    clock = Clock(dispatch, queue, redraw=redraw, late_s=terms.late_s, keep=months.keep)
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
        await dispatch.settled()
