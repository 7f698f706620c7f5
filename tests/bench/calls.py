"""What calls cost: the ears on, or deaf ears in their place; and how many of them one core carries.

The town, the parent of the engines and SIPp have the machine's other cores where engines are kept on one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from prober.attempt import Attempt, Limits, Script
from prober.events import MediaReport, Overload
from prober.record import CallRecord
from prober.run import run_call
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE
from prober.sip import child
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sounds import sound_path

SECONDS = 20.0
APART_S = 20.0
"""Calls on one core start over so long a time: together they would all hear the same announcement at once."""
LOOK_S = 2.0
"""Engines tell so often how late their ears were at worst."""
LATE_S = 0.5
SEATS = 4
"""Calls that an engine carries."""
MANY = 60
"""Calls that one core should carry."""
TICK = os.sysconf("SC_CLK_TCK")
QUEUE = next(s.number for s in CAST if s.behaviour == "endless_queue")
DEAF = Path(__file__).with_name("deaf_engine.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What so many calls at once cost, and what they felt."""

    calls: int
    cpu_s_per_call_minute: float
    """Of the engines."""
    parent_cpu_s_per_call_minute: float
    """Of the process that started them."""
    received_share: float
    late_or_lost: int
    """Packets that came too late for the jitter buffer, or never."""
    unheard_s: float
    """Sound that no ear got."""
    lag_ms: float
    """How late the ears were: of each engine the worst of every two seconds, and of these the 95th percentile."""
    mb_per_engine: float
    start_delay_s: float
    load_average: float
    """Of the machine, in the minute before."""

    @property
    def kept_up(self) -> bool:
        """Nothing came too late."""
        return self.lag_ms < 1000 * LATE_S and not self.late_or_lost and not self.unheard_s


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid: int) -> float:
    """Private memory of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def keep_on(pid: int, core: int) -> None:
    """All threads of a process on one core."""
    for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 (names are wanted, not paths)
        os.sched_setaffinity(int(thread), {core})


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


async def legs(port: int, n: int, *, deaf: bool = False) -> Load:
    """n calls into the endless queue, started 50 ms apart; they last so long."""
    return await _calls(port, n, deaf=deaf, core=None, apart_s=0.0)


async def legs_on(core: int | None, port: int, n: int, *, deaf: bool = False) -> Load:
    """n calls whose engines are kept on one core, started one after the other; all are up for half of `SECONDS`."""
    return await _calls(port, n, deaf=deaf, core=core, apart_s=APART_S)


async def _calls(port: int, n: int, *, deaf: bool, core: int | None, apart_s: float) -> Load:
    lasting_s = SECONDS if not apart_s else apart_s + SECONDS / 2
    setup = Setup(trunks=(), sounds=Sounds(sentence=str(sound_path("sentence_fr"))), library_path=str(PROMPTS_FILE))
    limits = Limits(max_wait_s=lasting_s, grace_s=0.1, grace_speech_s=0.1)
    delays: list[float] = []
    lags: list[float] = []

    async def one(pool: Pool, at_s: float) -> CallRecord:
        await asyncio.sleep(at_s)
        due = datetime.now(UTC)
        number = f"sip:{QUEUE}@127.0.0.1:{port}"
        record = await run_call(
            Attempt(service="bench", number=number, script=Script.AGENT, due_at=due, limits=limits), pool.line("direct")
        )
        if record.invite_at:
            delays.append((datetime.fromisoformat(record.invite_at) - due).total_seconds())
        return record

    async def look(pool: Pool) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            lags.extend(c.lag_ms for c in pool._children if not c.empty)

    load_average = os.getloadavg()[0]
    async with contextlib.AsyncExitStack() as up:
        if deaf:
            up.enter_context(mock.patch.object(child, "ENGINE", (str(DEAF),)))
        pool = await up.enter_async_context(Pool(setup, concurrency=n))
        pool.trunks["direct"] = replace(pool.trunks["direct"], calls_per_second=20.0)
        if core is not None:
            for pid in pool.pids:
                keep_on(pid, core)
        before, own_before = {pid: cpu_s(pid) for pid in pool.pids}, time.process_time()
        looking = asyncio.create_task(look(pool))
        calls = [asyncio.create_task(one(pool, apart_s * i / n)) for i in range(n)]
        await asyncio.sleep(lasting_s * 0.8)
        memory = statistics.median(memory_mb(p) for p in pool.pids)
        records = await asyncio.gather(*calls)
        looking.cancel()
        spent, own = sum(cpu_s(pid) - before[pid] for pid in before), time.process_time() - own_before
    minutes = sum((r.milestones.t_end or 0) for r in records) / 60
    reports = [e for r in records for e in r.events if isinstance(e, MediaReport)]
    expected = sum(((r.milestones.t_end or 0) - (r.milestones.t_answer or 0)) * 50 for r in records)
    return Load(
        calls=n,
        cpu_s_per_call_minute=spent / minutes,
        parent_cpu_s_per_call_minute=own / minutes,
        received_share=sum(e.received for e in reports) / expected,
        late_or_lost=sum(e.lost + e.discarded for e in reports),
        unheard_s=sum(e.lost_s for r in records for e in r.events if isinstance(e, Overload)),
        lag_ms=statistics.quantiles(lags, n=20)[-1],
        mb_per_engine=memory,
        start_delay_s=statistics.median(delays),
        load_average=load_average,
    )


@contextlib.contextmanager
def a_core_for_engines() -> Iterator[int | None]:
    """One core that nothing else of ours runs on, once the engines are put there; None on a machine of one core."""
    mine = os.sched_getaffinity(0)
    core = max(mine) if len(mine) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, mine - {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, mine)


def calls_a_core(port: int, cpu_s_per_call_minute: float, core: int | None) -> Iterator[Load]:
    """Ever more calls on one core until something is late; the first are two thirds of what their cost leaves room for.

    The last but one is the most that a core carries.
    """
    room = 60 / cpu_s_per_call_minute
    step = SEATS * max(1, round(room / 12 / SEATS))
    n = SEATS * max(1, round(room * 2 / 3 / SEATS))
    while True:
        load = asyncio.run(legs_on(core, port, n))
        yield load
        if not load.kept_up:
            return
        n += step


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
