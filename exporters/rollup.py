"""From services to organisation, ministry, département, région and nation: weighted figures, and no ranking. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from exporters.definitions import AGENT, REACH, RateDefinition, human, undecided
from exporters.estimates import Rate
from exporters.places import DEPARTMENTS, REGIONS, department_code, region_of
from exporters.rates import Proportion, proportions
from exporters.statistics.funnel import OUTER, limits
from exporters.statistics.pooled import Part, pooled
from exporters.statistics.verdict import RUNNING
from storage.tally import Tally

KINDS = ("national", "ministry", "region", "department", "organisation")
"""From the whole to the parts."""
JUDGED: Mapping[str, RateDefinition] = {d.identifier: d for d in (AGENT, REACH)}
LEAST_N = 2
"""Counted attempts from which a service has a variance, and is weighed in."""
ROUNDING = 1e-9
"""A weighted rate that is a limit may miss it by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One service and one judged rate. `least` and `most`: the undecided as failures, and as successes."""

    x: int
    n: int
    estimate: float
    low: float
    high: float
    target: float | None
    verdict: str | None
    running: bool
    """No verdict, because its month is not closed."""
    undecided: int
    least: Proportion
    most: Proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A service and the groups it belongs to; `standings` by identifier, only those with an attempt."""

    service: str
    name: str
    organisation: str = ""
    organisation_name: str = ""
    ministry: str = ""
    department: str = ""
    yearly_calls: int | None = None
    standings: Mapping[str, Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """A judged rate over the services of a group. x and n are attempts, never weighted."""

    identifier: str
    code: str
    target: float | None
    """The programme's; services may have their own."""
    services: int
    """Those weighed in: with at least two counted attempts."""
    x: int
    n: int
    undecided: int
    estimate: float | None
    low: float | None
    high: float | None
    met: int
    not_met: int
    unknown: int
    """Services without a conclusion; with `met` and `not_met` they are all the services of the group."""
    outside: tuple[str, ...]
    """Services that chance does not explain: beyond the 99.8 % limits around the group's rate, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """A group of services in a month."""

    kind: str
    id: str
    name: str
    """As the catalogue or INSEE has it; empty for the nation."""
    month: str
    simulated: bool
    provisional: bool
    """The month of one of them is not closed."""
    t_max_s: float
    rules_version: str
    version: str
    weights: str
    """`yearly_calls` when every service has them, else `equal`: every service counts the same."""
    rates: Mapping[str, GroupRate]
    services: tuple[Placed, ...]
    """By name."""


def standings_of(tally: Tally, kpis: Mapping[str, object]) -> dict[str, Standing]:
    """Of one service: what a roll-up needs of its judged rates."""
    found = {}
    for identifier, definition in JUDGED.items():
        rate = kpis.get(identifier)
        if not isinstance(rate, Rate) or rate.estimate is None or rate.low is None or rate.high is None:
            continue
        least, most = proportions(tally, definition, definition.counted, lambda c: human(c) or undecided(c))
        if least is None or most is None:
            continue
        found[identifier] = Standing(
            x=rate.numerator or 0,
            n=rate.denominator or 0,
            estimate=rate.estimate,
            low=rate.low,
            high=rate.high,
            target=rate.target,
            verdict=str(rate.verdict) if rate.verdict else None,
            running=RUNNING in rate.gates,
            undecided=rate.undecided,
            least=least,
            most=most,
        )
    return found


def groups_of(services: Iterable[Placed]) -> dict[tuple[str, str], tuple[str, list[Placed]]]:
    """(kind, id) → name and services; every group of two services or more."""
    found: dict[tuple[str, str], tuple[str, list[Placed]]] = defaultdict(lambda: ("", []))
    for s in services:
        for kind, identity, name in _memberships(s):
            if (kind, identity) not in found:
                found[kind, identity] = (name, [])
            found[kind, identity][1].append(s)
    kept = {key: group for key, group in found.items() if len(group[1]) > 1}
    return dict(sorted(kept.items(), key=lambda item: (KINDS.index(item[0][0]), item[0][1])))


def by_name(name: str) -> str:
    """Key of the alphabetical order: "École" stands among the e's."""
    return "".join(c for c in normalize("NFKD", name.casefold()) if not combining(c))


def roll_up(
    kind: str,
    identity: str,
    name: str,
    services: Sequence[Placed],
    *,
    month: str,
    simulated: bool,
    provisional: bool,
    t_max_s: float,
    rules_version: str,
    version: str,
) -> RollUp:
    """Figures of a group; the order of the services changes nothing."""
    ordered = tuple(sorted(services, key=lambda s: (by_name(s.name), s.service)))
    known = all(s.yearly_calls for s in ordered)
    return RollUp(
        kind=kind,
        id=identity,
        name=name,
        month=month,
        simulated=simulated,
        provisional=provisional,
        t_max_s=t_max_s,
        rules_version=rules_version,
        version=version,
        weights="yearly_calls" if known else "equal",
        rates={d.identifier: _rate(d, ordered, weighted=known) for d in JUDGED.values()},
        services=ordered,
    )


def _rate(definition: RateDefinition, services: Sequence[Placed], *, weighted: bool) -> GroupRate:
    standing = {s.service: s.standings[definition.identifier] for s in services if definition.identifier in s.standings}
    weights = {s.service: float(s.yearly_calls or 1) if weighted else 1.0 for s in services}
    counted = {i: s for i, s in standing.items() if s.n >= LEAST_N}
    least = pooled([_part(s.least, weights[i]) for i, s in counted.items()])
    most = pooled([_part(s.most, weights[i]) for i, s in counted.items()])
    verdicts = [s.verdict for s in standing.values()]
    met, not_met = verdicts.count("met"), verdicts.count("not_met")
    return GroupRate(
        identifier=definition.identifier,
        code=definition.code,
        target=definition.target,
        services=len(counted),
        x=sum(s.x for s in counted.values()),
        n=sum(s.n for s in counted.values()),
        undecided=sum(s.undecided for s in counted.values()),
        estimate=least.estimate if least else None,
        low=least.interval.low if least else None,
        high=most.interval.high if most else None,
        met=met,
        not_met=not_met,
        unknown=len(services) - met - not_met,
        outside=tuple(sorted(i for i, s in counted.items() if least and _outside(s, least.estimate))),
    )


def _outside(standing: Standing, rate: float) -> bool:
    """True if the service is beyond the outer limits, whatever its undecided calls were."""
    least, most = standing.least, standing.most
    above, below = limits(rate, least.n_effective, alpha=OUTER).high, limits(rate, most.n_effective, alpha=OUTER).low
    return least.estimate > above + ROUNDING or most.estimate < below - ROUNDING


def _part(p: Proportion, weight: float) -> Part:
    return Part(
        weight=weight, estimate=p.estimate, variance=p.variance, n=p.n, n_effective=p.n_effective, df=float(p.df)
    )


def _memberships(s: Placed) -> Iterable[tuple[str, str, str]]:
    yield "national", "fr", ""
    if s.ministry:
        yield "ministry", s.ministry, s.ministry
    if s.department:
        code = department_code(s.department)
        region = region_of(code)
        if region:
            yield "region", region, REGIONS[region][0]
        yield "department", code, DEPARTMENTS.get(code, code)
    if s.organisation:
        yield "organisation", s.organisation, s.organisation_name or s.organisation
