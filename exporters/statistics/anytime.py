"""Interval of a proportion that stays valid at every look (confidence sequence from a Beta mixture).

Source: Robbins 1970, method of mixtures: keep every p whose mixture likelihood ratio is under 1/alpha. Wider than an
exact interval, in exchange for looking every day.
"""

from __future__ import annotations

from math import log, log1p

from scipy.special import betaln

from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.root import bisect


def anytime_interval(successes: int, trials: int, *, a: float = 1, b: float = 1, alpha: float = ALPHA) -> Interval:
    """Bounds after `trials`; Beta(a, b) is fixed in advance: (1, 1) plain, (5, 1) tuned to high rates."""
    failures = trials - successes
    mixture = float(betaln(a + successes, b + failures) - betaln(a, b)) + log(alpha)

    def excess(p: float) -> float:
        """Below 0 inside the interval."""
        likelihood = (successes * log(p) if successes else 0) + (failures * log1p(-p) if failures else 0)
        return mixture - likelihood

    share, edge = successes / trials if trials else 0.5, 1e-15
    low = bisect(excess, share, edge) if successes else 0.0
    high = bisect(excess, share, 1 - edge) if failures else 1.0
    return Interval(low=low, high=high)
