"""`make bench`: what a call costs, how many go at once, how late they start. Prints a table of ratios; asserts nothing.

The peer carries the same legs in the same run: SIPp (Debian: sip-tester) calls the same town with the same sound.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
from calls import MANY, Load, Town, a_core_for_engines, calls_a_core, legs, legs_on, sipp_legs
from planning import coverage, planning_speed
from rich.console import Console
from rich.table import Table
from scrape import SERVICES, scrape_cost
from stored import growth

from prober.ear import EAR_VERSION, Ear, PromptLibrary
from prober.simulator.behaviours import CAST
from prober.simulator.knowledge import PROMPTS_FILE
from prober.simulator.voices import Voices


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
    """Calls at several loads beside SIPp, with ears and without; and calls a core."""
    table = Table(title="Calls into a queue with music (the town on the same machine)")
    for name in (
        "calls at once", "CPU s a call-minute", "of it SIP and sound", "of it the ear", "× SIPp", "the parent's",
        "packets received", "late or lost", "ear lag ms, p95", "MB an engine", "due → INVITE s", "load average",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    with Town() as town:
        for n in (4, 20, 40, MANY):
            deaf = asyncio.run(legs(town.port, n, deaf=True))
            row = asyncio.run(legs(town.port, n))
            peer = sipp_legs(town.port, n)
            whole, part = row.cpu_s_per_call_minute, deaf.cpu_s_per_call_minute
            table.add_row(
                str(n), f"{whole:.2f}", f"{part:.2f}", f"{whole - part:.2f}",
                f"{whole / peer:.1f}" if peer else "no sipp",
                f"{row.parent_cpu_s_per_call_minute:.3f}", f"{row.received_share:.1%}", str(row.late_or_lost),
                f"{row.lag_ms:.0f}", f"{row.mb_per_engine:.0f}", f"{row.start_delay_s:.2f}", f"{row.load_average:.1f}",
            )  # fmt: skip
    console.print(table)
    with a_core_for_engines() as core, Town() as town:
        told(console, asyncio.run(legs_on(core, town.port, MANY, deaf=True)), "no ear")
        told(console, asyncio.run(legs_on(core, town.port, MANY)), f"ear {EAR_VERSION}")
        carried = 0
        for load in calls_a_core(town.port, whole, core):
            told(console, load, f"ear {EAR_VERSION}")
            carried = load.calls if load.kept_up else carried
    console.print(f"one core carries {carried or f'fewer than {load.calls}'} calls with ear {EAR_VERSION}")


def told(console: Console, load: Load, ears: str) -> None:
    """What engines on one core did with so many calls."""
    console.print(
        f"one core, {ears}, {load.calls} calls: {load.cpu_s_per_call_minute:.2f} CPU s a call-minute, "
        f"ear lag p95 {load.lag_ms:.0f} ms, {load.late_or_lost} packets late or lost, "
        f"{load.unheard_s:.1f} s unheard (load average {load.load_average:.1f} before)"
    )


async def four_calls(port: int) -> dict[str, float]:
    """What four calls felt."""
    return asdict(await legs(port, 4))


def ear_alone(console: Console) -> None:
    """How fast the ear is with a core to itself."""
    console.print(f"ear alone: {ear_speed():.0f} s of sound in one CPU second")


def scraping(console: Console) -> None:
    """What a scrape costs, and what it costs four calls that are up."""
    with Town() as town:
        cost = scrape_cost(lambda: four_calls(town.port))
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
