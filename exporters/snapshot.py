"""The snapshot that a scrape shows, taken from the store and from what the program itself knows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from exporters.estimates import Rate, Target
from exporters.kpi import estimate
from exporters.metrics import KpiFigure, Snapshot, TrunkState
from storage.connection import StoreAway
from storage.spool import Spool
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What only the running program knows."""

    seats_total: int = 0
    seats_free: int = 0
    calls_in_flight: int = 0
    engines_restarted: int = 0
    ear_lag_s: float = 0.0
    registered: Mapping[str, bool | None] | None = None


async def take(
    store: Store,
    spool: Spool,
    own: Own,
    *,
    month: date,
    t_max_s: float,
    targets: Mapping[str, Sequence[Target]],
    before: Snapshot,
) -> Snapshot:
    """A new snapshot; with the database away, the last one with its age, and what the program knows made new."""
    waiting = spool.state()
    fresh = replace(
        before,
        seats_total=own.seats_total,
        seats_free=own.seats_free,
        calls_in_flight=own.calls_in_flight,
        engines_restarted=own.engines_restarted,
        ear_lag_s=own.ear_lag_s,
        spool_records=waiting.count,
        spool_oldest_s=waiting.oldest_s,
        store_up=False,
    )
    try:
        counters = await store.counters()
        services = await store.catalogue.services()
        figures = [f for s in services for f in await _figures(store, s.id, month, t_max_s, targets.get(s.id, ()))]
        references = {r.trunk: r for r in await store.references()}
        statuses = await store.status_counts()
    except StoreAway:
        return fresh
    registered = own.registered or {}
    return replace(
        fresh,
        taken_at_s=time.time(),
        counters=counters,
        figures=tuple(figures),
        number_classes=tuple((s.id, k) for s in services for k in sorted(set(s.numbers.values()))),
        trunks=tuple(
            TrunkState(
                name=name,
                registered=registered.get(name),
                reference_ok=references[name].ok if name in references else None,
                reference_at_s=references[name].at.timestamp() if name in references else None,
            )
            for name in sorted({*registered, *references} - {""})
        ),
        attempts_waiting=statuses,
        store_up=True,
    )


async def _figures(
    store: Store, service: str, month: date, t_max_s: float, targets: Sequence[Target]
) -> list[KpiFigure]:
    tally = await store.tally(month, t_max_s, services=[service])
    estimates = estimate(tally, targets=targets, on=month)
    if not estimates.attempts:
        return []
    return [
        KpiFigure(
            service=service,
            kpi=identifier,
            estimate=kpi.estimate,
            lower=kpi.low,
            upper=kpi.high,
            n=kpi.denominator or 0,
            verdict=kpi.verdict if isinstance(kpi, Rate) and kpi.verdict != "insufficient" else None,
        )
        for identifier, kpi in estimates.kpis.items()
        if kpi.estimate is not None
    ]
