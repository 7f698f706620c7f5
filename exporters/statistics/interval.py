"""Interval: a lower and an upper bound for one figure."""

from __future__ import annotations

from dataclasses import dataclass

ALPHA = 0.05
"""Two-sided risk of every published interval: 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Both bounds, in the unit of the figure."""

    low: float
    high: float
