"""Proportion over clusters of calls that are alike: calls to one number share its staff, those of a day its outage.

Source: measure.md §4.3; ratio-estimator (Taylor) variance from cluster totals with k/(k-1), Student's t with k-1
degrees of freedom; intraclass correlation by analysis of variance (Donner 1986). A fixed list of all the numbers is not
a sample: then numbers are strata (see `weighted`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.statistics.effective import degrees_adjusted, korn_graubard
from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.weighted import NO_VARIANCE
from exporters.statistics.wilson import wilson

FEW_DF = 8
"""Below this many degrees of freedom the variance itself is too uncertain for a verdict."""
ALIKE = 0.05
"""Intraclass correlation from which days are told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Calls to one number, or of one day: n made, x reached."""

    name: str
    n: int
    x: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """Estimate with its design effect and intervals."""

    estimate: float
    variance: float
    df: int
    n_effective: float
    n_adjusted: float
    deff: float
    icc: float | None
    """Intraclass correlation, may be negative; None when every cluster had one call."""
    deff_from_icc: float | None
    """1 + (mean calls a cluster - 1) x icc: what to plan the next month with (`plan-size --deff`)."""
    verdict_interval: Interval
    chart_interval: Interval


def clustered(clusters: Sequence[Cluster], *, alpha: float = ALPHA) -> Clustered | None:
    """Estimate over called clusters; None with fewer than two of them: there is no variance between one."""
    called = sorted((c for c in clusters if c.n), key=lambda c: (c.name, c.n, c.x))
    k, n = len(called), sum(c.n for c in called)
    if k < 2:
        return None
    estimate = sum(c.x for c in called) / n
    variance = k / (k - 1) * sum((c.x - estimate * c.n) ** 2 for c in called) / n**2
    plain = estimate * (1 - estimate)
    n_effective = plain / variance if variance > NO_VARIANCE else float(n)
    adjusted = degrees_adjusted(n_effective, n, k - 1, alpha=alpha)
    icc = _icc(called, estimate)
    return Clustered(
        estimate=estimate,
        variance=variance,
        df=k - 1,
        n_effective=n_effective,
        n_adjusted=adjusted,
        deff=n / n_effective,
        icc=icc,
        deff_from_icc=None if icc is None else 1 + (n / k - 1) * icc,
        verdict_interval=korn_graubard(estimate, adjusted, alpha=alpha),
        chart_interval=wilson(min(estimate * n_effective, n_effective), n_effective, alpha=alpha),
    )


def _icc(called: Sequence[Cluster], estimate: float) -> float | None:
    k, n = len(called), sum(c.n for c in called)
    if n == k:
        return None
    between = sum(c.n * (c.x / c.n - estimate) ** 2 for c in called) / (k - 1)
    within = sum(c.x * (c.n - c.x) / c.n for c in called) / (n - k)
    typical = (n - sum(c.n**2 for c in called) / n) / (k - 1)
    total = between + (typical - 1) * within
    return (between - within) / total if total else 0.0
