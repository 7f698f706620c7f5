"""Exact interval of a proportion (Clopper–Pearson), for verdicts and publication: each side errs at most alpha/2.

Source: Clopper and Pearson 1934, in the Beta-quantile form, which also takes the non-integer counts that effective
sample sizes give (Korn and Graubard 1998).
"""

from __future__ import annotations

from scipy.special import betaincinv

from exporters.statistics.interval import ALPHA, Interval


def clopper_pearson(successes: float, trials: float, *, alpha: float = ALPHA) -> Interval:
    """Bounds for `successes` of `trials`. ValueError unless 0 <= successes <= trials and trials > 0."""
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    failures = trials - successes
    low = 0.0 if successes == 0 else float(betaincinv(successes, failures + 1, alpha / 2))
    high = 1.0 if failures == 0 else float(betaincinv(successes + 1, failures, 1 - alpha / 2))
    return Interval(low=low, high=high)
