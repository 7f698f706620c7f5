"""Bernoulli CUSUM: notices within a few calls that a service answers far less than it used to. An alarm, no verdict.

Source: Page 1954; Reynolds and Stoumbos 1999. A failure adds its log-likelihood ratio for COLLAPSED against the usual
share of failures, a success takes its own away, and the sum never goes below zero. Both steps are whole numbers here,
so that the sum walks on a lattice and the mean time between false alarms is exact (Brook and Evans 1972).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, log

import numpy as np

COLLAPSED = 0.9
"""Share of failures of a service that has collapsed."""
BETWEEN_FALSE_ALARMS = 50_000
"""Attempts between two false alarms of one service, in the mean, at least: ten years at twenty a working day."""
GRID = 0.05
"""The usual share is rounded up to a multiple: a service a little better than assumed raises fewer false alarms."""
WORST = 0.6
"""Above this usual share there is nothing left to collapse, and no alarm."""
USUAL_N = 50
"""Attempts that the usual share is taken from, at least."""
LATEST = 20
"""The last attempts are not in it: they are what is watched."""
FINEST = 4
"""Largest denominator of the ratio of the two steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchman:
    """Steps of the sum, and the level that is an alarm, for one usual share of failures."""

    usual: float
    failure: int
    success: int
    level: int


def watched(reached: Sequence[bool]) -> float | None:
    """The sum after the attempts (oldest first), as a share of the level of an alarm: 1 is an alarm.

    None with too few attempts to know what is usual, or for a service that fails most of the time anyway.
    """
    before = reached[:-LATEST]
    if len(before) < USUAL_N:
        return None
    usual = max(GRID, ceil((before.count(False) + 1) / (len(before) + 2) / GRID - 1e-9) * GRID)
    if usual > WORST + 1e-9:
        return None
    w = watchman(round(usual, 2))
    total = 0
    for answered in reached:
        # Kept at the level, so that a recovery is seen as soon as it comes.
        total = min(w.level, max(0, total - w.success if answered else total + w.failure))
    return total / w.level


@cache
def watchman(usual: float) -> Watchman:
    """Steps and the lowest level whose mean time between false alarms is long enough."""
    ratio = log(COLLAPSED / usual) / log((1 - usual) / (1 - COLLAPSED))
    steps = Fraction(ratio).limit_denominator(FINEST)
    level = steps.numerator
    while between_alarms(usual, steps.numerator, steps.denominator, level) < BETWEEN_FALSE_ALARMS:
        level += 1
    return Watchman(usual=usual, failure=steps.numerator, success=steps.denominator, level=level)


def between_alarms(failing: float, failure: int, success: int, level: int) -> float:
    """Mean number of attempts, at this share of failures, until the sum first reaches the level from zero."""
    walk = np.eye(level)
    for at in range(level):
        walk[at, max(0, at - success)] -= 1 - failing
        if at + failure < level:
            walk[at, at + failure] -= failing
    return float(np.linalg.solve(walk, np.ones(level))[0])
