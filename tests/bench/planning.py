"""What `make bench` says of plans and figures: planning speed and its growth, coverage of the verdict interval."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from exporters.definitions import AGENT
from exporters.imported import ImportedAttempt
from exporters.imported_tally import tally_of
from exporters.rates import rate
from prober.attempt import Limits, Policy, Script
from prober.outcome import Outcome
from prober.simulator.population import Population
from scheduler.openings import timetable
from scheduler.planner import Draw, Line, Target, month_frame, plan_month

ZONE = "Europe/Paris"
TRAFFIC = (0.0,) * 9 + (9.0, 10.0, 8.0, 5.0, 6.0, 8.0, 7.0, 4.0) + (0.0,) * 7
TARGET = Target(
    service="s",
    zone=ZONE,
    openings=timetable("Mo-Fr 09:00-17:00", ZONE),
    lines=(Line(number="3646"),),
    scripts=(Script.AGENT, Script.OPTOUT),
)
DRAW = Draw(campaign="c", attempts=200, margin=0.1, spacing_s=900, seed="s", limits=Limits(), policy=Policy.CONFIRM)


def planning_speed(wanted: int) -> tuple[int, float]:
    """Attempts planned (at least so many, 440 a service and month) and the CPU seconds that took."""
    began, made, n = time.process_time(), 0, 0
    kept = []  # as a plan of that size is: all attempts are held at once
    while made < wanted:
        plan = plan_month(replace(TARGET, service=f"s{n}"), date(2026, 1 + n % 12, 1), DRAW)
        kept.append(plan)
        made, n = made + len(plan.attempts), n + 1
    return made, time.process_time() - began


def coverage(months: int, usual: float, *, by_traffic: bool) -> tuple[float, float, float]:
    """Shares of simulated months in which the truth lies inside, below and above the 95 % verdict interval.

    Each month is planned as in life (200 attempts of one script and the margin); who answers is drawn from a
    probability that changes with the hour and the weekday.
    """
    population = Population(usual={"s": usual})
    target = replace(TARGET, scripts=(Script.AGENT,), hourly_traffic=TRAFFIC if by_traffic else ())
    clock, below, above = ZoneInfo(ZONE), 0, 0
    truths: dict[date, float] = {}
    for month, seed in _months(months, f"{usual} {by_traffic}"):
        frame = month_frame(target, month, DRAW.spacing_s)
        if month not in truths:
            cells = zip(frame.starts_s, frame.ends_s, frame.mass, strict=True)
            truths[month] = sum(mass * _mean(population, start, end, clock) for start, end, mass in cells)
        plan = plan_month(target, month, replace(DRAW, seed=seed))
        drawn = replace(population, seed=seed)
        rows = [
            ImportedAttempt(
                id=a.id,
                script=a.script,
                outcome=Outcome.HUMAN if drawn.reached(a, ZONE) else Outcome.BUSY,
                service="s",
                stratum=a.stratum,
                weight=a.weight,
                t_human=1.0,
                t_end=1.0,
            )
            for a in plan.attempts
        ]
        got = rate(tally_of(rows, t_max_s=600), AGENT, None)
        assert got.low is not None
        assert got.high is not None
        below += truths[month] < got.low
        above += truths[month] > got.high
    return 1 - (below + above) / months, below / months, above / months


def _months(n: int, label: str) -> Iterator[tuple[date, str]]:
    for k in range(n):
        yield date(2026 + k // 12 % 2, 1 + k % 12, 1), f"{label} {k}"


def _mean(population: Population, start_s: float, end_s: float, clock: ZoneInfo) -> float:
    """Mean probability of a cell, minute by minute."""
    minutes = range(int(start_s) + 30, int(end_s), 60)
    return sum(population.probability("s", datetime.fromtimestamp(t, clock)) for t in minutes) / len(minutes)
