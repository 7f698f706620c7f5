"""Services whose truth is a probability: a human is reached more or less often by hour, weekday, day of strike. Pure.

What a year of calls must find is then known without a call: the mean over the open time, weighted by the traffic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from prober.attempt import Attempt
from prober.events import Event, OwnFailure
from prober.line import Command, Line
from prober.simulator.acts import Service
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine

REACHED, TURNED_AWAY = ("direct_agent",), ("busy", "ring_no_answer", "dissuasion")
RUSH_HOURS = (9, 10)
RUSH, MONDAY, STRIKE = 0.8, 0.9, 0.1
"""Factors on the share of reached callers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who reaches a human, when."""

    usual: Mapping[str, float]
    """Service → share of reached callers outside rush hours, Mondays and strikes."""
    strikes: frozenset[date] = frozenset()
    outages: tuple[tuple[datetime, datetime], ...] = ()
    """When our own side is broken."""
    seed: str = ""

    def probability(self, service: str, local: datetime) -> float:
        """Chance of a human for a call at this time of the service's clock."""
        p = self.usual[service]
        p *= RUSH if local.hour in RUSH_HOURS else 1.0
        p *= MONDAY if local.weekday() == 0 else 1.0
        return p * (STRIKE if local.date() in self.strikes else 1.0)

    def reached(self, attempt: Attempt, zone: str) -> bool:
        """The draw of this call: the same for the same attempt."""
        chance = self.probability(attempt.service, attempt.due_at.astimezone(ZoneInfo(zone)))
        return Random(f"{self.seed}/{attempt.id}").random() < chance

    def line(self, attempt: Attempt, zone: str) -> Line:
        """A line on which this attempt meets what was drawn for it."""
        if any(start <= attempt.due_at < end for start, end in self.outages):
            return BrokenLine()
        kinds = REACHED if self.reached(attempt, zone) else TURNED_AWAY
        kind = Random(f"{self.seed}/kind/{attempt.id}").choice(kinds)
        return SimulatedLine((replace(_playing(kind), id=attempt.service, number=attempt.number),))


class BrokenLine:
    """Our own side fails before anything leaves."""

    async def dial(self, attempt: Attempt) -> None:
        """Nothing leaves."""

    async def next_event(self, until_s: float) -> Event | None:
        """The failure."""
        return OwnFailure(at_s=0.0, what="engine_died")

    async def do(self, command: Command) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to give back."""


@cache
def _playing(behaviour: str) -> Service:
    return next(s for s in CAST if s.behaviour == behaviour)
