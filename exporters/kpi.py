"""The KPIs K1 to K14 of a tally (measure.md §5.4, identifiers of §5.8). Pure: a tally in, estimates out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from exporters import definitions as d
from exporters.counting import total
from exporters.delays import human_time, pickup_time, post_dial_delay, queue_time, without_bounds
from exporters.estimates import Delay, Estimates, Rate, Target
from exporters.rates import by_day, correction, enquiry_rate, proportion, rate, share
from prober.attempt import Script
from prober.outcome import Outcome, Who
from storage.tally import Cell, Tally

DEFAULT_TARGETS = tuple(
    Target(identifier=k.identifier, value=k.target) for k in (d.AGENT, d.REACH) if k.target is not None
)
DEFINITIONS: dict[str, d.RateDefinition | d.DelayDefinition] = {
    k.identifier: k
    for k in (
        d.TECHNICAL,
        d.AGENT,
        d.AGENT_QUEUED,
        d.REACH,
        d.REACH_AFTER_REFUSAL,
        d.POST_DIAL,
        d.PICKUP_TIME,
        d.HUMAN_TIME,
        d.QUEUE_TIME,
        d.DISSUASION,
        d.DEAD_END,
        d.DROP,
        d.STILL_WAITING,
        d.PUBLICATION,
        d.NETWORK,
        d.OWN,
        d.ENQUIRY,
    )
}
"""Every KPI by identifier, in the order of the table."""


def estimate(
    tally: Tally, *, targets: Iterable[Target] = (), on: date | None = None, running: bool = False
) -> Estimates:
    """All KPIs of the tally, judged by the targets in force on a day (`target_in_force`); not while it is `running`."""
    kpis = {
        identifier: _one(tally, definition, target_in_force(targets, identifier, on), running)
        for identifier, definition in DEFINITIONS.items()
    }
    if any(c.number for c in tally.cells):
        kpis = {i: without_bounds(kpi) if isinstance(kpi, Delay) else kpi for i, kpi in kpis.items()}
    return Estimates(
        t_max_s=tally.t_max_s,
        attempts=total(tally.cells, d.everything),
        own=total(tally.cells, lambda c: c.outcome.who is Who.OWN),
        network=total(tally.cells, lambda c: c.outcome.who is Who.NETWORK),
        outcomes=_outcomes(tally),
        weighted=bool(tally.strata),
        kpis=kpis,
    )


def target_in_force(targets: Iterable[Target], identifier: str, on: date | None) -> float | None:
    """Value of the latest target that holds on the day, the programme's own by default; None for other KPIs.

    Without a day only targets that always hold are looked at.
    """
    own = [t for t in targets if t.identifier == identifier]
    holding = [t for t in own if t.since is None or (on is not None and t.since <= on)]
    default = [t for t in DEFAULT_TARGETS if t.identifier == identifier]
    latest = max(holding or default, key=lambda t: t.since or date.min, default=None)
    return latest.value if latest else None


def members(identifier: str, cell: Cell) -> bool:
    """True if the attempts of the cell are in the denominator of the KPI: the list behind its percentage."""
    return DEFINITIONS[identifier].in_denominator(cell)


def successes(identifier: str, cell: Cell) -> bool:
    """True if they are in its numerator; never for a delay."""
    definition = DEFINITIONS[identifier]
    return isinstance(definition, d.RateDefinition) and definition.in_numerator(cell)


def _outcomes(tally: Tally) -> dict[str, int]:
    counts = dict.fromkeys((o.value for o in Outcome), 0)
    for cell in tally.cells:
        counts[cell.outcome] += cell.count
    return counts


SCRIPTS = {d.AGENT: Script.AGENT, d.REACH: Script.OPTOUT}
"""The judged rates, and whose they are."""


def _one(
    tally: Tally, definition: d.RateDefinition | d.DelayDefinition, target: float | None, running: bool
) -> Rate | Delay:
    match definition:
        case d.POST_DIAL:
            return post_dial_delay(tally)
        case d.PICKUP_TIME:
            return pickup_time(tally)
        case d.QUEUE_TIME:
            return queue_time(tally)
        case d.DelayDefinition():
            both = {"agent": human_time(tally, definition), "optout": human_time(tally, d.OPTOUT_HUMAN_TIME)}
            return replace(both["agent"], by_script=both)
        case d.ENQUIRY:
            return enquiry_rate(tally)
    got = rate(tally, definition, target, running=running)
    if definition in (d.AGENT, d.REACH) and got.estimate is not None and tally.review is not None:
        sized = proportion(tally, definition, definition.counted)
        got = replace(got, corrected=correction(tally.review, got, sized.n_effective if sized else 0))
    if definition in SCRIPTS and got.estimate is not None:
        got = replace(got, by_day=by_day(tally, SCRIPTS[definition]))
    if definition is d.AGENT:
        got = replace(got, pessimistic=share(tally, d.PESSIMISTIC_AGENT))
    if definition is d.STILL_WAITING:
        by_script = {"agent": share(tally, definition), "optout": share(tally, d.OPTOUT_STILL_WAITING)}
        got = replace(got, by_script=by_script)
    return got
