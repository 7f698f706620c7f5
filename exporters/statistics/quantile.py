"""Mean and quantiles of uncut times, with intervals that assume no distribution for the median.

Source: median interval by order statistics, exact binomial (David and Nagaraja 2003, §7.1); mean by Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, median, stdev

from scipy.special import bdtr, stdtrit

from exporters.statistics.interval import ALPHA, Interval


def mean_interval(values: Sequence[float], *, alpha: float = ALPHA) -> Interval | None:
    """Bounds of the mean; None with fewer than two values."""
    n = len(values)
    if n < 2:
        return None
    half = float(stdtrit(n - 1, 1 - alpha / 2)) * stdev(values) / sqrt(n)
    return Interval(low=fmean(values) - half, high=fmean(values) + half)


def median_interval(values: Sequence[float], *, alpha: float = ALPHA) -> Interval | None:
    """Bounds of the median: the k-th value from each end; None when too few values exclude anything (n < 6 at 95 %)."""
    n, ordered = len(values), sorted(values)
    # The k-th value from an end errs with chance P(Binomial(n, 1/2) < k).
    k = next((k for k in range(n // 2, 0, -1) if bdtr(k - 1, n, 0.5) <= alpha / 2), None)
    return None if k is None else Interval(low=ordered[k - 1], high=ordered[n - k])


def quantile(values: Sequence[float], share: float) -> float:
    """Value below which `share` of the values lie, linear between neighbours. ValueError without values."""
    if not values:
        raise ValueError("no values")
    if share == 0.5:
        return median(values)
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])
