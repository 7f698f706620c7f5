"""How many calls: for an interval of a given width, and for a given chance of the right verdict.

Source: measure.md §4.5; Wilson half width at the expected rate; exact binomial power of the Clopper–Pearson verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from scipy.special import betainc

from exporters.statistics.interval import ALPHA
from exporters.statistics.verdict import LEAST_N, TargetVerdict
from exporters.statistics.wilson import wilson

STEP = 10
"""Plans are made in tens of calls: the exact power is a saw, and a finer answer would be false precision."""
MOST_CALLS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A number of calls and the chance that they give the right verdict."""

    n: int
    power: float
    verdict: TargetVerdict
    """The right one: `met` if the true rate is above the target, `not_met` below."""


def n_for_half_width(rate: float, half_width: float, *, deff: float = 1, alpha: float = ALPHA) -> int:
    """Least n whose Wilson interval, at n/deff calls and the expected rate, is at most ± half_width."""

    def wide(n: int) -> bool:
        interval = wilson(rate * n / deff, n / deff, alpha=alpha)
        return interval.high - interval.low > 2 * half_width

    low, high = 0, 1
    while wide(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high


def least_met(n: int, target: float, *, alpha: float = ALPHA) -> int | None:
    """Least number of successes of n that gives `met`; None if not even n does."""
    # The exact lower bound at x is at least the target when P(X >= x | target) <= alpha/2.
    if target**n > alpha / 2:
        return None
    low, high = 0, n
    while high - low > 1:
        x = (low + high) // 2
        low, high = (low, x) if _at_least(x, n, target) <= alpha / 2 else (x, high)
    return high


def most_not_met(n: int, target: float, *, alpha: float = ALPHA) -> int | None:
    """Greatest number of successes of n that gives `not_met`; None if not even 0 does."""
    failures = least_met(n, 1 - target, alpha=alpha)
    return None if failures is None else n - failures


def power(n: int, target: float, true_rate: float, *, alpha: float = ALPHA) -> float:
    """Chance that n independent calls give the right verdict (`met` above the target, `not_met` below)."""
    if true_rate > target:
        edge = least_met(n, target, alpha=alpha)
        return 0.0 if edge is None else _at_least(edge, n, true_rate)
    edge = most_not_met(n, target, alpha=alpha)
    return 0.0 if edge is None else _at_least(n - edge, n, 1 - true_rate)


def n_for_power(
    target: float, true_rate: float, *, wanted: float = 0.8, deff: float = 1, alpha: float = ALPHA
) -> Plan | None:
    """Least multiple of ten calls from which on the wanted power is kept.

    With `deff` the calls are worth n/deff independent ones. None if the true rate is the target itself, or if 100,000
    independent calls are too few.
    """
    if true_rate == target:
        return None
    first, got = None, 0.0
    for n in range(ceil(LEAST_N / STEP) * STEP, MOST_CALLS, STEP):
        now = power(n, target, true_rate, alpha=alpha)
        if now < wanted:
            first = None
        elif first is None:
            first, got = n, now
        # The teeth of the saw shrink with n: a quarter more calls without a fall settles it.
        if first is not None and n >= 1.25 * first + 5 * STEP:
            verdict = TargetVerdict.MET if true_rate > target else TargetVerdict.NOT_MET
            return Plan(n=ceil(first * deff / STEP) * STEP, power=got, verdict=verdict)
    return None


def _at_least(x: int, n: int, rate: float) -> float:
    """P(X >= x) for X binomial(n, rate)."""
    return 1.0 if x <= 0 else float(betainc(x, n - x + 1, rate))
