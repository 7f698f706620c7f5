"""`make bench-peers`: the same calls judged by decroche and by Asterisk's AMD(), the same legs carried by SIPp.

The town plays people who answer at once, and machines. Needs root, SIPp and tests/peers/install_asterisk.sh.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from calls import QUEUE, Town, cpu_s, sipp_legs
from rich.console import Console
from rich.table import Table

from prober.attempt import Attempt, Limits, Script
from prober.classify import classify
from prober.events import Heard, Sound
from prober.run import run_call
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE
from prober.sip.bridge import Setup, Sounds
from prober.sip.pool import Pool
from prober.sounds import sound_path

sys.path.insert(0, str(Path(__file__).parents[1] / "peers"))
from asterisk import Asterisk

AT_ONCE = 8
WINDOW_S = 24.0
"""From the INVITE: who has not been taken for a person by then is a machine."""
PEOPLE = {"direct_agent": 8, "agent_after_ringing": 6, "wrong_service": 2}
MACHINES = {
    "menu_queue_agent": 2, "menu_silence_agent": 2, "menu_loop": 2, "dissuasion": 2, "endless_queue": 2,
    "closed": 2, "voicemail": 2, "callback": 2,
}  # fmt: skip
SCALE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One call as one of the two judged it; seconds."""

    human: bool
    """A person answered."""
    taken_for: bool | None
    """Taken for a person; None: not sure."""
    decided_s: float | None
    """From the answer to the judgement."""
    lasted_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one of them did."""

    name: str
    calls: list[Judged]
    cpu_s: float


def numbers() -> list[tuple[str, bool]]:
    """(number, a person answers) of every call, people and machines mixed."""
    of = {s.behaviour: s.number for s in CAST}
    people = [(of[b], True) for b, n in PEOPLE.items() for _ in range(n)]
    machines = [(of[b], False) for b, n in MACHINES.items() for _ in range(n)]
    return [call for pair in zip(people, machines, strict=True) for call in pair]


def by_decroche(port: int, *, name: str, library: str) -> Row:
    """Every call through engines of ours."""
    setup = Setup(trunks=(), sounds=Sounds(sentence=str(sound_path("sentence_fr"))), library_path=library)
    limits = Limits(max_wait_s=WINDOW_S, grace_s=0.1)

    async def one(pool: Pool, some: asyncio.Semaphore, number: str, human: bool) -> Judged:
        decided: list[float] = []

        def on_event(event: object) -> None:
            if isinstance(event, Heard) and event.sound is Sound.HUMAN:
                decided.append(event.at_s)

        attempt = Attempt(
            service="bench", number=f"sip:{number}@127.0.0.1:{port}", script=Script.AGENT,
            due_at=datetime.now(UTC), limits=limits,
        )  # fmt: skip
        async with some:
            record = await run_call(attempt, pool.line("direct"), on_event=on_event)
        m = record.milestones
        taken = classify(record).outcome in ("human", "human_wrong_service")
        at_s = decided[0] - (m.t_answer or 0.0) if taken and decided else None
        return Judged(human=human, taken_for=taken, decided_s=at_s, lasted_s=m.t_end or 0.0)

    async def all_of_them() -> Row:
        some = asyncio.Semaphore(AT_ONCE)
        async with Pool(setup, concurrency=AT_ONCE) as pool:
            before = {pid: cpu_s(pid) for pid in pool.pids}
            calls = await asyncio.gather(*(one(pool, some, number, human) for number, human in numbers()))
            spent_s = sum(cpu_s(pid) - before[pid] for pid in before)
        return Row(name=name, calls=calls, cpu_s=spent_s)

    return asyncio.run(all_of_them())


def by_amd(port: int) -> Row:
    """Every call placed by Asterisk, which judges it by AMD() with its default settings."""
    asterisk = Asterisk()
    try:
        asterisk.start([])
        before = cpu_s(asterisk.pid)
        began_s = time.time()
        for number, _ in numbers():
            asterisk.command(f"channel originate PJSIP/anyone/sip:{number}@127.0.0.1:{port} extension {number}@amd")
            time.sleep(1.0)
        asterisk.settled()
        spent_s = cpu_s(asterisk.pid) - before
        human = dict(numbers())
        calls = []
        for verdict in (e for e in asterisk.events() if e.kind == "amd" and e.at_s > began_s):
            mine = [e for e in asterisk.events() if e.linked == verdict.linked]
            answer_s = next(e.at_s for e in mine if e.kind == "ANSWER")
            word = json.loads(verdict.extra)["extra"].split()[0]
            calls.append(
                Judged(
                    human=human[verdict.exten],
                    taken_for={"HUMAN": True, "MACHINE": False}.get(word),
                    decided_s=verdict.at_s - answer_s,
                    lasted_s=verdict.at_s - mine[0].at_s,
                )
            )
    finally:
        asterisk.stop()
    return Row(name="Asterisk 22, AMD()", calls=calls, cpu_s=spent_s)


def _share(calls: Iterable[Judged], taken_for: bool | None) -> str:
    listed = list(calls)
    return f"{sum(c.taken_for is taken_for for c in listed)} of {len(listed)}"


def main() -> None:
    """Place the calls and print the table."""
    console = Console(width=max(Console().width, 140))
    with Town("--scale", str(SCALE), "--seed", "5") as town:
        rows = [
            by_amd(town.port),
            by_decroche(town.port, name="decroche, prompts known", library=str(PROMPTS_FILE)),
            by_decroche(town.port, name="decroche, first calls", library=""),
        ]
        sipp = sipp_legs(town.port, AT_ONCE)
    table = Table(title=f"The same calls, {datetime.now(UTC):%Y-%m-%d}, {AT_ONCE} at once (AMD: one a second)")
    for name in (
        "", "right", "people found", "machines taken for people", "not sure", "s from answer to 'person', median",
        "CPU s a call", "CPU s a call-minute", "calls a core",
    ):  # fmt: skip
        table.add_column(name, justify="right" if name else "left")
    for row in rows:
        people, machines = ([c for c in row.calls if c.human is human] for human in (True, False))
        times = [c.decided_s for c in people if c.taken_for and c.decided_s is not None]
        minute = row.cpu_s / (sum(c.lasted_s for c in row.calls) / 60)
        table.add_row(
            row.name, f"{sum(c.taken_for is c.human for c in row.calls) / len(row.calls):.0%}", _share(people, True),
            _share(machines, True), _share(row.calls, None), f"{statistics.median(times):.1f}" if times else "none",
            f"{row.cpu_s / len(row.calls):.2f}", f"{minute:.2f}", f"{60 / minute:.0f}",
        )  # fmt: skip
    if sipp is not None:
        length = f"{sipp * 20 / 60:.3f}"
        table.add_row(
            f"SIPp, echo of {QUEUE}", *["judges nothing"], "", "", "", "", length, f"{sipp:.3f}", f"{60 / sipp:.0f}"
        )
    console.print(table)


if __name__ == "__main__":
    main()
