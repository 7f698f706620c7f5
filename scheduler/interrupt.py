"""Ctrl-C, SIGTERM and a closed terminal as an event: what is under way ends in order, a second Ctrl-C cancels."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

INTERRUPTED = 130
"""Exit code of a program ended by Ctrl-C."""


def run_until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, int]]) -> int:
    """Run `work` until it returns its exit code; its event is set by Ctrl-C, SIGTERM, and SIGHUP but under nohup."""

    async def whole() -> int:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        task = asyncio.ensure_future(work(stop))

        def interrupt() -> None:
            if stop.is_set():
                task.cancel()
            stop.set()

        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if name is signal.SIGINT or signal.getsignal(name) is not signal.SIG_IGN:
                loop.add_signal_handler(name, interrupt)
        try:
            return await task
        except asyncio.CancelledError:
            return INTERRUPTED

    return asyncio.run(whole())


async def together(*work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Run several things until all are over; when one fails the others are told to stop, and its error goes on."""
    tasks = [asyncio.create_task(w) for w in work]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    stop.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
