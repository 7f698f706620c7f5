"""Kaplan–Meier curve of a wait that only our hang-up can cut short, its median and its restricted mean.

Source: Kaplan and Meier 1958; variance of Greenwood 1926; median interval by the log-log curve bounds (Brookmeyer and
Crowley 1982); restricted mean with its Greenwood-type standard error (Irwin 1949; Klein and Moeschberger 2003, §4.5).
Right only if no other ending competes: with endings by the service use `incidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt

from scipy.special import ndtri

from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.risk_table import HUMAN, OURS, risk_table

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The curve from `at_s` on, until the next step."""

    at_s: float
    at_risk: int
    events: int
    survival: float
    greenwood: float
    """Sum of d / (Y (Y - d)) so far; infinite once everybody has had the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """Share still waiting, as steps at the distinct event times; before the first one it is 1."""

    n: int
    steps: tuple[Step, ...]

    def at(self, t_s: float) -> float:
        """Share still waiting just after t_s."""
        return next((s.survival for s in reversed(self.steps) if s.at_s <= t_s), 1.0)

    def interval(self, t_s: float, *, alpha: float = ALPHA) -> Interval:
        """Log-log bounds of the share still waiting just after t_s, which must lie between 0 and 1."""
        z = float(ndtri(1 - alpha / 2))
        step = next(s for s in reversed(self.steps) if s.at_s <= t_s)
        return Interval(low=_bound(step, -z), high=_bound(step, z))

    def median_s(self) -> float | None:
        """First time at which half or fewer still wait; None if that is never seen."""
        return next((s.at_s for s in self.steps if s.survival <= 0.5 + ROUNDING), None)

    def median_interval_s(self, *, alpha: float = ALPHA) -> tuple[float | None, float | None]:
        """Times at which the lower and the upper bound of the curve pass one half; None where they never do."""
        z = float(ndtri(1 - alpha / 2))
        low = next((s.at_s for s in self.steps if _bound(s, -z) <= 0.5), None)
        high = next((s.at_s for s in self.steps if _bound(s, z) <= 0.5), None)
        return low, high

    def restricted_mean_s(self, tau_s: float) -> tuple[float, float]:
        """Mean of the wait cut at tau_s, and its standard error. The curve stays flat after its last step."""
        steps = [s for s in self.steps if s.at_s < tau_s]
        edges = [0.0, *(s.at_s for s in steps), tau_s]
        heights = [1.0, *(s.survival for s in steps)]
        areas = [(b - a) * h for (a, b), h in zip(pairwise(edges), heights, strict=True)]
        after, variance = 0.0, 0.0
        for area, s in zip(reversed(areas), reversed(steps), strict=False):
            after += area
            if s.at_risk > s.events:
                variance += after**2 * s.events / (s.at_risk * (s.at_risk - s.events))
        return sum(areas), sqrt(variance)


def kaplan_meier(times_s: Sequence[float], ended: Sequence[bool]) -> Survival:
    """Curve of waits: `ended` False means cut by us at that time. Ties need no order: an event comes before a cut."""
    steps: list[Step] = []
    survival, greenwood = 1.0, 0.0
    for m in risk_table(times_s, [HUMAN if event else OURS for event in ended]):
        survival *= 1 - m.ended / m.at_risk
        greenwood += m.ended / (m.at_risk * (m.at_risk - m.ended)) if m.at_risk > m.ended else float("inf")
        steps.append(Step(at_s=m.at_s, at_risk=m.at_risk, events=m.ended, survival=survival, greenwood=greenwood))
    return Survival(n=len(times_s), steps=tuple(steps))


def _bound(step: Step, z: float) -> float:
    if step.survival <= ROUNDING or step.greenwood == float("inf"):
        return 0.0
    if step.survival >= 1:
        return 1.0
    log_s = log(step.survival)
    # A positive z moves the bound up: log(-log S) falls as S rises.
    return exp(-exp(log(-log_s) - z * sqrt(step.greenwood) / abs(log_s)))
