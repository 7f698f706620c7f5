"""Estimates and attempts → Report. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from exporters.estimates import Estimates, Rate
from exporters.report.figures import interval_bar, waiting_curve
from exporters.report.model import AttemptLine, Figure, OutcomeLine, Report
from exporters.report.words import MONTHS, OUTCOMES, SCRIPTS, VERDICTS, WHO, percent, seconds
from exporters.statistics.incidence import aalen_johansen
from prober.outcome import Outcome, Who
from storage.mapping import JudgedAttempt

SHOWN = (
    "agent_pickup_rate",
    "human_reach_rate",
    "technical_pickup_rate",
    "agent_pickup_rate_queued",
    "dissuasion_rate",
)
HORIZONS_S = (180.0, 300.0, 600.0)
CENSORED = frozenset({Outcome.QUEUE_TIMEOUT, Outcome.INDETERMINATE})


def build_report(
    *,
    service_id: str,
    name: str,
    numbers: Sequence[str],
    zone: str,
    month: date,
    estimates: Estimates,
    attempts: Sequence[JudgedAttempt],
    simulated: bool,
    version: str,
    rules_version: str,
) -> Report:
    """A service's month as a reader sees it. `attempts`: every attempt of the month, those excluded too."""
    counted = [a for a in attempts if a.verdict.outcome.in_service_denominator]
    curve, within, median_wait = _waits(counted, estimates.t_max_s)
    return Report(
        service_id=service_id,
        name=name,
        numbers=tuple(numbers),
        month=f"{month:%Y-%m}",
        month_words=f"{MONTHS[month.month - 1]} {month.year}",
        simulated=simulated,
        t_max=seconds(estimates.t_max_s),
        figures=tuple(_figure(k) for i in SHOWN if isinstance(k := estimates.kpis.get(i), Rate)),
        outcomes=tuple(
            OutcomeLine(
                outcome=o.value,
                words=OUTCOMES[o],
                who=WHO[o.who],
                n=estimates.outcomes.get(o.value, 0),
                counted=o.in_service_denominator,
            )
            for o in Outcome
        ),
        made=len(attempts),
        counted=len(counted),
        excluded=tuple(
            (OUTCOMES[o], n)
            for o in Outcome
            if not o.in_service_denominator and (n := estimates.outcomes.get(o.value, 0))
        ),
        curve=curve,
        reached_within=within,
        median_wait=median_wait,
        attempts=tuple(_line(a, ZoneInfo(zone)) for a in attempts),
        version=version,
        rules_version=rules_version,
        agent_seconds=round(
            sum((a.milestones.t_end or 0) - a.milestones.t_human for a in attempts if a.milestones.t_human is not None),
            1,
        ),
    )


def _figure(rate: Rate) -> Figure:
    n, x = rate.denominator or 0, rate.numerator or 0
    drawn = rate.estimate is not None and rate.low is not None and rate.high is not None and n >= 10
    interval = f"entre {percent(rate.low, n)} et {percent(rate.high, n)}" if drawn else "trop peu d'appels"
    verdict = rate.verdict
    words = VERDICTS[verdict] if verdict else ("sans objectif" if rate.target is None else VERDICTS["insufficient"])
    picture = ""
    if drawn and rate.estimate is not None and rate.low is not None and rate.high is not None:
        title = f"{rate.label_fr} : {percent(rate.estimate, n)}, {interval}"
        picture = interval_bar(rate.estimate, rate.low, rate.high, rate.target, title)
    return Figure(
        identifier=rate.identifier,
        label=rate.label_fr,
        x=x,
        n=n,
        percent=percent(rate.estimate, n),
        interval=interval,
        target=None if rate.target is None else f"{round(100 * rate.target)} %",
        verdict=verdict,
        verdict_words=words,
        undecided=rate.undecided,
        picture=picture,
    )


def _waits(counted: Sequence[JudgedAttempt], t_max_s: float) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """The curve, the shares reached within each horizon, and the median wait of those reached."""
    if not counted:
        return "", (), "–"
    curve = aalen_johansen([_end_s(a, t_max_s) for a in counted], [_event(a) for a in counted])
    points = [(step.at_s, step.human, step.service) for step in curve.steps]
    horizons = sorted({h for h in HORIZONS_S if h < t_max_s} | {t_max_s})
    n = len(counted)
    within = tuple(
        (seconds(h), percent(share, n) if n >= 10 else f"{round(share * n)} sur {n}")
        for h in horizons
        for share in (curve.at(h).human,)
    )
    reached = sorted(_end_s(a, t_max_s) for a in counted if _event(a) == 1)
    title = "Part des appels avec un agent, terminés par le service, ou encore en attente, selon le temps"
    return waiting_curve(points, t_max_s, title), within, seconds(median(reached) if reached else None)


def _event(attempt: JudgedAttempt) -> int:
    """1 a human, 2 ended by the service, 0 ended by us (decisions.md 20)."""
    outcome = attempt.verdict.outcome
    if outcome is Outcome.HUMAN:
        return 1
    return 0 if outcome in CENSORED else 2


def _end_s(attempt: JudgedAttempt, t_max_s: float) -> float:
    m = attempt.milestones
    at_s = m.t_human if attempt.verdict.outcome is Outcome.HUMAN and m.t_human is not None else m.t_end
    return min(at_s if at_s is not None else t_max_s, t_max_s)


def _line(a: JudgedAttempt, zone: ZoneInfo) -> AttemptLine:
    m, outcome = a.milestones, a.verdict.outcome
    at = (a.invite_at or a.attempt.due_at).astimezone(zone)
    return AttemptLine(
        attempt_id=a.attempt.id,
        at=f"{at:%d/%m/%Y %H:%M:%S}",
        script=SCRIPTS[a.attempt.script.value],
        outcome=outcome.value,
        words=OUTCOMES[outcome],
        rule_id=a.verdict.rule_id,
        answered=seconds(m.t_answer),
        human=seconds(m.t_human),
        lasted=seconds(m.t_end),
        counted=outcome.who not in (Who.OWN, Who.NETWORK),
    )
