"""What monthly reports cost: `python tests/bench/reports.py [1000 [12]]` services of 440 attempts a month, months kept.

One as a command, then all of them by a process for each core, in every format of a service. Asserts nothing.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generated import A_MONTH, LAST, fill
from stored import T_MAX_S, TUNED

from exporters.folder import Publication
from exporters.monthly import write_month
from exporters.reporting import Asked
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.store import Store

FORMATS = ("html", "json", "pdf", "poster", "badge")
ONE = ("--format", "html", "--format", "json", "--format", "pdf")


def _processor_s() -> float:
    """Of this process and those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


async def _all(url: str, out: Path) -> int:
    async with Store(url) as store:
        asked, publication = Asked(month=LAST, t_max_s=T_MAX_S), Publication(out=out, formats=FORMATS)
        await write_month(store, url, asked, publication, processes=os.cpu_count() or 1)
        return len(await store.services_called(LAST))


def _one(url: str, folder: Path) -> float:
    """Median seconds of the command for one service, with page, JSON and PDF."""
    settings = folder / "decroche.yaml"
    settings.write_text('database: {url: "$DECROCHE_BENCH_DATABASE"}\n', encoding="utf-8")
    asked = ["report", "--service", "service-000001", "--month", f"{LAST:%Y-%m}", "--out", str(folder / "one"), *ONE]
    env = {**os.environ, "DECROCHE_BENCH_DATABASE": url}
    command = [sys.executable, "-m", "decroche", "--config", str(settings), *asked]
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        spent.append(time.perf_counter() - began)
        if done.returncode:
            raise SystemExit(done.stderr)
    return statistics.median(spent)


def reports(services: int, months: int) -> None:
    """Fill a store, measure, print, and throw it away."""
    folder = Path(tempfile.mkdtemp(prefix="decroche-bench-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "db", settings=TUNED, public=folder / "public") as server:
            upgrade(server.url)
            fill(server.url, services * months * A_MONTH, months=months)
            print(f"one service, page, JSON and PDF, as a command: {_one(server.url, folder):.2f} s (median of 5)")
            began, used = time.perf_counter(), _processor_s()
            made = asyncio.run(_all(server.url, folder / "out"))
            wall, used = time.perf_counter() - began, _processor_s() - used
            print(
                f"{made} services in {', '.join(FORMATS)} by {os.cpu_count()} processes: {wall:.0f} s by the clock, "
                f"{used / made:.2f} s of processor each (the database not in it), load {os.getloadavg()[0]:.1f}"
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    given = [int(a) for a in sys.argv[1:]]
    reports(*(given + [1_000, 12][len(given) :]))
