"""Delays from a tally: K4 to K7, plain or weighted. Seconds; the shape is that of decisions.md 19. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from statistics import fmean, median

from scipy.special import ndtri

from exporters.counting import Key, fill, frame, times_by_stratum, total, weighted_waits
from exporters.definitions import PICKUP_TIME, POST_DIAL, QUEUE_TIME, DelayDefinition, both, for_the_service
from exporters.estimates import Delay, Point
from exporters.statistics import resampling
from exporters.statistics.effective import worth_by_weights
from exporters.statistics.exact import clopper_pearson
from exporters.statistics.incidence import ROUNDING, Incidence, aalen_johansen
from exporters.statistics.interval import ALPHA, Interval
from exporters.statistics.quantile import mean_interval, median_interval, quantile
from exporters.statistics.survival import Survival, kaplan_meier
from exporters.statistics.weighted import StratumCount, Weighted, weighted
from storage.tally import Ending, Tally, Times

HORIZONS_S = (180.0, 300.0, 600.0)


def post_dial_delay(tally: Tally) -> Delay:
    """K4: mean time to the first ringing, with Student's t; weighted, with a bootstrap."""
    times = _held(tally.alert_times)
    values, reason = _values(times), _missing(tally, POST_DIAL, times)
    if reason:
        return _delay(POST_DIAL, values, reason=reason)
    strata = frame(tally, for_the_service)
    if strata:
        (got,) = resampling.resampled(weighted_waits(strata, times), resampling.mean)
        bounds = (got.estimate, got.low, got.high)
        return _delay(POST_DIAL, values, bounds, method="weighted_mean_bootstrap")
    return _delay(POST_DIAL, values, _around(fmean(values), mean_interval(values)), method="mean_student_t")


def pickup_time(tally: Tally) -> Delay:
    """K5: median and ninth decile of the time to an answer, whoever or whatever answers."""
    times = _held(tally.answer_times)
    values, reason = _values(times), _missing(tally, PICKUP_TIME, times)
    if reason:
        return _delay(PICKUP_TIME, values, reason=reason)
    details = {"p90": quantile(values, 0.9)}
    strata = frame(tally, for_the_service)
    if strata:
        (got,) = resampling.resampled(weighted_waits(strata, times), resampling.ended_median)
        bounds = (got.estimate, got.low, got.high)
        return _delay(PICKUP_TIME, values, bounds, method="weighted_median_bootstrap", details=details)
    middle = _around(median(values), median_interval(values))
    return _delay(PICKUP_TIME, values, middle, method="median_order_statistics", details=details)


def human_time(tally: Tally, definition: DelayDefinition) -> Delay:
    """K6: median over *all* callers of the time to a human, and the shares reached within 3, 5 and 10 minutes."""
    callers = {(c.service, c.script, c.stratum) for c in tally.cells if definition.in_denominator(c)}
    times = [t for t in _held(tally.human_times) if (t.service, t.script, t.stratum) in callers]
    values, reason = _values(times), _missing(tally, definition, times)
    if reason:
        return _delay(definition, values, reason=reason)
    strata = frame(tally, both(for_the_service, definition.among))
    if strata:
        (middle,), points = _weighted_curve(tally, strata, times, resampling.human_median)
        bounds = (middle.estimate, middle.low, middle.high)
    else:
        curve = _curve(times)
        bounds = (curve.median_s(), *curve.median_interval_s())
        points = _plain_curve(tally, curve, _waiting(times))
    reached = [at_s for t in times if t.ending is Ending.HUMAN for at_s in t.at_s]
    got = _delay(
        definition,
        values,
        bounds,
        method="weighted_aalen_johansen_bootstrap" if strata else "aalen_johansen",
        numerator=len(reached),
        points=points,
        details={"median_among_reached": median(reached) if reached else None},
    )
    never = "fewer than half of the callers reached a human, so their median time is not known"
    return replace(got, reason=never) if got.estimate is None else got


def queue_time(tally: Tally) -> Delay:
    """K7: mean time spent in the queue, cut at T_max, over all who entered it (restricted mean).

    The wait is over when a human speaks or when the service ends the call: only our own hang-up cuts it, as
    Kaplan–Meier requires (measure.md §4.7). Who was reached is in the points, who was dropped in K9.
    """
    times = _held(tally.queue_times)
    values, reason = _values(times), _missing(tally, QUEUE_TIME, times)
    if reason:
        return _delay(QUEUE_TIME, values, reason=reason)
    strata = frame(tally, for_the_service)
    if strata:
        questions = (resampling.restricted_mean(tally.t_max_s), resampling.waiting_median)
        (got, half_left), points = _weighted_curve(tally, strata, times, *questions)
        bounds = (got.estimate, got.low, got.high)
        middle = (half_left.estimate, half_left.low, half_left.high)
    else:
        waiting = _waiting(times)
        mean, se = waiting.restricted_mean_s(tally.t_max_s)
        half = float(ndtri(1 - ALPHA / 2)) * se
        bounds = (mean, max(0.0, mean - half), min(tally.t_max_s, mean + half))
        middle = (waiting.median_s(), *waiting.median_interval_s())
        points = _plain_curve(tally, _curve(times), waiting)
    return _delay(
        QUEUE_TIME,
        values,
        bounds,
        method="weighted_restricted_mean_bootstrap" if strata else "kaplan_meier_restricted_mean",
        numerator=sum(len(t.at_s) for t in times if t.ending is Ending.HUMAN),
        points=points,
        details=dict(zip(("median", "median_low", "median_high"), middle, strict=True)),
    )


def without_bounds(delay: Delay) -> Delay:
    """The same over a sample of numbers: how alike the waits of one number are is not known, so no bound is true."""
    return replace(
        delay,
        low=None,
        high=None,
        points={
            t_s: replace(p, low=None, high=None, waiting_low=None, waiting_high=None) for t_s, p in delay.points.items()
        },
        details={name: s for name, s in delay.details.items() if not name.endswith(("_low", "_high"))},
        by_script={script: without_bounds(d) for script, d in delay.by_script.items()},
    )


def _weighted_curve(
    tally: Tally, strata: tuple[StratumCount, ...], times: Sequence[Times], *questions: resampling.Question
) -> tuple[list[resampling.Estimate], Mapping[str, Point]]:
    """The answers to the questions, and the points of the curve.

    Until we cut a wait the shares are proportions, with the intervals of proportions; after that they are resampled.
    """
    first_cut_s = min((t.at_s[0] for t in times if t.ending is Ending.OURS), default=inf)
    early = [t_s for t_s in _horizons(tally) if t_s <= first_cut_s]
    late = [t_s for t_s in _horizons(tally) if t_s > first_cut_s]
    shares = [share(t_s) for t_s in late for share in (resampling.human_by, resampling.waiting_at)]
    waits = weighted_waits(strata, times)
    found = resampling.resampled(waits, *questions, *shares)
    answers, found = found[: len(questions)], found[len(questions) :]
    points = [_proportions_point(strata, times, t_s) for t_s in early]
    worth = worth_by_weights((w.weight, 1) for w in waits)
    points += [_resampled_point(human, left, worth) for human, left in zip(found[::2], found[1::2], strict=True)]
    return answers, {f"{t_s:g}": point for t_s, point in zip(early + late, points, strict=True)}


def _horizons(tally: Tally) -> list[float]:
    return sorted({*(h for h in HORIZONS_S if h <= tally.t_max_s), tally.t_max_s})


def _plain_curve(tally: Tally, curve: Incidence, waiting: Survival) -> Mapping[str, Point]:
    return {f"{t_s:g}": _plain_point(t_s, curve, waiting) for t_s in _horizons(tally)}


def _plain_point(t_s: float, curve: Incidence, waiting: Survival) -> Point:
    plain, bounds, left = curve.at(t_s), curve.interval(t_s), _waiting_interval(t_s, curve, waiting)
    return Point(
        estimate=plain.human,
        low=bounds.low,
        high=bounds.high,
        ended_by_service=plain.service,
        still_waiting=plain.waiting,
        waiting_low=left.low,
        waiting_high=left.high,
    )


def _resampled_point(human: resampling.Estimate, waiting: resampling.Estimate, worth: float) -> Point:
    reached, left = (round(e.estimate or 0.0, 12) for e in (human, waiting))
    among, still = _bounds(human, reached, worth), _bounds(waiting, left, worth)
    return Point(
        estimate=reached,
        low=among.low,
        high=among.high,
        ended_by_service=max(0.0, 1 - reached - left),
        still_waiting=left,
        waiting_low=still.low,
        waiting_high=still.high,
    )


def _bounds(found: resampling.Estimate, share: float, worth: float) -> Interval:
    """Of the resamples; of none or all, where they are all alike, exact ones at what the waits are worth."""
    if 0 < share < 1 and found.low is not None and found.high is not None:
        return Interval(low=found.low, high=found.high)
    return clopper_pearson(share * worth, worth)


def _proportions_point(strata: tuple[StratumCount, ...], times: Sequence[Times], t_s: float) -> Point:
    n = times_by_stratum(times)
    reached, left = (
        times_by_stratum((t for t in times if t.ending is ending), by_s=t_s)
        for ending in (Ending.HUMAN, Ending.SERVICE)
    )
    human, service, still = (_weighted_share(strata, n, x) for x in (reached, left, n - reached - left))
    return Point(
        estimate=human.estimate,
        low=human.verdict_interval.low,
        high=human.verdict_interval.high,
        ended_by_service=service.estimate,
        still_waiting=still.estimate,
        waiting_low=still.verdict_interval.low,
        waiting_high=still.verdict_interval.high,
    )


def _weighted_share(strata: tuple[StratumCount, ...], n: Mapping[Key, int], x: Mapping[Key, int]) -> Weighted:
    got = weighted(fill(strata, n, x))
    if got is None:
        raise ValueError("a share needs waits")
    return got


def _waiting(times: Iterable[Times]) -> Survival:
    """Kaplan–Meier of the waits: over when a human speaks or the service ends the call, cut only by us."""
    rows = [(at_s, t.ending is not Ending.OURS) for t in times for at_s in t.at_s]
    return kaplan_meier([at_s for at_s, _ in rows], [over for _, over in rows])


def _waiting_interval(t_s: float, curve: Incidence, waiting: Survival) -> Interval:
    """Bounds of the share still waiting: exact while nothing was cut before, log-log after."""
    share = curve.at(t_s).waiting
    if t_s <= curve.first_cut_s or not ROUNDING < share < 1 - ROUNDING:
        return clopper_pearson(min(round(share * curve.n, 6), curve.n), curve.n)
    return waiting.interval(t_s)


def _held(times: Iterable[Times]) -> list[Times]:
    """The times in an order of their own, whatever the order of the feeder."""
    return sorted((t for t in times if t.at_s), key=lambda t: (t.service, t.script, t.stratum, t.ending or 0))


def _values(times: Iterable[Times]) -> list[float]:
    return [at_s for t in times for at_s in t.at_s]


def _curve(times: Iterable[Times]) -> Incidence:
    rows = [(at_s, int(t.ending or Ending.OURS)) for t in times for at_s in t.at_s]
    return aalen_johansen([at_s for at_s, _ in rows], [ending for _, ending in rows])


def _around(estimate: float, bounds: Interval | None) -> tuple[float, float | None, float | None]:
    return (estimate, bounds.low, bounds.high) if bounds else (estimate, None, None)


def _missing(tally: Tally, definition: DelayDefinition, times: Iterable[Times]) -> str | None:
    """Why the delay cannot be said."""
    unknown = sorted(definition.needs & tally.unknown)
    if unknown:
        return f"the attempts have no column {', '.join(unknown)}"
    n, timed = total(tally.cells, definition.in_denominator), len(_values(times))
    if n == 0:
        return "no attempt in the denominator"
    return None if timed == n else f"{n - timed} of {n} attempts lack the time"


def _delay(
    definition: DelayDefinition,
    values: list[float],
    bounds: tuple[float | None, float | None, float | None] = (None, None, None),
    *,
    method: str | None = None,
    numerator: int | None = None,
    points: Mapping[str, Point] | None = None,
    details: Mapping[str, float | None] | None = None,
    reason: str | None = None,
) -> Delay:
    estimate, low, high = bounds
    return Delay(
        code=definition.code,
        identifier=definition.identifier,
        label_fr=definition.label_fr,
        denominator=None if reason else len(values),
        numerator=numerator,
        estimate=estimate,
        low=low,
        high=high,
        method=method,
        points=points or {},
        details=details or {},
        reason=reason,
    )
