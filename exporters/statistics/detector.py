"""Correction of a rate for the errors of the detector that counted it (Rogan–Gladen).

Source: Rogan and Gladen 1978: p = (apparent + specificity - 1) / (sensitivity + specificity - 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exporters.statistics.interval import ALPHA, Interval

DRAWS = 20_000
SEED = 20260101


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Rate after correction, kept within 0 and 1."""

    estimate: float
    sensitivity: float
    specificity: float
    interval: Interval


def rogan_gladen(apparent: float, sensitivity: float, specificity: float) -> float | None:
    """Corrected rate; None when the detector is no better than a coin (sensitivity + specificity <= 1)."""
    power = sensitivity + specificity - 1
    return min(1.0, max(0.0, (apparent + specificity - 1) / power)) if power > 0 else None


def corrected(
    x: float, n: float, *, sensitive: tuple[int, int], specific: tuple[int, int], alpha: float = ALPHA
) -> Corrected | None:
    """Correction of x of n by a review: `sensitive` = (found, of humans), `specific` = (confirmed, of others).

    The interval is a parametric bootstrap with a fixed seed. The three rates are drawn from Beta(k + 1/2, n - k + 1/2),
    so that 50 of 50 reviewed does not pass for certainty. None without a human and a non-human in the review.
    """
    if not sensitive[1] or not specific[1] or n <= 0:
        return None
    sensitivity, specificity = sensitive[0] / sensitive[1], specific[0] / specific[1]
    estimate = rogan_gladen(x / n, sensitivity, specificity)
    if estimate is None:
        return None
    rng = np.random.default_rng(SEED)
    apparent, se, sp = (rng.beta(k + 0.5, of - k + 0.5, DRAWS) for k, of in ((x, n), sensitive, specific))
    usable = se + sp > 1
    drawn = np.clip((apparent + sp - 1)[usable] / (se + sp - 1)[usable], 0.0, 1.0)
    low, high = (float(q) for q in np.quantile(drawn, (alpha / 2, 1 - alpha / 2)))
    return Corrected(
        estimate=estimate,
        sensitivity=sensitivity,
        specificity=specificity,
        interval=Interval(low=min(low, estimate), high=max(high, estimate)),
    )
