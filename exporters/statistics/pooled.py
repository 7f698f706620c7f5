"""Proportion over several services, each with a weight and an estimate of its own: every service is a stratum.

Source: measure.md §4.2 and §4.3 (d): the list of services is the frame, so they are strata and not a sample; the
variance of a weighted sum of independent estimates is V = Σ W² V_s. With one stratum a service it is `weighted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.statistics.effective import degrees_adjusted, korn_graubard, worth_by_weights
from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.weighted import NO_VARIANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One service: its estimate with its variance, from n attempts in `n - df` strata."""

    weight: float
    """Relative to the other services; any unit."""
    estimate: float
    variance: float
    n: int
    n_effective: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The weighted estimate and its Korn–Graubard interval."""

    estimate: float
    variance: float
    n: int
    df: float
    n_effective: float
    interval: Interval


def pooled(parts: Sequence[Part], *, alpha: float = ALPHA) -> Pooled | None:
    """Estimate over the parts, in whatever order they come; None without any."""
    if not parts:
        return None
    parts = sorted(parts, key=lambda p: (p.weight, p.estimate, p.n, p.variance))
    mass = sum(p.weight for p in parts)
    estimate = min(1.0, max(0.0, sum(p.weight * p.estimate for p in parts) / mass))
    variance = sum((p.weight / mass) ** 2 * p.variance for p in parts)
    n_effective = worth_by_weights((p.weight, p.n_effective) for p in parts)
    if variance > NO_VARIANCE:
        n_effective = min(estimate * (1 - estimate) / variance, n_effective)
    else:
        variance = 0.0
    n, df = sum(p.n for p in parts), sum(p.df for p in parts)
    adjusted = degrees_adjusted(n_effective, n, df, alpha=alpha)
    return Pooled(
        estimate=estimate,
        variance=variance,
        n=n,
        df=df,
        n_effective=n_effective,
        interval=korn_graubard(estimate, adjusted, alpha=alpha),
    )
