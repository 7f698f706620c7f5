"""Bounds when some calls stay undecided: all of them failures, or all of them successes.

Source: measure.md §4.9, worst-case bounds (Manski 1989); the interval is the lower exact bound at the worst and the
upper one at the best, so a verdict from it holds whatever the undecided calls were.
"""

from __future__ import annotations

from dataclasses import dataclass

from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import ALPHA, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedBounds:
    """Rates at both extremes and the interval that covers both."""

    worst: float
    best: float
    complete_case: float | None
    """Without the undecided calls; None when there is nothing else."""
    outer: Interval


def outer(least: Interval, most: Interval) -> Interval:
    """Bounds that hold at both extremes."""
    return Interval(low=least.low, high=most.high)


def undecided_bounds(successes: int, failures: int, undecided: int, *, alpha: float = ALPHA) -> UndecidedBounds:
    """Bounds for three counts; ValueError when all are zero."""
    n, decided = successes + failures + undecided, successes + failures
    at_worst, at_best = (clopper_pearson(x, n, alpha=alpha) for x in (successes, successes + undecided))
    return UndecidedBounds(
        outer=outer(at_worst, at_best),
        worst=successes / n,
        best=(successes + undecided) / n,
        complete_case=successes / decided if decided else None,
    )
