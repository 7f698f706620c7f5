"""Agreement of two reviewers beyond chance.

Source: Cohen 1960.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How many of n answers are equal, and kappa: 1 perfect, 0 chance."""

    n: int
    agreed: int
    kappa: float | None
    """None when chance alone would agree always: both gave one and the same answer throughout."""


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> Agreement | None:
    """Agreement over (first reviewer, second reviewer) answers; None without any."""
    n = len(pairs)
    if n == 0:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    agreed = sum(a == b for a, b in pairs)
    chance = sum(first[label] * second[label] for label in first) / n**2
    if chance == 1:
        return Agreement(n=n, agreed=agreed, kappa=None)
    return Agreement(n=n, agreed=agreed, kappa=(agreed / n - chance) / (1 - chance))
