"""`make bench`: what a call costs, how many go at once, how late they start. Prints a table of ratios; asserts nothing.

The peer carries the same legs in the same run: SIPp (Debian: sip-tester) calls the same town with the same sound.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from planning import coverage, planning_speed
from rich.console import Console
from rich.table import Table
from scrape import SERVICES, scrape_cost
from stored import growth

from prober.attempt import Attempt, Limits, Script
from prober.ear import Ear, PromptLibrary
from prober.events import MediaReport
from prober.record import CallRecord
from prober.run import run_call
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE
from prober.simulator.voices import Voices
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sounds import sound_path

SECONDS = 20.0
TICK = os.sysconf("SC_CLK_TCK")
QUEUE = next(s.number for s in CAST if s.behaviour == "endless_queue")


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid: int) -> float:
    """Private memory of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


class Town:
    """`decroche town` as a process of its own; `more` are arguments of the command."""

    def __init__(self, *more: str) -> None:
        self._more = more

    def __enter__(self) -> Town:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "decroche", "town", "--listen", "127.0.0.1:0", "--truth", "/dev/null", *self._more],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "sip:NUMBER@" in line:
                self.port = int(line.strip().rpartition(":")[2])
            if line.startswith("ready"):
                break
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)


async def legs(port: int, n: int) -> dict[str, float]:
    """n calls into the endless queue at once, with the ear on: CPU, memory, lost sound, lag, start delay."""
    setup = Setup(trunks=(), sounds=Sounds(sentence=str(sound_path("sentence_fr"))), library_path=str(PROMPTS_FILE))
    limits = Limits(max_wait_s=SECONDS, grace_s=0.1, grace_speech_s=0.1)

    async def one(pool: Pool, delays: list[float]) -> CallRecord:
        due = datetime.now(UTC)
        number = f"sip:{QUEUE}@127.0.0.1:{port}"
        record = await run_call(
            Attempt(service="bench", number=number, script=Script.AGENT, due_at=due, limits=limits), pool.line("direct")
        )
        if record.invite_at:
            delays.append((datetime.fromisoformat(record.invite_at) - due).total_seconds())
        return record

    async with Pool(setup, concurrency=n) as pool:
        pool.trunks["direct"] = replace(pool.trunks["direct"], calls_per_second=20.0)
        before = {pid: cpu_s(pid) for pid in pool.pids}
        delays: list[float] = []
        calls = [asyncio.create_task(one(pool, delays)) for _ in range(n)]
        await asyncio.sleep(SECONDS * 0.8)
        lag_ms, memory = pool.lag_ms, statistics.median(memory_mb(p) for p in pool.pids)
        records = await asyncio.gather(*calls)
        spent = sum(cpu_s(pid) - before[pid] for pid in before)
    reports = [e for r in records for e in r.events if isinstance(e, MediaReport)]
    minutes = sum((r.milestones.t_end or 0) for r in records) / 60
    expected = sum(((r.milestones.t_end or 0) - (r.milestones.t_answer or 0)) * 50 for r in records)
    got = sum(e.received for e in reports)
    return {
        "calls": n,
        "cpu_s_per_call_minute": spent / minutes,
        "received_share": got / expected,
        "lag_ms": lag_ms,
        "mb_per_engine": memory,
        "start_delay_s": statistics.median(delays),
    }


def sipp_legs(port: int, n: int) -> float | None:
    """CPU seconds a call-minute of SIPp carrying the same legs; None where it is not installed."""
    if shutil.which("sipp") is None:
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        command = ["sipp", f"127.0.0.1:{port}", "-sn", "uac", "-s", QUEUE, "-m", str(n), "-l", str(n), "-r", "20", "-d"]
        subprocess.run(
            [*command, str(int(SECONDS * 1000)), "-rtp_echo", "-ci", "127.0.0.1", "-i", "127.0.0.1", "-nostdin"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=90, check=False,
        )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent / (n * SECONDS / 60)


def ear_speed() -> float:
    """Seconds of sound heard in one CPU second: queue music, announcements and an agent in turn."""
    voices = Voices()
    from prober.simulator.acts import sounds_of

    service = next(s for s in CAST if s.behaviour == "menu_queue_agent")
    pcm = np.concatenate([np.asarray(voices.clip(s).pcm) for s in sounds_of(service)])[: 8000 * 120]
    ear = Ear(library=PromptLibrary.from_bytes(PROMPTS_FILE.read_bytes()), number=service.number)
    ear.begin(0.0)
    began = time.process_time()
    for at in range(0, len(pcm), 160):
        ear.hear(pcm[at : at + 160])
    return len(pcm) / 8000 / (time.process_time() - began)


def plans_and_figures(console: Console) -> None:
    """Planning speed at four sizes, and how often the verdict interval holds the truth."""
    for wanted in (1_000, 10_000, 100_000, 1_000_000):
        made, spent_s = planning_speed(wanted)
        console.print(f"plans: {made:>9,} attempts in {spent_s:6.2f} CPU s, {1e6 * spent_s / made:.1f} s a million")
    held = []
    for usual in (0.5, 0.75, 0.95):
        for by_traffic in (False, True):
            inside, below, above = coverage(500, usual, by_traffic=by_traffic)
            held.append(inside)
            console.print(
                f"verdict interval, 500 simulated months, usual rate {usual:.0%}, weights by "
                f"{'hourly traffic' if by_traffic else 'open minutes'}: holds the truth in {inside:.1%} "
                f"(truth below {below:.1%}, above {above:.1%})"
            )
    console.print(f"all {500 * len(held)} months: {statistics.mean(held):.1%}, one standard error 0.4 %")


def calls(console: Console) -> None:
    """Calls at several loads beside SIPp."""
    table = Table(title="Calls into a queue with music, the ear on (town on the same machine)")
    for name in (
        "calls at once",
        "CPU s a call-minute",
        "× SIPp",
        "packets received",
        "ear lag ms",
        "MB an engine",
        "due → INVITE s",
    ):
        table.add_column(name, justify="right")
    with Town() as town:
        for n in (4, 20, 40, 60):
            row = asyncio.run(legs(town.port, n))
            peer = sipp_legs(town.port, n)
            ratio = f"{row['cpu_s_per_call_minute'] / peer:.1f}" if peer else "no sipp"
            table.add_row(
                str(n), f"{row['cpu_s_per_call_minute']:.2f}", ratio, f"{row['received_share']:.1%}",
                f"{row['lag_ms']:.0f}", f"{row['mb_per_engine']:.0f}", f"{row['start_delay_s']:.2f}",
            )  # fmt: skip
    console.print(table)


def ear_alone(console: Console) -> None:
    """How fast the ear is with a core to itself."""
    console.print(f"ear alone: {ear_speed():.0f} s of sound in one CPU second")


def scraping(console: Console) -> None:
    """What a scrape costs, and what it costs four calls that are up."""
    with Town() as town:
        cost = scrape_cost(lambda: legs(town.port, 4))
    console.print(
        f"/metrics of {SERVICES} services: {cost['page_mb']:.1f} MB sent, refreshed in {cost['refresh_s']:.1f} s, "
        f"scraped in {cost['scrape_s']:.3f} s, the slowest of 20 at once in {cost['twenty_at_once_s']:.2f} s; "
        f"a timer of the same loop was late by {1000 * cost['timer_late_s']:.0f} ms then, "
        f"by {1000 * cost['timer_late_in_refresh_s']:.0f} ms during a refresh"
    )
    for when, what in (("alone", "with nobody scraping"), ("scraped", "with 20 scrapes at once, over and over")):
        console.print(
            f"4 calls {what}: {cost[f'received_share_{when}']:.1%} of the packets received, "
            f"ear lag {cost[f'lag_ms_{when}']:.0f} ms, due → INVITE {cost[f'start_delay_s_{when}']:.2f} s"
        )
    console.print(f"({cost['rounds']:.0f} rounds of 20 scrapes, the slowest scrape {cost['slowest_in_calls_s']:.2f} s)")


PARTS: dict[str, Callable[[Console], None]] = {
    "calls": calls,
    "ear": ear_alone,
    "plans": plans_and_figures,
    "store": growth,
    "scrape": scraping,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the parts that are named, or all of them."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("part", nargs="*", choices=tuple(PARTS), help=f"{', '.join(PARTS)}; none: all of them")
    parts = wanted.parse_args(arguments).part or list(PARTS)
    console = Console(width=max(Console().width, 120))
    cores = os.cpu_count()
    console.print(
        f"{platform.processor() or platform.machine()}, {cores} cores, {datetime.now(UTC):%Y-%m-%d}, loopback"
    )
    for part in parts:
        PARTS[part](console)


if __name__ == "__main__":
    main()
