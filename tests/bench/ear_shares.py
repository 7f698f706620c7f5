"""Shares and rates with what their number of cases can show."""

from __future__ import annotations

from scipy.stats import beta, chi2


def interval(x: int, n: int) -> str:
    """`x of n` with the exact interval of Clopper and Pearson at 95 %."""
    if n == 0:
        return "none"
    low = float(beta.ppf(0.025, x, n - x + 1)) if x else 0.0
    high = float(beta.ppf(0.975, x + 1, n - x)) if x < n else 1.0
    return f"{100 * x / n:.1f} % ({x} of {n}; {100 * low:.1f} to {100 * high:.1f})"


def at_most(events: int, span: float) -> float:
    """The highest rate (events in a unit of `span`) that so few events leave possible: Poisson, one side, 95 %."""
    return float(chi2.ppf(0.95, 2 * events + 2)) / 2 / span
