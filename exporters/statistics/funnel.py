"""Limits of a funnel plot: where services of one and the same rate fall by chance, by their number of attempts.

Source: Spiegelhalter 2005, "Funnel plots for comparing institutional performance", appendix A.1.1: exact binomial
limits; not interpolated between whole counts as there, which puts two reached calls of two beyond 99.8 % where one
service in sixteen has them by chance. Of weighted attempts the effective number counts (measure.md §4.2): weights that
differ let a rate stray further by chance than as many plain attempts would.
"""

from __future__ import annotations

from bisect import bisect_left

from scipy.special import bdtr

from exporters.statistics.interval import Interval

INNER, OUTER = 0.05, 0.002
"""Chance to fall outside the 95 % and the 99.8 % limits."""


def limits(rate: float, n: float, *, alpha: float) -> Interval:
    """The least and the most x/n that chance explains, for a true rate of 0 to 1 and n attempts.

    Beyond either, counts have a chance of at most alpha/2. An effective number is cut to a whole one, at least 1.
    """
    if rate <= 0 or rate >= 1:
        return Interval(low=rate, high=rate)
    n = max(1, int(n))
    return Interval(low=_limit(rate, n, alpha / 2), high=_limit(rate, n, 1 - alpha / 2))


def _limit(rate: float, n: int, chance: float) -> float:
    return bisect_left(range(n), chance, key=lambda k: float(bdtr(k, n, rate))) / n
