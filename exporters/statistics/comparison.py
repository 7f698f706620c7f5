"""Difference of two independent proportions: square-and-add of the two single intervals.

Source: Newcombe 1998 (hybrid score, from Wilson intervals); MOVER, Zou and Donner 2008, is the same step from any
intervals, hence for weighted months.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.wilson import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second minus first."""

    estimate: float
    interval: Interval

    @property
    def proven(self) -> bool:
        """True if "rose" or "fell" may be said: 0 is outside the interval."""
        return self.interval.low > 0 or self.interval.high < 0


def mover(first: float, first_interval: Interval, second: float, second_interval: Interval) -> Difference:
    """Difference from two estimates with their intervals (same risk, same weights in both months)."""
    change = second - first
    fall = sqrt((second - second_interval.low) ** 2 + (first_interval.high - first) ** 2)
    rise = sqrt((second_interval.high - second) ** 2 + (first - first_interval.low) ** 2)
    return Difference(estimate=change, interval=Interval(low=change - fall, high=change + rise))


def newcombe(x1: int, n1: int, x2: int, n2: int, *, alpha: float = ALPHA) -> Difference:
    """Change from x1 of n1 to x2 of n2."""
    return mover(x1 / n1, wilson(x1, n1, alpha=alpha), x2 / n2, wilson(x2, n2, alpha=alpha))
