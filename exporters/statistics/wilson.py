"""Wilson score interval of a proportion, for charts and planning: short, right on average, not guaranteed.

Source: Wilson 1927; compared with the others in Brown, Cai and DasGupta 2001.
"""

from __future__ import annotations

from math import sqrt

from scipy.special import ndtri

from exporters.statistics.interval import ALPHA, Interval


def wilson(successes: float, trials: float, *, alpha: float = ALPHA) -> Interval:
    """Bounds for `successes` of `trials`, non-integers allowed. ValueError unless it is a proportion."""
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    z = float(ndtri(1 - alpha / 2))
    share, shrink = successes / trials, 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / shrink
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / shrink
    # At 0 and n the bound is exactly 0 and 1; rounding must not move it past the estimate.
    return Interval(
        low=0.0 if successes == 0 else max(0.0, centre - half),
        high=1.0 if successes == trials else min(1.0, centre + half),
    )
