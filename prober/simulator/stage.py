"""The demo's stage: a fresh folder, the town as a process of its own, and its truth as a table."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import ctypes
import json
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from prober.simulator.behaviours import CAST
from prober.simulator.demo_campaign import SCALE, write_campaign

READY_S = 120.0
PR_SET_PDEATHSIG = 1
COLUMNS = ("id", "service", "number", "behaviour", "outcome", "t_human", "hung_up_by", "phase", "digits")


def fresh_folder(out: Path) -> None:
    """Empty a folder of an earlier demo, or make a new one. Raises ValueError rather than empty somebody else's."""
    if out.exists() and any(out.iterdir()) and not (out / "campaign.yaml").exists():
        raise ValueError(f"{out} holds something else than an earlier demo (expected no such folder, or an empty one)")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)


@contextlib.asynccontextmanager
async def town_running(out: Path, *, seed: int, attempts: int) -> AsyncIterator[Path]:
    """The town up on two free ports as two carriers reach it; gives the campaign file that calls it.

    When the context ends the town is gone and truth.csv is written. Raises RuntimeError with its last words if the
    town does not start.
    """
    log = out / "town.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "decroche", "town", "--listen", "127.0.0.1:0", "--second", "127.0.0.1:0",
        "--truth", str(log), "--scale", str(SCALE), "--seed", str(seed),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, preexec_fn=_die_with_us,
    )  # fmt: skip
    try:
        addresses = await asyncio.wait_for(_addresses(process), READY_S)
        campaign = out / "campaign.yaml"
        write_campaign(campaign, CAST, addresses, attempts=attempts, seed=seed)
        yield campaign
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
        if log.exists():
            write_truth(log, out / "truth.csv")


def write_truth(log: Path, out: Path) -> None:
    """The town's lines of truth as a table, in the order of the calls."""
    with log.open(encoding="utf-8") as lines, out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", restval="")
        writer.writeheader()
        for line in lines:
            row = json.loads(line)
            writer.writerow({k: "" if row.get(k) is None else row[k] for k in COLUMNS})


async def _addresses(process: asyncio.subprocess.Process) -> list[tuple[str, int]]:
    assert process.stderr is not None
    found, words = [], []
    async for line in process.stderr:
        text = line.decode(errors="replace").strip()
        words.append(text)
        match = re.search(r"sip:NUMBER@([\d.]+):(\d+)", text)
        if match:
            found.append((match[1], int(match[2])))
        if text.startswith("ready"):
            return found
    raise RuntimeError(f"the town did not start: {' | '.join(words[-5:])}")


def _die_with_us() -> None:
    """In the child: end when the parent is gone; Ctrl-C is the parent's to handle."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
