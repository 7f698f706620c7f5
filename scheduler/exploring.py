"""One call followed by a person: lived like any other attempt, with what is typed at the terminal beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from prober.attempt import Attempt
from prober.line import Line
from prober.record import CallRecord
from prober.verdict import Verdict
from scheduler.conduct import BEAT_S, end_orphans
from scheduler.dispatch import Dispatch
from scheduler.operated import HELP, OperatedLine, typed_at_the_terminal
from storage.connection import StoreAway

THINKING_S = 2.0
"""So long after an unknown voice our sentence is said, where somebody may press a key first. Not longer: an agent whom
nobody answers says "allô" again within three seconds."""


async def follow(
    dispatch: Dispatch, attempt: Attempt, stop: asyncio.Event, tell: Callable[[str], None]
) -> CallRecord | None:
    """Live the call to its end; None if it was not placed, which is told. `stop` hangs up."""
    found: list[CallRecord] = []
    typed: list[OperatedLine] = []

    def beside(line: Line) -> Line:
        typed[:] = [OperatedLine(line, tell)]
        return typed[0]

    def judged(record: CallRecord, verdict: Verdict) -> None:
        found.append(record)
        tell(f"{verdict.outcome.value}: {verdict.evidence}")

    def busy(attempt: Attempt) -> None:
        whose = f"{attempt.number}, or {attempt.service}," if attempt.service else attempt.number
        tell(f"{whose} is being called already: waiting for the end of that call (Ctrl-C gives up, and calls nobody)")

    def paused() -> None:
        tell(f"{attempt.service or 'everything'} is paused: nobody is called (decroche resume)")

    dispatch.watchers.beside, dispatch.watchers.finished, dispatch.watchers.waiting = beside, judged, busy
    last = await dispatch.heed()
    if dispatch.is_paused(attempt.service):
        paused()
        return None
    with typed_at_the_terminal(lambda characters: typed[0].type(characters) if typed else None) as somebody:
        if somebody:
            tell(HELP)
            pause_s = max(attempt.limits.pause_s, THINKING_S)
            attempt = replace(attempt, limits=replace(attempt.limits, pause_s=pause_s))
        await dispatch.store.add([attempt])
        beside_it = [asyncio.create_task(w) for w in (dispatch.obey(last), _halt(dispatch, stop), _beat(dispatch))]
        try:
            if not await dispatch.run(attempt):
                tell("given up: nobody was called") if stop.is_set() else paused()
        finally:
            for task in beside_it:
                task.cancel()
            await asyncio.gather(*beside_it, return_exceptions=True)
            await dispatch.store.void(attempt.id)
            await dispatch.settled()
            await dispatch.spool.drain(dispatch.store)
    return found[0] if found else None


async def _halt(dispatch: Dispatch, stop: asyncio.Event) -> None:
    await stop.wait()
    dispatch.paused.add(None)
    dispatch.stop("interrupted")


async def _beat(dispatch: Dispatch) -> None:
    """Heartbeat; and a number that a crash left busy comes free again."""
    while True:
        with contextlib.suppress(StoreAway):
            await dispatch.store.console.beat(dispatch.worker)
            await end_orphans(dispatch)
        await asyncio.sleep(BEAT_S)
