"""A rate from a tally: its sets counted, its interval, its bounds under doubt, its verdict. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exporters.counting import Key, by_number, by_stratum, fill, frame, total
from exporters.definitions import ENQUIRY, RateDefinition, Test, everything, undecided
from exporters.estimates import Correction, Rate, Share
from exporters.statistics.agreement import cohen_kappa
from exporters.statistics.anytime import anytime_interval
from exporters.statistics.clusters import Cluster, Clustered, clustered
from exporters.statistics.detector import corrected
from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import Interval, outer
from exporters.statistics.verdict import TargetVerdict, against, closed_gates
from exporters.statistics.weighted import StratumCount, Weighted, weighted
from exporters.statistics.wilson import wilson
from prober.attempt import Script
from prober.outcome import Who
from storage.tally import Cell, Review, Tally

NO_ENQUIRY = "every attempt stands alone: none is named as a try of an enquiry (up to three calls until a human)"
PLAIN, WEIGHTED, CLUSTERED = "clopper_pearson", "korn_graubard", "korn_graubard_over_numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """Estimate with both intervals, weighted or not, and the sizes behind them."""

    estimate: float
    interval: Interval
    chart: Interval
    n: int
    n_effective: float
    variance: float
    """Of the estimate; 0 also where one attempt cannot show any."""
    df: int
    method: str
    by_number: Clustered | None = None
    deff: float = 1.0
    """Attempts over `n_effective`: how many of them are worth one independent attempt."""


def proportion(tally: Tally, definition: RateDefinition, counted: Test) -> Proportion | None:
    """Share of `counted` in the definition's denominator; None for an empty denominator."""
    return proportions(tally, definition, counted)[0]


def proportions(
    tally: Tally, definition: RateDefinition, *counted: Test, inside: Sequence[Cell] | None = None
) -> list[Proportion | None]:
    """The same for several numerators of one denominator, which is looked for once; `inside`: its cells, if known."""
    inside = _inside(tally, definition) if inside is None else inside
    n = total(inside, everything)
    if n == 0:
        return [None for _ in counted]
    strata = frame(tally, definition.base) if tally.strata else ()
    sizes = by_stratum(inside, everything) if strata else {}
    return [_proportion(inside, n, strata, sizes, test) for test in counted]


def _inside(tally: Tally, definition: RateDefinition) -> Sequence[Cell]:
    return [c for c in tally.cells if definition.in_denominator(c)]


def _proportion(
    inside: Sequence[Cell], n: int, strata: Sequence[StratumCount], sizes: Mapping[Key, int], counted: Test
) -> Proportion:
    x = total(inside, counted)
    if any(c.number for c in inside):
        return _over_numbers(inside, n, counted)
    strata = fill(strata, sizes, by_stratum(inside, counted)) if strata else ()
    got = weighted(strata)
    if got is None:
        return Proportion(
            estimate=x / n,
            interval=clopper_pearson(x, n),
            chart=wilson(x, n),
            n=n,
            n_effective=n,
            variance=x / n * (1 - x / n) / max(n - 1, 1),
            df=n - 1,
            method=PLAIN,
        )
    return _as_designed(got, n, WEIGHTED)


def _over_numbers(inside: Sequence[Cell], n: int, counted: Test) -> Proportion:
    """The numbers called are a sample of more: what is known is how much they differ (measure.md §4.3 b)."""
    sizes, reached = by_number(inside, everything), by_number(inside, counted)
    got = clustered([Cluster(name=number, n=size, x=reached[number]) for number, size in sizes.items()])
    x = total(inside, counted)
    if got is None:  # of one number nothing says how others are
        alone = Interval(low=0.0, high=1.0)
        return Proportion(
            estimate=x / n,
            interval=alone,
            chart=alone,
            n=n,
            n_effective=1,
            variance=0.0,
            df=0,
            method=CLUSTERED,
            deff=float(n),
        )
    return replace(_as_designed(got, n, CLUSTERED), by_number=got)


def _as_designed(got: Weighted | Clustered, n: int, method: str) -> Proportion:
    """What an estimator that knows how the calls were drawn says of n of them."""
    return Proportion(
        estimate=got.estimate,
        interval=got.verdict_interval,
        chart=got.chart_interval,
        n=n,
        n_effective=min(got.n_effective, n),
        variance=got.variance,
        df=got.df,
        method=method,
        deff=got.deff,
    )


def by_day(tally: Tally, script: Script) -> Clustered | None:
    """The human rate of a script over days: what it would be worth if a day were one draw (measure.md §4.3)."""
    here = [d for d in tally.days if d.script is script or d.direct_counts]
    n: Counter[str] = Counter()
    x: Counter[str] = Counter()
    for d in here:
        n[d.day] += d.n
        x[d.day] += d.x
    return clustered([Cluster(name=day, n=size, x=x[day]) for day, size in n.items()])


def share(tally: Tally, definition: RateDefinition) -> Share:
    """The rate alone, without bounds under doubt or verdict."""
    got = proportion(tally, definition, definition.counted)
    return Share(
        numerator=total(tally.cells, definition.in_numerator),
        denominator=total(tally.cells, definition.in_denominator),
        estimate=got.estimate if got else None,
        low=got.interval.low if got else None,
        high=got.interval.high if got else None,
    )


def rate(tally: Tally, definition: RateDefinition, target: float | None, *, running: bool = False) -> Rate:
    """Everything that is said of one rate; no verdict while the period is `running`."""
    missing = sorted(definition.needs & tally.unknown)
    if missing:
        return _silent(definition, None, target, f"the attempts have no column {', '.join(missing)}")
    inside = _inside(tally, definition)
    n, x = total(inside, everything), total(inside, definition.counted)
    doubtful = total(inside, undecided) if definition.open_to_undecided else 0
    # Where nobody is in doubt the least and the most are the same.
    doubt: tuple[Test, ...] = (lambda c: definition.counted(c) or undecided(c),) if doubtful else ()
    got = proportions(tally, definition, definition.counted, *doubt, inside=inside)
    least, most = got[0], got[-1]
    if least is None or most is None:
        return _silent(definition, 0, target, "no attempt in the denominator")
    bounds = outer(least.interval, most.interval)
    worst, best = (least, most) if definition.good else (most, least)
    raw: TargetVerdict | None = None
    gates: tuple[str, ...] = ()
    early: Interval | None = None
    if target is not None:
        if running:
            early = outer(anytime_interval(x, n), anytime_interval(x + doubtful, n))
        raw = against(bounds, target)
        own = total(tally.cells, lambda c: c.outcome.who is Who.OWN) / total(tally.cells, everything)
        gates = closed_gates(n=n, df=least.df, undecided=doubtful / n, own=own, running=running)
    return Rate(
        code=definition.code,
        identifier=definition.identifier,
        label_fr=definition.label_fr,
        numerator=x,
        denominator=n,
        estimate=least.estimate,
        low=bounds.low,
        high=bounds.high,
        method=least.method,
        deff=least.deff,
        by_number=least.by_number,
        chart=least.chart,
        chart_most=most.chart,
        early=early,
        undecided=doubtful,
        worst=worst.estimate,
        best=best.estimate,
        target=target,
        raw_verdict=raw,
        verdict=TargetVerdict.INSUFFICIENT if gates else raw,
        gates=gates,
    )


def correction(review: Review, got: Rate, n_effective: float) -> Correction:
    """A human rate without the errors of the detector, as far as the review can correct it."""
    humans = review.human_found + review.human_missed
    others = review.other_confirmed + review.other_taken_for_human
    said = Correction(
        reviewed=humans + others,
        humans=humans,
        humans_found=review.human_found,
        others_confirmed=review.other_confirmed,
        **_read_twice(review),
    )
    better = corrected(
        (got.estimate or 0.0) * n_effective,
        n_effective,
        sensitive=(review.human_found, humans),
        specific=(review.other_confirmed, others),
    )
    if better is None:
        return said
    return replace(
        said,
        estimate=better.estimate,
        low=better.interval.low,
        high=better.interval.high,
        sensitivity=better.sensitivity,
        specificity=better.specificity,
    )


def _read_twice(review: Review) -> dict[str, Any]:
    """How far two reviewers agree; nothing where none read an attempt of another."""
    words = {
        ("human", "human"): review.both_human,
        ("human", "other"): review.only_first_human,
        ("other", "human"): review.only_last_human,
        ("other", "other"): review.both_other,
    }
    got = cohen_kappa([pair for pair, n in words.items() for _ in range(n)])
    if got is None:
        return {}
    return {"read_twice": got.n, "agreed": got.agreed, "kappa": got.kappa}


def enquiry_rate(tally: Tally) -> Rate:
    """K14: a plain share of enquiries, which have no strata."""
    enquiries = tally.enquiries
    if enquiries is None or enquiries.total == 0:
        return _silent(ENQUIRY, None, None, NO_ENQUIRY)
    x, n = enquiries.reached, enquiries.total
    exact = clopper_pearson(x, n)
    return Rate(
        code=ENQUIRY.code,
        identifier=ENQUIRY.identifier,
        label_fr=ENQUIRY.label_fr,
        numerator=x,
        denominator=n,
        estimate=x / n,
        low=exact.low,
        high=exact.high,
        method=PLAIN,
        chart=wilson(x, n),
        worst=x / n,
        best=x / n,
    )


def _silent(definition: RateDefinition, n: int | None, target: float | None, reason: str) -> Rate:
    """A rate that cannot be said."""
    return Rate(
        code=definition.code,
        identifier=definition.identifier,
        label_fr=definition.label_fr,
        numerator=n,
        denominator=n,
        target=target,
        verdict=None if target is None else TargetVerdict.INSUFFICIENT,
        gates=() if target is None else (reason,),
        reason=reason,
    )
