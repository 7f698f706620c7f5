"""Weighted waits: shares, median and restricted mean with weights W_h/n_h, bounds by a bootstrap within strata.

Source: measure.md §4.7; Efron and Tibshirani 1993, percentile bounds; 2,000 resamples from a fixed seed, so the same
calls give the same bounds (400 from 5,000 waits on).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exporters.statistics.interval import ALPHA
from exporters.statistics.risk_table import HUMAN, OURS

RESAMPLES = 2000
MANY = 5_000
"""Waits from which on FEWER resamples are drawn and tenths of a second are enough: their bounds are narrow, and memory
stays bounded."""
FEWER = 400
BLOCK = 30_000
"""Waits of all resamples worked on at once: they fit a processor's cache."""
SEED = 20260102
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedWait:
    """One wait, its stratum, and the weight of one attempt of that stratum (W_h/n_h)."""

    at_s: float
    ending: int
    stratum: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure and its bounds; None where the curve never gets there."""

    estimate: float | None
    low: float | None
    high: float | None


class WeightedCurves:
    """Curves of the sample (row 0) and of its resamples, over the sorted times of the sample."""

    def __init__(self, waits: Sequence[WeightedWait], *, human: bool = True, ended: bool = True) -> None:
        """`human` False: only when waits end is asked, not how; `ended` False: only who reaches a human."""
        rows = _sorted(waits)
        times = np.array([w.at_s for w in rows])
        if len(rows) >= MANY:
            times = times.round(1)  # a curve of at most ten columns a second, whatever the number of waits
        ending = np.array([w.ending for w in rows])
        weight = np.array([w.weight for w in rows])
        # Equal times share one risk set, as in `risk_table`: everything from the first row of the time on.
        starts = np.unique(times, return_index=True)[1]
        over, reached = weight * (ending != OURS), weight * (ending == HUMAN)
        # Until somebody leaves without an ending both curves are plain shares, which take half the time. A row is a
        # column of its own then, equal times or not: only the last of them is ever read.
        first_cut = int(np.searchsorted(times[starts], min(times[ending == OURS], default=np.inf), side="right"))
        rest = int(starts[first_cut]) if first_cut < len(starts) else len(rows)
        later = starts[first_cut:] - rest
        ends = np.append(starts[1:], len(rows))[:first_cut] - 1 if len(rows) >= MANY else np.arange(rest)
        plain = len(ends)

        def sums(drawn: Array, of: Array) -> Array:
            upto = drawn[:, :rest] * of[:rest]
            upto.cumsum(axis=1, out=upto)
            return upto if plain == rest else upto[:, ends]

        def lost(drawn: Array, of: Array) -> Array:
            return np.add.reduceat(drawn[:, rest:] * of[rest:], later, axis=1)

        self.at_s: Array = times[np.append(ends, later + rest)]
        size = 1 + _resamples(len(rows)), len(self.at_s)
        ended = ended or bool(len(later))
        self.survival: Array = np.empty(size if ended else (0, 0))
        self.human: Array = np.empty(size if human else (0, 0))
        done = 0
        for drawn in _resampled([w.stratum for w in rows]):
            waiting, got = self.survival[done : done + len(drawn)], self.human[done : done + len(drawn)]
            done += len(drawn)
            once = 1 / (drawn @ weight)[:, None]
            if ended:
                np.multiply(sums(drawn, over), -once, out=waiting[:, :plain])
                waiting[:, :plain] += 1
            if human:
                np.multiply(sums(drawn, reached), once, out=got[:, :plain])
            if not len(later):
                continue
            risk = (drawn[:, rest:] * weight[rest:])[:, ::-1].cumsum(axis=1)[:, ::-1][:, later]
            risk[risk <= 0] = 1.0
            kept = np.clip(1 - lost(drawn, over) / risk, 0.0, 1.0)
            kept[:, 0] *= waiting[:, plain - 1]
            kept.cumprod(axis=1, out=waiting[:, plain:])
            if human:
                more = lost(drawn, reached) / risk * waiting[:, plain - 1 : -1]
                more[:, 0] += got[:, plain - 1]
                more.cumsum(axis=1, out=got[:, plain:])

    def human_at(self, t_s: float, *, alpha: float = ALPHA) -> Estimate:
        """Share with a human at t_s."""
        i = int(np.searchsorted(self.at_s, t_s, side="right"))
        return _summary(self.human[:, i - 1] if i else np.zeros(len(self.human)), alpha)

    def waiting_at(self, t_s: float, *, alpha: float = ALPHA) -> Estimate:
        """Share still waiting just after t_s."""
        i = int(np.searchsorted(self.at_s, t_s, side="right"))
        return _summary(self.survival[:, i - 1] if i else np.ones(len(self.survival)), alpha)

    def human_median_s(self, *, alpha: float = ALPHA) -> Estimate:
        """Time by which half of all callers have a human."""
        return _summary(_first(self.at_s, self.human >= 0.5 - 1e-12), alpha)

    def ended_median_s(self, *, alpha: float = ALPHA) -> Estimate:
        """Ordinary median of the waits, none of them cut: midway between the two middle ones."""
        lower, upper = (_first(self.at_s, self.survival <= 0.5 + rounding) for rounding in (1e-12, -1e-12))
        return _summary((lower + upper) / 2, alpha)

    def waiting_median_s(self, *, alpha: float = ALPHA) -> Estimate:
        """First time at which half or fewer still wait."""
        return _summary(_first(self.at_s, self.survival <= 0.5 + 1e-12), alpha)

    def restricted_mean_s(self, tau_s: float, *, alpha: float = ALPHA) -> Estimate:
        """Mean of the waits cut at tau_s."""
        edges = np.minimum(np.concatenate([[0.0], self.at_s, [max(tau_s, float(self.at_s[-1]))]]), tau_s)
        heights = np.hstack([np.ones((len(self.survival), 1)), self.survival])
        return _summary(heights @ np.diff(edges), alpha)


def mean_s(waits: Sequence[WeightedWait], *, alpha: float = ALPHA) -> Estimate:
    """Mean of waits that none of us cut."""
    rows = _sorted(waits)
    at_s, weight = np.array([w.at_s for w in rows]), np.array([w.weight for w in rows])
    means = [(drawn @ (weight * at_s)) / (drawn @ weight) for drawn in _resampled([w.stratum for w in rows])]
    return _summary(np.concatenate(means), alpha)


def _sorted(waits: Sequence[WeightedWait]) -> list[WeightedWait]:
    if not waits:
        raise ValueError("no waits")
    return sorted(waits, key=lambda w: (w.at_s, w.ending == OURS, w.ending, w.stratum))


def _resamples(n: int) -> int:
    return RESAMPLES if n < MANY else FEWER


def _resampled(strata: Sequence[str]) -> Iterator[Array]:
    """How often each row is drawn, a block of resamples at a time: once in the first, then within its stratum."""
    rng = np.random.default_rng(SEED)
    n = len(strata)
    _, of, sizes = np.unique(np.array(strata), return_inverse=True, return_counts=True)
    order = np.argsort(of, kind="stable")
    # Stratum after stratum: how many rows are in the stratum of each row, and where it begins.
    k = sizes[of[order]].astype(float)
    first = (np.cumsum(sizes) - sizes)[of[order]]
    yield np.ones((1, n))
    left, most = _resamples(n), max(1, BLOCK // n)
    begins = np.arange(most)[:, None] * n
    while left:
        size = min(left, most)
        left -= size
        luck = rng.random((size, n))
        luck *= k
        which = luck.astype(np.int64)
        which += first
        # Counting drawn members is several times faster than asking for multinomial counts.
        which = order[which]
        which += begins[:size]
        yield np.bincount(which.ravel(), minlength=size * n).reshape(size, n).astype(float)


def _first(times: Array, reached: NDArray[np.bool_]) -> Array:
    return np.where(reached[:, -1], times[reached.argmax(axis=1)], np.inf)


def _summary(figures: Array, alpha: float) -> Estimate:
    estimate = float(figures[0])
    low, high = (float(q) for q in np.quantile(figures[1:], (alpha / 2, 1 - alpha / 2), method="nearest"))
    shown = (f if np.isfinite(f) else None for f in (estimate, min(low, estimate), max(high, estimate)))
    return Estimate(**dict(zip(("estimate", "low", "high"), shown, strict=True)))
