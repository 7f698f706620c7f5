"""What the store says, to hold against what Prometheus says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rounds import MONTHS, SERVICES

from exporters.estimates import Estimates
from exporters.kpi import estimate
from exporters.month_figures import WATCHED
from exporters.reporting import targets_of
from exporters.statistics.cusum import watched
from storage.store import Store
from storage.tally import Hour

Values = Mapping[tuple[tuple[str, str], ...], float]
Figures = tuple[float, float, float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store says."""

    month: Mapping[str, Estimates]
    closed: Mapping[str, Estimates]
    counts: Mapping[str, list[tuple[Mapping[str, str], float]]]
    collapse: Mapping[str, float | None]
    week: Mapping[str, tuple[Hour, ...]]

    def members(self, level: str, area: str) -> list[str]:
        """Services of an area."""
        return [s for s, p in SERVICES.items() if p.areas.get(level) == area]

    def figures(self, service: str, kpi: str) -> Figures | None:
        """Estimate, bounds and n."""
        k = self.month[service].kpis[kpi]
        return None if k.estimate is None else (k.estimate, k.low or 0.0, k.high or 0.0, k.denominator or 0)

    def within(self, service: str, t_s: str) -> Figures:
        """The same of the share with a human in time."""
        waits = self.month[service].kpis["time_to_human_seconds"]
        point = waits.points[t_s]  # type: ignore[union-attr]
        return point.estimate, point.low or 0.0, point.high or 0.0, waits.denominator or 0

    def total(self, name: str, *by: str, **where: str) -> Values:
        """Sums of a counter."""
        found: dict[tuple[tuple[str, str], ...], float] = {}
        for labels, n in self.counts[name]:
            if all(labels.get(key) == value for key, value in where.items()):
                key = tuple((label, labels[label]) for label in sorted(by))
                found[key] = found.get(key, 0) + n
        return found


def rolled(figures: list[Figures]) -> Figures:
    """A roll-up by hand: weights by attempts, MOVER for the bounds."""
    n = sum(f[3] for f in figures)
    middle = sum(f[0] * f[3] for f in figures) / n
    low, high = (math.sqrt(sum(((f[0] - f[at]) * f[3] / n) ** 2 for f in figures)) for at in (1, 2))
    return middle, max(0.0, middle - low), min(1.0, middle + high), n


async def known(store: Store) -> Known:
    """What the store says now."""
    services = {s.id: s for s in await store.catalogue.services()}
    counts: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for c in (await store.counters()).counts:
        counts.setdefault(c.name, []).append((c.labels, c.total_s if c.name == "voice" else c.count))
    this, last = MONTHS
    made = {}
    for month in (this, last):
        made[month] = {
            s: estimate(await store.tally(month, 600.0, services=[s]), targets=targets_of(services[s]), on=month)
            for s in services
        }
    return Known(
        month=made[this],
        closed=made[last],
        counts=counts,
        collapse={s: watched(await store.figures.reached(s, (this, last), WATCHED)) for s in services},
        week={s: await store.figures.week(s, this, 600.0) for s in services},
    )
