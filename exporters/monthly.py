"""A month's reports into a folder: services in parallel, each whole in one process and forgotten when it is written.

What comes back of a service is its line in the index, its figures for the roll-ups and its rows of open data, in the
order of the services: the files are the same for any number of processes.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from exporters.folder import Delivered, Folder, Publication, deliver
from exporters.reporting import Asked, Month
from storage.store import Store

AHEAD = 8
"""Services in work or waiting to be collected, for each process."""
SWEPT = 8
"""Services whose garbage a process lets lie: some megabytes."""


async def write_month(
    store: Store, url: str, asked: Asked, publication: Publication, *, only: str | None = None, processes: int = 1
) -> list[Path]:
    """Write the month of the store, which other processes find at `url`; gives the files, none without a call."""
    services = await store.services_called(asked.month) if only is None else [only]
    folder = Folder(publication)
    many = processes > 1 and len(services) > 1
    working = (
        _by_many(url, asked, publication, services, processes)
        if many
        else _by_one(await Month.of(store, asked, only=only), publication, services)
    )
    try:
        async for one in working:
            folder.add(one)
        return folder.close()
    except BaseException:
        folder.abandon()
        raise


async def _by_one(month: Month, publication: Publication, services: Sequence[str]) -> AsyncIterator[Delivered]:
    for service in services:
        found = await _deliver(month, publication, service)
        if found is not None:
            yield found


async def _by_many(
    url: str, asked: Asked, publication: Publication, services: Sequence[str], processes: int
) -> AsyncIterator[Delivered]:
    """In the order of the services; no more than a few are ahead of what was taken."""
    loop = asyncio.get_running_loop()
    # One thread a process: the processes share the cores already, and numpy's own threads would only wait for them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    fresh = multiprocessing.get_context("spawn")
    begin = (url, asked, publication)
    with ProcessPoolExecutor(processes, mp_context=fresh, initializer=_begin, initargs=begin) as pool:
        ahead: deque[asyncio.Future[Delivered | None]] = deque()
        for service in (*services, *[None] * (AHEAD * processes)):
            if service is not None:
                ahead.append(loop.run_in_executor(pool, _work, service))
            if ahead and (service is None or len(ahead) >= AHEAD * processes):
                found = await ahead.popleft()
                if found is not None:
                    yield found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    """What a process keeps between two services."""

    runner: asyncio.Runner
    month: Month
    publication: Publication
    turn: Iterator[int]
    """Counts its services, from 1."""


_worker: _Worker


def _begin(url: str, asked: Asked, publication: Publication) -> None:
    """Open the store, once a process."""
    global _worker
    runner = asyncio.Runner()
    month = runner.run(Month.of(Store(url, connections=1), asked))
    # What is here now stays, and garbage is looked for when some services are written: a twelfth of the time.
    gc.freeze()
    gc.disable()
    _worker = _Worker(runner=runner, month=month, publication=publication, turn=count(1))


def _work(service: str) -> Delivered | None:
    written = _worker.runner.run(_deliver(_worker.month, _worker.publication, service))
    if next(_worker.turn) % SWEPT == 0:
        gc.collect()
    return written


async def _deliver(month: Month, publication: Publication, service: str) -> Delivered | None:
    found = await month.report(service)
    return None if found is None else deliver(*found, publication)
