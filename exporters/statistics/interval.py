"""Interval: a lower and an upper bound for one figure, and the one that covers what undecided calls leave open."""

from __future__ import annotations

from dataclasses import dataclass

ALPHA = 0.05
"""Two-sided risk of every published interval: 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Both bounds, in the unit of the figure."""

    low: float
    high: float


def outer(least: Interval, most: Interval) -> Interval:
    """Bounds that hold whatever the undecided calls were: all of them failures, all of them successes.

    Source: measure.md §4.9, worst-case bounds (Manski 1989).
    """
    return Interval(low=least.low, high=most.high)
