"""Estimates of a running month, service by service, made anew only where calls were added."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import metadata
from typing import Any

from exporters.definitions import HUMAN_TIME
from exporters.estimates import Delay, Rate, Target
from exporters.kpi import estimate
from exporters.statistics.cusum import watched
from exporters.statistics.verdict import TargetVerdict
from storage.figures import Kept
from storage.store import Store
from storage.tally import Hour, Tally

WATCHED = 400
"""Attempts the collapse alarm looks back on."""
FORM = 3
"""Form of a kept document, and of the estimators behind it: one of another form is not read but made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFigure:
    """A figure of one service and month; figures that do not exist are left out, never 0."""

    kpi: str
    estimate: float | None
    """None: there are calls, and they do not tell (a median that fewer than half reach)."""
    lower: float | None
    upper: float | None
    n: int
    target: float | None = None
    verdict: str | None = None
    """`met`, `not_met` or `inconclusive`; None while none may be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Share of patient callers with a human within so many seconds."""

    within_s: str
    estimate: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """What is known of one service and month."""

    kpis: tuple[KpiFigure, ...] = ()
    within: tuple[Within, ...] = ()
    collapse: float | None = None
    """Sum of the collapse alarm as a share of its level; None where nothing is watched."""
    week: tuple[Hour, ...] = ()


def figures_of(
    tally: Tally, *, targets: Sequence[Target], on: date, reached: Sequence[bool], week: Sequence[Hour] = ()
) -> ServiceFigures:
    """Estimates of one service's month; `reached`: its last decided attempts, oldest first."""
    estimates = estimate(tally, targets=targets, on=on)
    if not estimates.attempts:
        return ServiceFigures()
    waits = estimates.kpis[HUMAN_TIME.identifier]
    return ServiceFigures(
        kpis=tuple(_figure(k) for k in estimates.kpis.values() if k.denominator),
        within=tuple(
            Within(within_s=t_s, estimate=p.estimate, lower=p.low, upper=p.high)
            for t_s, p in (waits.points.items() if isinstance(waits, Delay) else ())
        ),
        collapse=watched(reached),
        week=tuple(_once(*hour) for hour in week),
    )


@lru_cache(maxsize=1 << 16)
def _once(weekday: int, hour: int, n: int, reached: int) -> Hour:
    """Half a million hours of ten thousand services are mostly the same few thousand: each is kept once."""
    return Hour(weekday, hour, n, reached)


def _figure(kpi: Rate | Delay) -> KpiFigure:
    given = isinstance(kpi, Rate) and kpi.verdict not in (None, TargetVerdict.INSUFFICIENT)
    return KpiFigure(
        kpi=kpi.identifier,
        estimate=kpi.estimate,
        lower=kpi.low,
        upper=kpi.high,
        n=kpi.denominator or 0,
        target=kpi.target if isinstance(kpi, Rate) else None,
        verdict=str(kpi.verdict) if given and isinstance(kpi, Rate) else None,
    )


def to_document(figures: ServiceFigures, basis: Mapping[str, Any]) -> dict[str, Any]:
    """As the store keeps it, with what it was made by."""
    return {"basis": dict(basis), **asdict(figures)}


def from_document(document: Mapping[str, Any]) -> ServiceFigures:
    """The figures of a document. Raises KeyError or TypeError for one of another version."""
    return ServiceFigures(
        kpis=tuple(KpiFigure(**k) for k in document["kpis"]),
        within=tuple(Within(**w) for w in document["within"]),
        collapse=document["collapse"],
        week=tuple(_once(*hour) for hour in document["week"]),
    )


class MonthFigures:
    """The figures of one month. `services` is replaced, never changed: whoever holds it may read it in a thread."""

    def __init__(self, store: Store, month: date, *, t_max_s: float) -> None:
        self.store, self.month, self.t_max_s = store, month, t_max_s
        self.services: Mapping[str, ServiceFigures] = {}
        self._up_to = 0
        self._begun = False
        self._behind: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._targets: Mapping[str, Sequence[Target]] = {}

    @property
    def behind(self) -> int:
        """Services with calls that are not in their figures yet."""
        return len(self._behind)

    async def refresh(self, targets: Mapping[str, Sequence[Target]], *, budget_s: float = math.inf) -> None:
        """Make anew what calls were added to, the longest waiting first, until the time is spent; at least one.

        Raises StoreAway; what was made until then is kept.
        """
        if not self._begun:
            await self._begin(targets)
        changed = {s for s in self._held if targets.get(s, ()) != self._targets.get(s, ())}
        touched = await self.store.figures.touched(self.month, self._up_to)
        for service, up_to in [*((s, self._held[s]) for s in sorted(changed)), *sorted(touched.items())]:
            if service in changed or up_to > self._held.get(service, 0):
                self._behind[service] = max(up_to, self._behind.get(service, 0))
        self._targets = targets
        self._up_to = max([self._up_to, *touched.values()])
        until_s = time.monotonic() + budget_s
        made = dict(self.services)
        try:
            for service, up_to in list(self._behind.items()):
                made[service] = await self._make(service, up_to, targets.get(service, ()))
                self._held[service] = up_to
                del self._behind[service]
                if time.monotonic() > until_s:
                    break
        finally:
            self.services = made

    async def _begin(self, targets: Mapping[str, Sequence[Target]]) -> None:
        """Take what was kept, as far as it was made in the same way."""
        made = {}
        for service, kept in (await self.store.figures.kept(self.month)).items():
            if kept.document.get("basis") == self._basis(targets.get(service, ())):
                made[service] = from_document(kept.document)
                self._held[service] = kept.up_to
        self.services, self._targets, self._begun = made, targets, True
        # They live as long as the program. With ten thousand services a full collection would walk through half a
        # million of them, and a call would wait half a second for it.
        gc.freeze()

    async def _make(self, service: str, up_to: int, targets: Sequence[Target]) -> ServiceFigures:
        tally = await self.store.tally(self.month, self.t_max_s, services=[service])
        months = tuple((self.month - timedelta(days=days)).replace(day=1) for days in (0, 1, 32))
        reached = await self.store.figures.reached(service, months, WATCHED)
        week = await self.store.figures.week(service, self.month, self.t_max_s)
        figures = await asyncio.to_thread(figures_of, tally, targets=targets, on=self.month, reached=reached, week=week)
        document = to_document(figures, self._basis(targets))
        await self.store.figures.keep(self.month, service, Kept(up_to=up_to, document=document))
        return figures

    def _basis(self, targets: Sequence[Target]) -> dict[str, Any]:
        return {
            "version": metadata.version("decroche"),
            "form": FORM,
            "t_max_s": self.t_max_s,
            "targets": [[t.identifier, t.value, t.since.isoformat() if t.since else None] for t in targets],
        }
