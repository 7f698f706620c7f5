"""What a plan will take: minutes, euros, seconds of agents, calls at once, engines, trunks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from prober.attempt import Attempt
from prober.number import price_class
from scheduler.pacing import Budget, Price

SEATS = 4
"""Calls an engine of the shipped library carries."""
GUESSED_S = 180.0
"""Mean connected seconds of a call that nobody cuts, where nothing was measured yet."""
GUESSED_AGENT_S = 8.0
"""Seconds of an agent a call where nothing was measured yet: the sentence, and the first words before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Means of the calls made so far, or guesses."""

    connected_s: float = GUESSED_S
    agent_s: float = GUESSED_AGENT_S
    calls: int = 0
    """Calls the means are of; 0: guessed."""

    def expected_s(self, attempt: Attempt) -> float:
        """Connected seconds to expect of a call; T_max cuts the longest. A guess: exponential waits."""
        longest_s = _longest_s(attempt)
        if self.calls:
            return min(self.connected_s, longest_s)
        return self.connected_s * (1 - exp(-longest_s / self.connected_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """What the calls to numbers of one price class take."""

    attempts: int
    minutes: float
    euros: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a set of attempts takes; `worst` when every call waits until T_max and every agent is held to the limit."""

    attempts: int
    minutes: float
    worst_minutes: float
    euros: float
    worst_euros: float
    agent_s: float
    worst_agent_s: float
    by_class: Mapping[str, Class]
    peak: int
    """Calls at once, every one lasting until T_max."""
    engines: int
    trunks: int
    """Trunks as wide as the widest one there is, to carry the peak; 0 where there are no trunks."""


def load_of(attempts: Sequence[Attempt], pace: Pace, budget: Budget, *, channels: int) -> Load:
    """Load of attempts. `channels`: calls at once on the widest trunk."""
    classes: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        classes.setdefault(price_class(attempt.number), []).append(attempt)
    by_class = {}
    worst_euros = 0.0
    for name, called in sorted(classes.items()):
        price = budget.prices.get(name, Price())
        expected_s = [pace.expected_s(a) for a in called]
        by_class[name] = Class(
            attempts=len(called), minutes=sum(expected_s) / 60, euros=sum(price.of(s) for s in expected_s)
        )
        worst_euros += sum(price.of(_longest_s(a)) for a in called)
    high = peak(attempts)
    return Load(
        attempts=len(attempts),
        minutes=sum(c.minutes for c in by_class.values()),
        worst_minutes=sum(_longest_s(a) for a in attempts) / 60,
        euros=sum(c.euros for c in by_class.values()),
        worst_euros=worst_euros,
        agent_s=sum(min(pace.agent_s, a.limits.agent_s) for a in attempts),
        worst_agent_s=sum(a.limits.agent_s for a in attempts),
        by_class=by_class,
        peak=high,
        engines=-(-high // SEATS),
        trunks=-(-high // channels) if channels else 0,
    )


def peak(attempts: Sequence[Attempt]) -> int:
    """The most calls at once when each lasts until T_max."""
    starts = np.sort([a.due_at.timestamp() for a in attempts])
    ends = np.sort([a.due_at.timestamp() + _longest_s(a) for a in attempts])
    over = np.searchsorted(ends, starts, side="right")
    return int((np.arange(1, len(starts) + 1) - over).max(initial=0))


def _longest_s(attempt: Attempt) -> float:
    return attempt.limits.max_wait_s + attempt.limits.grace_s
