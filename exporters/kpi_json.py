"""Estimates as plain data for JSON: the same keys for every KPI, then those of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from exporters.estimates import Delay, Estimates, Rate, Share
from exporters.statistics.clusters import Clustered

Ids = Sequence[int | str]
AttemptIds = Callable[[str], tuple[Ids, Ids]]
"""KPI identifier → ids of the attempts in its denominator, and in its numerator."""

DIGITS = 9


def as_json(estimates: Estimates, attempt_ids: AttemptIds) -> dict[str, object]:
    """{"kpis": {identifier: {...}}} in the order K1 to K14; figures rounded to nine digits."""
    return {"kpis": {i: _kpi(kpi, estimates.t_max_s, *attempt_ids(i)) for i, kpi in estimates.kpis.items()}}


def _kpi(kpi: Rate | Delay, t_max_s: float, members: Ids, successes: Ids) -> dict[str, object]:
    first: dict[str, object] = {
        "code": kpi.code,
        "label_fr": kpi.label_fr,
        "numerator": kpi.numerator,
        "denominator": kpi.denominator,
        "estimate": _round(kpi.estimate),
        "low": _round(kpi.low),
        "high": _round(kpi.high),
        "method": kpi.method,
        "target": kpi.target if isinstance(kpi, Rate) else None,
        "raw_verdict": kpi.raw_verdict if isinstance(kpi, Rate) else None,
        "verdict": kpi.verdict if isinstance(kpi, Rate) else None,
        "reason": kpi.reason,
        "t_max_s": t_max_s,
    }
    return {**first, **(_rate(kpi) if isinstance(kpi, Rate) else _delay(kpi)), "attempt_ids": list(members)} | (
        {"numerator_ids": list(successes)} if isinstance(kpi, Rate) else {}
    )


def _rate(rate: Rate) -> dict[str, object]:
    chart = {"low": _round(rate.chart.low), "high": _round(rate.chart.high), "method": "wilson"} if rate.chart else None
    early = {"low": _round(rate.early.low), "high": _round(rate.early.high)} if rate.early else None
    return {
        "deff": _round(rate.deff),
        "gates": list(rate.gates),
        "undecided": rate.undecided,
        "worst": _round(rate.worst),
        "best": _round(rate.best),
        "corrected": None if rate.corrected is None else _rounded(asdict(rate.corrected)),
        "chart": chart,
        **({"by_number": _clusters(rate.by_number, "numbers")} if rate.by_number else {}),
        **({"by_day": _clusters(rate.by_day, "days")} if rate.by_day else {}),
        **({"early": {**early, "method": "anytime_valid"}} if early else {}),
        **({"pessimistic": _share(rate.pessimistic)} if rate.pessimistic else {}),
        **({"by_script": {script: _share(s) for script, s in rate.by_script.items()}} if rate.by_script else {}),
    }


def _clusters(c: Clustered, kind: str) -> dict[str, object]:
    """`deff_to_plan` is what `plan-size --deff` takes for a next month like this one."""
    alike = {"icc": c.icc, "deff": c.deff, "deff_to_plan": c.deff_from_icc}
    return {kind: c.df + 1, **_rounded({**alike, "low": c.verdict_interval.low, "high": c.verdict_interval.high})}


def _delay(delay: Delay) -> dict[str, object]:
    by_script = {
        script: {"denominator": d.denominator, "numerator": d.numerator, "reason": d.reason}
        | _rounded({"estimate": d.estimate, "low": d.low, "high": d.high})
        | _delay(d)
        for script, d in delay.by_script.items()
    }
    return {
        "points": {t_s: _rounded(asdict(point)) for t_s, point in delay.points.items()},
        "details": _rounded(delay.details),
        **({"by_script": by_script} if by_script else {}),
    }


def _share(share: Share) -> dict[str, object]:
    return _rounded(asdict(share))


def _rounded(figures: Mapping[str, float | None]) -> dict[str, object]:
    return {name: _round(figure) for name, figure in figures.items()}


def _round(figure: float | None) -> float | None:
    return round(figure, DIGITS) if isinstance(figure, float) else figure
