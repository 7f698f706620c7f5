"""Weighted waits: shares, median and restricted mean with weights W_h/n_h, bounds by a bootstrap within strata.

Source: measure.md §4.7; Efron and Tibshirani 1993, percentile bounds; 2,000 resamples from a fixed seed, so the same
calls give the same bounds (400 from 5,000 waits on). All that is asked of the same waits is asked at once: a few
resamples at a time answer every question, and only the answers are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from exporters.statistics.interval import ALPHA
from exporters.statistics.risk_table import HUMAN, OURS

RESAMPLES = 2000
MANY = 5_000
"""Waits from which on FEWER resamples are drawn and tenths of a second are enough: their bounds are narrow."""
FEWER = 400
BLOCK = 30_000
"""Waits of all resamples worked on at once: they fit a processor's cache."""
SEED = 20260102
USUAL = 500
"""Waits up to which the numbers of the seed are kept: a month asks for the same ones five times a service."""
ROUNDING = 1e-12
Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


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


class Sample:
    """The waits, stratum after stratum, each in the order of time: what every resample is drawn from."""

    def __init__(self, waits: Sequence[WeightedWait]) -> None:
        if not waits:
            raise ValueError("no waits")
        rows = sorted(waits, key=lambda w: (w.stratum, w.at_s, w.ending == OURS, w.ending))
        ending = np.array([w.ending for w in rows])
        self.at_s: Array = np.array([w.at_s for w in rows])
        if len(rows) >= MANY:
            self.at_s = self.at_s.round(1)  # a curve of at most ten columns a second, whatever the number of waits
        self.weight: Array = np.array([w.weight for w in rows])
        self.ended, self.reached = ending != OURS, ending == HUMAN
        self.early: Flags = self.at_s <= min(self.at_s[~self.ended], default=np.inf)
        """Not after the first cut."""
        by_time = np.argsort(self.at_s, kind="stable")
        self.uncut, self.cut = by_time[self.early[by_time]], by_time[~self.early[by_time]]
        """Places of the early ones and of the others, in the order of time."""
        later, self.starts = np.unique(self.at_s[self.cut], return_index=True)
        """Equal times share one risk set, as in `risk_table`: everything from the first wait of the time on."""
        self.times: Array = np.append(self.at_s[self.uncut[-1]], later)
        """The last early one, and each later."""
        _, begins, sizes = np.unique([w.stratum for w in rows], return_index=True, return_counts=True)
        self.begin, self.size = np.repeat(begins, sizes), np.repeat(sizes, sizes).astype(float)
        """Of the stratum of each wait: its first place, and how many it has."""

    def column(self, t_s: float) -> int:
        """Of a curve: what holds just after t_s, which is not before the last early wait."""
        return int(np.searchsorted(self.times, t_s, side="right")) - 1


class Curves:
    """Some resamples, a row each; a curve is made only when a question needs it.

    Up to the first cut of ours every share is a plain proportion: a weighted count. After it, a column for each time.
    """

    def __init__(self, sample: Sample, drawn: Array) -> None:
        """`drawn`: how often each wait is in each resample."""
        self.sample, self.drawn = sample, drawn
        self.total: Array = drawn @ sample.weight

    def mean(self, of: Array | Flags) -> Array:
        """Weighted mean of something that each wait has."""
        return np.asarray(self.drawn @ (self.sample.weight * of) / self.total)

    def first(self, of: Array | Flags, *shares: float) -> list[Array]:
        """Times by which such shares of all are over in the way `of`; infinite if not by the first cut."""
        s = self.sample
        left = self.drawn.take(s.uncut, axis=1)
        left *= (s.weight * of)[s.uncut]
        left.cumsum(axis=1, out=left)
        return [_first(s.at_s[s.uncut], left >= (share * self.total)[:, None]) for share in shares]

    @cached_property
    def waiting(self) -> Array:
        """Share that still waits at the first cut, and after each later time (Kaplan–Meier)."""
        s = self.sample
        kept = np.clip(1 - self._left(s.ended) / self._risk, 0.0, 1.0)
        return np.column_stack([1 - self.mean(s.ended & s.early), kept]).cumprod(axis=1)

    @cached_property
    def human(self) -> Array:
        """Share with a human at the first cut, and after each later time (Aalen–Johansen)."""
        s = self.sample
        more = self._left(s.reached) / self._risk * self.waiting[:, :-1]
        return np.column_stack([self.mean(s.reached & s.early), more]).cumsum(axis=1)

    @cached_property
    def _risk(self) -> Array:
        """Weight that still waits just before each time after the first cut; 1 where nobody does."""
        s = self.sample
        risk: Array = (self.drawn[:, s.cut] * s.weight[s.cut])[:, ::-1].cumsum(axis=1)[:, ::-1][:, s.starts]
        risk[risk <= 0] = 1.0
        return risk

    def _left(self, of: Array | Flags) -> Array:
        """Weight of the waits of `of` that are over at each time after the first cut."""
        s = self.sample
        if not len(s.starts):
            return np.empty((len(self.drawn), 0))
        return np.add.reduceat(self.drawn[:, s.cut] * (s.weight * of)[s.cut], s.starts, axis=1)


Question = Callable[[Curves], Array]
"""Some resamples → what each of them says."""


def mean(c: Curves) -> Array:
    """Mean of waits that none of us cut."""
    return c.mean(c.sample.at_s)


def human_median(c: Curves) -> Array:
    """Time by which half of all callers have a human."""
    return _half(c, c.sample.reached, lambda: c.human)


def waiting_median(c: Curves) -> Array:
    """First time at which half or fewer still wait."""
    return _half(c, c.sample.ended, lambda: 1 - c.waiting)


def _half(c: Curves, of: Flags, share: Callable[[], Array]) -> Array:
    """Time by which half of all are over in the way `of`; `share`: of them, from the first cut on."""
    (early,) = c.first(of, 0.5 - ROUNDING)
    if not len(c.sample.starts):
        return early
    return np.minimum(early, _first(c.sample.times, share() >= 0.5 - ROUNDING))


def ended_median(c: Curves) -> Array:
    """Ordinary median of the waits, none of them cut: midway between the two middle ones."""
    lower, upper = c.first(c.sample.ended, 0.5 - ROUNDING, 0.5 + ROUNDING)
    return (lower + upper) / 2


def human_by(t_s: float) -> Question:
    """Share with a human at t_s."""

    def share(c: Curves) -> Array:
        if t_s < c.sample.times[0]:
            return c.mean(c.sample.reached & (c.sample.at_s <= t_s))
        return c.human[:, c.sample.column(t_s)]

    return share


def waiting_at(t_s: float) -> Question:
    """Share still waiting just after t_s."""

    def share(c: Curves) -> Array:
        if t_s < c.sample.times[0]:
            return 1 - c.mean(c.sample.ended & (c.sample.at_s <= t_s))
        return c.waiting[:, c.sample.column(t_s)]

    return share


def restricted_mean(tau_s: float) -> Question:
    """Mean of the waits cut at tau_s; the curve stays flat after its last time."""

    def area(c: Curves) -> Array:
        s = c.sample
        # Whoever leaves before the first cut has waited for so long; the others are under the curve from 0 on.
        edges = np.minimum([0.0, *s.times[1:], max(tau_s, float(s.times[-1]))], tau_s)
        return c.mean((s.ended & s.early) * np.minimum(s.at_s, tau_s)) + c.waiting @ np.diff(edges)

    return area


def resampled(waits: Sequence[WeightedWait], *questions: Question, alpha: float = ALPHA) -> list[Estimate]:
    """The answers of the sample with their bounds, in the order of the questions. ValueError without waits."""
    sample = Sample(waits)
    answers = [[ask(curves) for ask in questions] for curves in _drawn(sample)]
    return [_summary(np.concatenate(parts), alpha) for parts in zip(*answers, strict=True)]


def _drawn(sample: Sample) -> Iterator[Curves]:
    """The sample itself, then its resamples, drawn within each stratum."""
    n = len(sample.at_s)
    yield Curves(sample, np.ones((1, n)))
    resamples, most = RESAMPLES if n < MANY else FEWER, max(1, BLOCK // n)
    begin = sample.begin + np.arange(most)[:, None] * n
    members = np.empty((most, n), np.int64)
    for luck in _luck(n, resamples, most):
        which = members[: len(luck)]
        np.multiply(luck, sample.size, out=which, casting="unsafe")  # to the whole number below
        which += begin[: len(luck)]
        # Counting drawn members is several times faster than asking for multinomial counts.
        counts = np.bincount(which.ravel(), minlength=which.size)
        yield Curves(sample, counts.reshape(which.shape).astype(float))


def _luck(n: int, resamples: int, most: int) -> Iterator[Array]:
    """Numbers from 0 to 1, n for each resample; at most `most` resamples at once. The same ones for the same n."""
    rng = np.random.default_rng(SEED)
    for first in range(0, resamples, most):
        shape = min(most, resamples - first), n
        if n > USUAL:
            yield rng.random(shape)
        else:
            yield _kept()[first * n :][: shape[0] * n].reshape(shape)


@cache
def _kept() -> Array:
    """The first numbers of the seed."""
    return np.random.default_rng(SEED).random(RESAMPLES * USUAL)


def _first(times: Array, reached: Flags) -> Array:
    return np.where(reached[:, -1], times[reached.argmax(axis=1)], np.inf)


def _summary(figures: Array, alpha: float) -> Estimate:
    estimate = float(figures[0])
    ranked = np.sort(figures[1:])
    low, high = (float(ranked[round(q * (len(ranked) - 1))]) for q in (alpha / 2, 1 - alpha / 2))
    shown = (f if np.isfinite(f) else None for f in (estimate, min(low, estimate), max(high, estimate)))
    return Estimate(**dict(zip(("estimate", "low", "high"), shown, strict=True)))
