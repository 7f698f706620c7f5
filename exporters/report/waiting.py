"""Where the callers are as time goes by, per script, and what they were told of the wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from statistics import median

from exporters import definitions as d
from exporters.counting import frame, weighted_waits
from exporters.report.model import AttemptLine, CurvePoint, Waits
from exporters.statistics.resampling import WeightedWait
from exporters.statistics.risk_table import HUMAN, OURS
from prober.attempt import Script
from prober.outcome import Outcome
from storage.tally import Ending, Tally

SIDES = {Script.AGENT: d.agent, Script.OPTOUT: d.optout}


def curves_of(tally: Tally) -> dict[Script, tuple[CurvePoint, ...]]:
    """The waiting curve of both scripts, with the weights of the plan; a script without calls has none."""
    return {script: curve for script, among in SIDES.items() if (curve := _curve(tally, among))}


def _curve(tally: Tally, among: d.Test) -> tuple[CurvePoint, ...]:
    called = {(c.service, c.script, c.stratum) for c in tally.cells if d.for_the_service(c) and among(c)}
    times = [t for t in tally.human_times if t.at_s and (t.service, t.script, t.stratum) in called]
    strata = frame(tally, d.both(d.for_the_service, among))
    if strata:
        waits = weighted_waits(strata, times)
    else:
        waits = [
            WeightedWait(at_s=at_s, ending=int(t.ending or Ending.OURS), stratum="", weight=1.0)
            for t in times
            for at_s in t.at_s
        ]
    return shares(waits) if waits else ()


def shares(waits: Sequence[WeightedWait]) -> tuple[CurvePoint, ...]:
    """Aalen–Johansen with weights: the shares after each time at which something ended; ties share one risk set."""
    points = [CurvePoint(at_s=0.0, human=0.0, ended=0.0, waiting=1.0)]
    at_risk = sum(w.weight for w in waits)
    for at_s, group in groupby(sorted(waits, key=lambda w: w.at_s), key=lambda w: w.at_s):
        here = list(group)
        human = sum(w.weight for w in here if w.ending == HUMAN)
        ended = sum(w.weight for w in here if w.ending not in (HUMAN, OURS))
        last = points[-1]
        if human + ended and at_risk > 0:
            gone = last.waiting / at_risk
            points.append(
                CurvePoint(
                    at_s=at_s,
                    human=last.human + gone * human,
                    ended=last.ended + gone * ended,
                    waiting=max(0.0, last.waiting - gone * (human + ended)),
                )
            )
        at_risk -= sum(w.weight for w in here)
    return tuple(points)


def waits_of(lines: Sequence[AttemptLine]) -> Waits:
    """Announced waits beside lived ones, in the attempts that count."""
    counted = [line for line in lines if line.outcome.in_service_denominator]
    told = [
        (line.announced_wait_s, lived)
        for line in counted
        if line.announced_wait_s is not None and line.t_queue is not None
        for lived in [_lived_s(line, line.t_queue)]
        if lived is not None
    ]
    return Waits(
        announced=len(told),
        announced_median_s=median(said for said, _ in told) if told else None,
        lived_median_s=median(lived for _, lived in told) if told else None,
        longer_than_announced=sum(lived > said for said, lived in told),
        callback_offered=sum("callback_offered" in line.flags for line in counted),
    )


def _lived_s(line: AttemptLine, since_s: float) -> float | None:
    until_s = line.t_human if line.outcome is Outcome.HUMAN else line.t_end
    return None if until_s is None else max(0.0, until_s - since_s)
