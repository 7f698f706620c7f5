"""Interval of a proportion whose variance comes from a design: exact bounds at the effective sample size.

Source: Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts
estimated from survey data".
"""

from __future__ import annotations

from collections.abc import Iterable

from scipy.special import stdtrit

from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import ALPHA, Interval


def worth_by_weights(parts: Iterable[tuple[float, float]]) -> float:
    """What calls are worth by their weights alone, (ΣW)²/Σ(W²/n), from (W, n) of each part (Kish 1965, §11.7).

    No effective size is above it: two calls of a heavy part that end alike show no variance of their own, and would
    pass for certainty about most of the calls. Of equal weights it is n.
    """
    parts = list(parts)
    return sum(w for w, _ in parts) ** 2 / sum(w**2 / n for w, n in parts)


def degrees_adjusted(n_effective: float, n: float, df: float, *, alpha: float = ALPHA) -> float:
    """Effective size, not above n, shrunk for the few degrees of freedom of its variance."""
    # With df or n below one, Student's t has no quantile: one degree is the widest there is.
    ratio = stdtrit(max(n - 1, 1.0), 1 - alpha / 2) / stdtrit(max(df, 1.0), 1 - alpha / 2)
    return min(n_effective, n) * float(ratio) ** 2


def korn_graubard(estimate: float, size: float, *, alpha: float = ALPHA) -> Interval:
    """Clopper–Pearson at `size` (see `degrees_adjusted`) with the estimate's share of successes."""
    return clopper_pearson(min(estimate * size, size), size, alpha=alpha)
