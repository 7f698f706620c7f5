"""Tally, estimates and attempts of a service's month → Report. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from exporters.estimates import Estimates, Rate
from exporters.report.grid import grid_of
from exporters.report.lost import facts_of, funnel_of, incidents_of
from exporters.report.model import (
    AttemptLine,
    Change,
    DeclaredLine,
    Described,
    Method,
    Provisional,
    Report,
    StratumLine,
)
from exporters.report.rejudged import rejudged_of
from exporters.report.rows import lines_of
from exporters.report.shown import shown_of
from exporters.report.waiting import curves_of, waits_of
from exporters.report.without import without_of
from exporters.statistics.comparison import Difference, mover
from prober.attempt import Profile
from prober.outcome import Outcome, Who
from prober.verdict import Verdict
from storage.declared import Declared
from storage.mapping import JudgedAttempt
from storage.tally import Tally

JUDGED = ("agent_pickup_rate", "human_reach_rate")
"""The two rates with a target: K2 and K3."""


def build_report(
    *,
    service: Described,
    month: date,
    tally: Tally,
    estimates: Estimates,
    attempts: Sequence[JudgedAttempt],
    method: Method,
    simulated: bool = False,
    provisional: Provisional | None = None,
    before: Mapping[str, Mapping[str, Rate]] | None = None,
    declared: Sequence[Declared] = (),
    first: Mapping[str, Verdict] | None = None,
    announcements: Mapping[str, int] | None = None,
    changed: Collection[str] = (),
) -> Report:
    """A service's month.

    `attempts`: all of them, those excluded too; `before`: YYYY-MM → identifier → rate, with the same patience;
    `first`: attempt → its first verdict, where another holds now; `changed`: days on which prompts changed.
    """
    lines = lines_of(attempts, zone=service.zone, t_max_s=estimates.t_max_s, direct=method.direct_campaigns)
    grid, lines = grid_of(lines)
    return Report(
        service=service,
        month=f"{month:%Y-%m}",
        simulated=simulated,
        provisional=provisional,
        t_max_s=estimates.t_max_s,
        estimates=estimates,
        method=method,
        curves=curves_of(tally),
        funnel=funnel_of(lines),
        grid=grid,
        strata=_strata(tally, lines),
        facts=facts_of(lines, grid),
        changes=tuple(_changes(estimates, before or {})),
        incidents=incidents_of(lines, changed),
        waits=waits_of(lines),
        menus=tuple(sorted({_way(a.attempt.profile) for a in attempts if a.attempt.profile.path})),
        announcements=announcements or {},
        agent_s=round(sum(_agent_s(a) for a in attempts), 1),
        attempts=lines,
        declared=tuple(
            DeclaredLine(
                source=d.source,
                presented=d.presented,
                answered=d.answered,
                dissuaded=d.dissuaded,
                definition=d.definition,
            )
            for d in declared
        ),
        shown=shown_of(attempts, lines),
        without=without_of(attempts, tally, direct=method.direct_campaigns),
        rejudged=rejudged_of(attempts, first or {}, tally, estimates, direct=method.direct_campaigns),
    )


def _changes(now: Estimates, before: Mapping[str, Mapping[str, Rate]]) -> list[Change]:
    """Differences to the other months, where nothing forbids a verdict on either."""
    found = []
    for identifier in JUDGED:
        for month, then in sorted(before.items(), reverse=True):
            new, old = now.kpis.get(identifier), then.get(identifier)
            if isinstance(new, Rate) and old is not None and not (new.gates or old.gates):
                found.append(_change(new, old, month))
    return found


def _change(new: Rate, old: Rate, month: str) -> Change:
    """From `old` to `new`; its interval holds whatever the undecided of both months were."""
    at_worst, at_best = _moved(old, new, worst=True), _moved(old, new, worst=False)
    return Change(
        identifier=new.identifier,
        since=month,
        difference=(new.estimate or 0.0) - (old.estimate or 0.0),
        low=at_worst.interval.low,
        high=at_best.interval.high,
    )


def _moved(old: Rate, new: Rate, *, worst: bool) -> Difference:
    """The difference if all undecided of the new month failed and all of the old one succeeded, or the reverse."""
    first, second = (old.best, old.chart_most), (new.worst, new.chart)
    if not worst:
        first, second = (old.worst, old.chart), (new.best, new.chart_most)
    assert first[0] is not None
    assert first[1] is not None
    assert second[0] is not None
    assert second[1] is not None
    return mover(first[0], first[1], second[0], second[1])


def _strata(tally: Tally, lines: Sequence[AttemptLine]) -> tuple[StratumLine, ...]:
    counted = [line for line in lines if line.outcome.in_service_denominator]
    n = Counter((line.script, line.stratum) for line in counted)
    x = Counter((line.script, line.stratum) for line in counted if line.outcome is Outcome.HUMAN)
    own = Counter((line.script, line.stratum) for line in lines if line.outcome.who is Who.OWN)
    return tuple(
        StratumLine(script=s.script, name=s.name, weight=s.weight, n=n[key], x=x[key], own=own[key])
        for s in tally.strata
        for key in [(s.script, s.name)]
    )


def _way(profile: Profile) -> str:
    return ", ".join(step.digits or f"« {step.word} »" for step in profile.path)


def _agent_s(judged: JudgedAttempt) -> float:
    m = judged.milestones
    return 0.0 if m.t_human is None or m.t_end is None else max(0.0, m.t_end - m.t_human)
