"""A set of attempts carried out now: handed to the workers, worked until each is over or somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

from prober.attempt import Attempt
from prober.record import CallRecord
from prober.verdict import Verdict
from scheduler.dispatch import Dispatch
from scheduler.queue import Queue
from storage.connection import StoreAway

log = logging.getLogger(__name__)

LEASE_S = 120.0
"""A worker without a heartbeat for this long is gone."""
BEAT_S = 20.0


async def carry_out(
    attempts: Sequence[Attempt], dispatch: Dispatch, url: str, *, concurrency: int, stop: asyncio.Event
) -> None:
    """Run the attempts, all due now. When `stop` is set the calls in progress are hung up and nothing new begins.

    Operators' commands are followed: what a pause holds back is called after the resume.
    """
    last = await dispatch.heed()
    await end_orphans(dispatch)
    await dispatch.store.add(attempts)
    await dispatch.reference_calls()
    finished = asyncio.Event()
    waiting = {a.id for a in attempts}
    tell = dispatch.watchers.finished

    def over(record: CallRecord, verdict: Verdict) -> None:
        tell(record, verdict)
        waiting.discard(record.attempt.id)
        if not waiting:
            finished.set()

    dispatch.watchers.finished = over
    held: dict[str, Attempt] = {}
    queue = Queue(url)
    await queue.open()

    async def run(attempt: Attempt) -> None:
        if not await dispatch.run(attempt):
            held[attempt.id] = attempt
            if not dispatch.is_paused(attempt.service):  # resumed in between
                dispatch.resumed.set()

    try:
        await _hand_over(attempts, dispatch, queue)
        look = _look(waiting, dispatch, finished)
        async with _beside(_again(held, dispatch, queue), dispatch.obey(last), look, dispatch, stop, finished):
            if waiting:
                await queue.work(run, concurrency=concurrency, stop=finished)
    finally:
        dispatch.watchers.finished = tell
        if waiting:
            for attempt in attempts:
                if attempt.id in waiting:
                    await dispatch.store.void(attempt.id)
        await queue.close()
        await dispatch.settled()
        await dispatch.spool.drain(dispatch.store)


async def _hand_over(attempts: Sequence[Attempt], dispatch: Dispatch, queue: Queue) -> None:
    for attempt in attempts:
        await dispatch.store.queue(attempt.id)
        await queue.defer(attempt)


async def _again(held: dict[str, Attempt], dispatch: Dispatch, queue: Queue) -> None:
    """Hand over again what was held back, whenever a pause is lifted; until cancelled."""
    while True:
        await dispatch.resumed.wait()
        dispatch.resumed.clear()
        free = [a for a in held.values() if not dispatch.is_paused(a.service)]
        for attempt in free:
            del held[attempt.id]
        await _hand_over(free, dispatch, queue)


async def end_orphans(dispatch: Dispatch) -> int:
    """End what a crash left dialling, as our own failure; gives how many. Nobody is dialled twice."""
    await dispatch.spool.drain(dispatch.store)
    return len(await dispatch.store.orphans(LEASE_S))


async def end_forgotten(dispatch: Dispatch) -> None:
    """Save what waits in the spool, then end what was claimed here and is not known: the answer to a claim was lost.

    It is our own failure; the months are kept every hour, and what was lost is drawn again then.
    """
    await dispatch.spool.drain(dispatch.store)
    for lost in await dispatch.store.orphans(LEASE_S, worker=dispatch.worker, carrying=set(dispatch.carrying)):
        log.error("attempt %s of %s was claimed as the store went away, and never dialled", lost.id, lost.service)


async def _look(waiting: set[str], dispatch: Dispatch, finished: asyncio.Event) -> None:
    """Heartbeat; end what was claimed and lost; notice what another program has carried out. Until cancelled."""
    while True:
        try:
            await dispatch.store.console.beat(dispatch.worker)
            await end_forgotten(dispatch)
            for attempt_id in sorted(waiting - dispatch.carrying):
                if await dispatch.store.status(attempt_id) in ("done", "void"):
                    waiting.discard(attempt_id)
            if not waiting:
                finished.set()
        except StoreAway as error:
            log.warning("the store is away, calls are kept in the spool: %s", error)
        await asyncio.sleep(BEAT_S)


@contextlib.asynccontextmanager
async def _beside(
    again: Coroutine[Any, Any, None],
    obeying: Coroutine[Any, Any, None],
    looking: Coroutine[Any, Any, None],
    dispatch: Dispatch,
    stop: asyncio.Event,
    finished: asyncio.Event,
) -> AsyncIterator[None]:
    """Beside the work: heartbeat, fresh reference calls, operators' commands, and the stop."""

    async def halt() -> None:
        await stop.wait()
        dispatch.paused.add(None)
        dispatch.stop("interrupted")
        finished.set()

    tasks = [asyncio.create_task(t) for t in (again, obeying, looking, dispatch.references_for_ever(), halt())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
