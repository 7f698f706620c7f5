"""Stratified estimate of a proportion: every stratum counts for its share of the service's calls.

Source: measure.md §4.2; the ratio form for a denominator that is only part of a stratum's attempts is the Taylor
linearisation of Cochran 1977, §6; it reduces to V = Σ W² p(1-p)/(n-1) when all attempts are in the denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.statistics.effective import degrees_adjusted, korn_graubard, worth_by_weights
from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.wilson import wilson

NO_VARIANCE = 1e-15
"""Below this a variance is rounding: every stratum is all successes or all failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumCount:
    """What one stratum gave."""

    name: str
    weight: float
    """Share of the incoming calls; the weights of all strata sum to 1."""
    size: int
    """Attempts of the stratum that count for the service."""
    n: int
    """Those of them in the denominator; equal to `size` unless the denominator has a condition (t_queue…)."""
    x: int
    """Those of them in the numerator."""
    group: str = ""
    """Service and script, when several are pooled: neighbours are looked for inside it first."""
    merged: tuple[tuple[str, str], ...] = ()
    """(group, name) of the strata it was made of, if it was made of several."""

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """(group, name) of every stratum in it."""
        return self.merged or ((self.group, self.name),)

    def with_counts(self, n: int, x: int) -> StratumCount:
        """The same stratum with another denominator and numerator."""
        # In a month thousands are made; `replace` takes twice the time.
        return StratumCount(
            name=self.name, weight=self.weight, size=self.size, n=n, x=x, group=self.group, merged=self.merged
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """Estimate, its variance, and both intervals."""

    estimate: float
    variance: float
    n: int
    df: int
    """n minus strata."""
    n_effective: float
    n_adjusted: float
    """n_effective, at most n, after the degrees of freedom."""
    deff: float
    verdict_interval: Interval
    """Korn–Graubard."""
    chart_interval: Interval
    """Wilson at n_effective."""


def weighted(strata: Sequence[StratumCount], *, alpha: float = ALPHA) -> Weighted | None:
    """Estimate over strata of at least two attempts each (see `strata.merge_small`); None for an empty denominator.

    ValueError if a stratum has fewer than two attempts: it has no variance.
    """
    for s in strata:
        if s.size < 2:
            raise ValueError(f"stratum {s.name!r} has {s.size} attempt(s), two are needed for a variance")
    strata = sorted(strata, key=lambda s: (s.name, s.weight, s.size, s.n, s.x))
    n = sum(s.n for s in strata)
    if n == 0:
        return None
    mass = sum(s.weight * s.n / s.size for s in strata)
    estimate = min(1.0, sum(s.weight * s.x / s.size for s in strata) / mass)
    variance = sum(s.weight**2 * _spread(s, estimate) / s.size for s in strata) / mass**2
    held = [s for s in strata if s.n]
    n_effective = worth_by_weights((s.weight * s.n / s.size, s.n) for s in held)
    if variance > NO_VARIANCE:
        n_effective = min(estimate * (1 - estimate) / variance, n_effective)
    else:
        variance = 0.0
    df = n - len(held)
    adjusted = degrees_adjusted(n_effective, n, df, alpha=alpha)
    return Weighted(
        estimate=estimate,
        variance=variance,
        n=n,
        df=df,
        n_effective=n_effective,
        n_adjusted=adjusted,
        deff=n / n_effective,
        verdict_interval=korn_graubard(estimate, adjusted, alpha=alpha),
        chart_interval=wilson(min(estimate * n_effective, n_effective), n_effective, alpha=alpha),
    )


def _spread(s: StratumCount, rate: float) -> float:
    """Sample variance, within the stratum, of (in numerator) - rate x (in denominator)."""
    total = s.x - s.n * rate
    squares = s.x * (1 - rate) ** 2 + (s.n - s.x) * rate**2
    return max(0.0, squares - total**2 / s.size) / (s.size - 1)
