"""Share of callers who have reached a human by a given time, when the service may also end the call (competing risks).

Source: Aalen and Johansen 1978; F(t) = Σ S(t_i-) d_i / Y_i, exact with ties; variance of Marubini and Valsecchi in
Collett 2003, §12; bounds by log(-log F). With weights see `resampling`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from scipy.special import ndtri

from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.risk_table import OURS, risk_table

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The three shares from `at_s` on; they sum to 1."""

    at_s: float
    human: float
    service: float
    waiting: float
    variance: float
    """Of `human`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """Shares over time, as steps at the distinct times at which a wait ended."""

    n: int
    steps: tuple[Step, ...]
    first_cut_s: float
    """Earliest time at which we cut a wait; infinite if none. Up to it a share is a plain proportion."""

    def at(self, t_s: float) -> Step:
        """Shares at t_s."""
        start = Step(at_s=0.0, human=0.0, service=0.0, waiting=1.0, variance=0.0)
        i = bisect_right(self.steps, t_s, key=lambda s: s.at_s)
        return self.steps[i - 1] if i else start

    def interval(self, t_s: float, *, alpha: float = ALPHA) -> Interval:
        """Bounds of the share with a human at t_s: exact while nothing was cut before, log(-log) after."""
        return self._bounds(self.at(t_s), alpha)

    def median_s(self) -> float | None:
        """Time by which half of *all* callers have a human; None if fewer than half ever do."""
        return next((s.at_s for s in self.steps if s.human >= 0.5 - ROUNDING), None)

    def median_interval_s(self, *, alpha: float = ALPHA) -> tuple[float | None, float | None]:
        """Times at which the upper and the lower bound of the share pass one half; None where they never do."""
        low = next((s.at_s for s in self.steps if self._bounds(s, alpha).high >= 0.5), None)
        high = next((s.at_s for s in self.steps if self._bounds(s, alpha).low >= 0.5), None)
        return low, high

    def _bounds(self, step: Step, alpha: float) -> Interval:
        share = step.human
        if step.at_s <= self.first_cut_s or not ROUNDING < share < 1 - ROUNDING:
            return clopper_pearson(min(round(share * self.n, 6), self.n), self.n, alpha=alpha)
        return log_log_interval(step, alpha=alpha)


def aalen_johansen(times_s: Sequence[float], endings: Sequence[int]) -> Incidence:
    """Shares from one (time, ending) a call; at equal times an ending comes before a cut. ValueError without calls."""
    if not times_s:
        raise ValueError("no waits")
    steps: list[Step] = []
    human, service, waiting = 0.0, 0.0, 1.0
    # Running sums of the variance, which is a quadratic in the current share.
    quadratic = linear = constant = own = cross = cross_share = 0.0
    for m in risk_table(times_s, endings):
        before = waiting
        human += before * m.humans / m.at_risk
        service += before * (m.ended - m.humans) / m.at_risk
        waiting *= 1 - m.ended / m.at_risk
        if m.at_risk > m.ended:
            hazard = m.ended / (m.at_risk * (m.at_risk - m.ended))
            quadratic, linear, constant = quadratic + hazard, linear + hazard * human, constant + hazard * human**2
        own += before**2 * m.humans * (m.at_risk - m.humans) / m.at_risk**3
        cross += before * m.humans / m.at_risk**2
        cross_share += before * m.humans / m.at_risk**2 * human
        variance = quadratic * human**2 - 2 * linear * human + constant + own - 2 * (cross * human - cross_share)
        steps.append(Step(at_s=m.at_s, human=human, service=service, waiting=waiting, variance=max(0.0, variance)))
    cuts = [t for t, ending in zip(times_s, endings, strict=True) if ending == OURS]
    return Incidence(n=len(times_s), steps=tuple(steps), first_cut_s=min(cuts, default=float("inf")))


def log_log_interval(step: Step, *, alpha: float = ALPHA) -> Interval:
    """Bounds of the share at a step, by the delta method on log(-log F). The share must lie between 0 and 1."""
    log_f = log(step.human)
    centre, spread = log(-log_f), float(ndtri(1 - alpha / 2)) * sqrt(step.variance) / abs(step.human * log_f)
    return Interval(low=exp(-exp(centre + spread)), high=exp(-exp(centre - spread)))
