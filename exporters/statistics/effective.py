"""Interval of a proportion whose variance comes from a design: exact bounds at the effective sample size.

Source: Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts
estimated from survey data".
"""

from __future__ import annotations

from scipy.special import stdtrit

from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import ALPHA, Interval


def degrees_adjusted(n_effective: float, n: float, df: float, *, alpha: float = ALPHA) -> float:
    """Effective size, not above n, shrunk for the few degrees of freedom of its variance."""
    # With df or n below one, Student's t has no quantile: one degree is the widest there is.
    ratio = stdtrit(max(n - 1, 1.0), 1 - alpha / 2) / stdtrit(max(df, 1.0), 1 - alpha / 2)
    return min(n_effective, n) * float(ratio) ** 2


def korn_graubard(estimate: float, size: float, *, alpha: float = ALPHA) -> Interval:
    """Clopper–Pearson at `size` (see `degrees_adjusted`) with the estimate's share of successes."""
    return clopper_pearson(min(estimate * size, size), size, alpha=alpha)
