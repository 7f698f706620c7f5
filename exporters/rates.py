"""A rate from a tally: its sets counted, its interval, its bounds under doubt, its verdict. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporters.counting import Key, by_stratum, fill, frame, total
from exporters.definitions import ENQUIRY, RateDefinition, Test, everything, undecided
from exporters.estimates import Correction, Rate, Share
from exporters.statistics.anytime import anytime_interval
from exporters.statistics.detector import corrected_estimated
from exporters.statistics.exact import clopper_pearson
from exporters.statistics.interval import Interval
from exporters.statistics.undecided import outer
from exporters.statistics.verdict import TargetVerdict, against, closed_gates
from exporters.statistics.weighted import StratumCount, weighted
from exporters.statistics.wilson import wilson
from prober.outcome import Who
from storage.tally import Cell, Review, Tally

NO_ENQUIRY = "every attempt stands alone: none is named as a try of an enquiry (up to three calls until a human)"
PLAIN, WEIGHTED = "clopper_pearson", "korn_graubard"


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
    return Proportion(
        estimate=got.estimate,
        interval=got.verdict_interval,
        chart=got.chart_interval,
        n=n,
        n_effective=min(got.n_effective, n),
        variance=got.variance,
        df=got.df,
        method=WEIGHTED,
    )


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
    tests = (definition.counted, lambda c: definition.counted(c) or undecided(c))
    # Where nobody is in doubt both are the same.
    least, *rest = proportions(tally, definition, *tests[: 2 if doubtful else 1], inside=inside)
    most = rest[0] if rest else least
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
        chart=least.chart,
        early=early,
        undecided=doubtful,
        worst=worst.estimate,
        best=best.estimate,
        target=target,
        raw_verdict=raw,
        verdict=TargetVerdict.INSUFFICIENT if gates else raw,
        gates=gates,
    )


def correction(review: Review | None, got: Rate, n_effective: float) -> Correction | None:
    """A human rate without the errors of the detector; None without a review that can correct."""
    if review is None or got.estimate is None:
        return None
    humans = review.human_found + review.human_missed
    others = review.other_confirmed + review.other_taken_for_human
    corrected = corrected_estimated(
        got.estimate * n_effective,
        n_effective,
        sensitive=(review.human_found, humans),
        specific=(review.other_confirmed, others),
    )
    if corrected is None:
        return None
    return Correction(
        estimate=corrected.estimate,
        low=corrected.interval.low,
        high=corrected.interval.high,
        sensitivity=corrected.sensitivity,
        specificity=corrected.specificity,
        reviewed=humans + others,
    )


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
