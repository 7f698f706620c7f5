"""What the KPI queries cost on stores of 10⁵, 10⁶ and 10⁷ attempts: `python tests/bench/stored.py [100000 …]`.

A store holds twelve months. Nothing is asserted: the table shows how each figure grows with the store.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
from generated import LAST, fill
from rich.console import Console
from rich.table import Table

from exporters.kpi import estimate
from exporters.reporting import Asked, Month
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.store import Store

SIZES = (100_000, 1_000_000, 10_000_000)
GB_A_MILLION = 3.0
"""Space that a million attempts may need."""
T_MAX_S = 600.0
TUNED = {"max_wal_size": "8GB", "synchronous_commit": "off", "maintenance_work_mem": "512MB"}
"""For filling only; the queries meet an ordinary server."""


async def _seconds(work: Callable[[], Awaitable[object]], times: int) -> float:
    """Median of so many runs."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


async def measured(url: str) -> dict[str, float]:
    """Seconds of each question, and megabytes of Python that the largest one takes."""
    async with Store(url) as store:
        month = await Month.of(store, Asked(month=LAST, t_max_s=T_MAX_S))
        services = await store.services_called(LAST)
        middle = services[len(services) // 2]
        found = {
            "services called": await _seconds(lambda: store.services_called(LAST), 3),
            "a service's month": await _seconds(lambda: store.tally(LAST, T_MAX_S, services=[middle]), 9),
            "its report": await _seconds(lambda: month.report(middle), 3),
            "all services' month": await _seconds(lambda: store.tally(LAST, T_MAX_S), 1),
        }
        tracemalloc.start()
        tally = await store.tally(LAST, T_MAX_S)
        found["MB of Python for it"] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        began = time.perf_counter()
        estimate(tally)
        found["all KPIs of it"] = time.perf_counter() - began
    return found


def at(size: int) -> dict[str, float]:
    """A fresh store of so many attempts, filled, measured and thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="decroche-bench-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "db", settings=TUNED, public=folder / "public") as server:
            upgrade(server.url)
            began = time.perf_counter()
            fill(server.url, size)
            filled = time.perf_counter() - began
            with psycopg.connect(server.url) as c:
                row = c.execute("SELECT count(*), pg_database_size(current_database()) / 1e9 FROM attempts").fetchone()
            assert row is not None
            return {"attempts": row[0], "GB": float(row[1]), "filled in": filled} | asyncio.run(measured(server.url))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def growth(console: Console, sizes: tuple[int, ...] = SIZES) -> None:
    """Measure and print one column a size."""
    found: list[dict[str, float]] = []
    for size in sizes:
        free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
        if free < GB_A_MILLION * size / 1e6:
            console.print(
                f"{size:,} attempts need about {GB_A_MILLION * size / 1e6:.0f} GB, {free:.0f} are free: left out"
            )
            continue
        found.append(at(size))
    table = Table(title="KPI queries on a store of twelve months (seconds; × growth against the column before)")
    table.add_column("")
    for column in found:
        table.add_column(f"{column['attempts']:,.0f} attempts", justify="right")
    for name in list(found[0])[1:] if found else []:
        cells = [f"{found[0][name]:.3g}"]
        cells += [f"{now[name]:.3g}  × {now[name] / before[name]:.1f}" for before, now in itertools.pairwise(found)]
        table.add_row(name, *cells)
    console.print(table)


if __name__ == "__main__":
    growth(Console(width=120), tuple(int(size) for size in sys.argv[1:]) or SIZES)
