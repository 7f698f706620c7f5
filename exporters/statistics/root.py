"""Root of a monotone function by halving: always ends, needs no derivative."""

from __future__ import annotations

from collections.abc import Callable


def bisect(function: Callable[[float], float], inside: float, outside: float, *, steps: int = 100) -> float:
    """Point between `inside` (function below 0) and `outside` (function above 0) where the sign changes."""
    for _ in range(steps):
        middle = (inside + outside) / 2
        if function(middle) < 0:
            inside = middle
        else:
            outside = middle
    return (inside + outside) / 2
