"""The snapshot that a scrape shows, taken from the store and from what the program itself knows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from exporters.metrics import Identity, Snapshot, TrunkState
from exporters.places import department_name
from exporters.report.whole import file_name
from storage.catalogue import Organisation, Service
from storage.spool import Spool
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What only the running program knows."""

    seats_total: int = 0
    seats_free: int = 0
    calls_in_flight: Mapping[str, int] = field(default_factory=dict)
    engines_restarted: int = 0
    ear_lag_s: float = 0.0
    registered: Mapping[str, bool | None] | None = None


def own_part(own: Own, spool: Spool, before: Snapshot) -> Snapshot:
    """The last snapshot with what the program itself knows made new; the store is taken for away until it answers."""
    waiting = spool.state()
    return replace(
        before,
        seats_total=own.seats_total,
        seats_free=own.seats_free,
        calls_in_flight=own.calls_in_flight,
        engines_restarted=own.engines_restarted,
        ear_lag_s=own.ear_lag_s,
        spool_records=waiting.count,
        spool_oldest_s=waiting.oldest_s,
        spool_refused=waiting.refused,
        store_up=False,
    )


async def stored_part(store: Store, own: Own, fresh: Snapshot) -> Snapshot:
    """The snapshot with what the store holds. Raises StoreAway."""
    counters = await store.counters()
    references = {r.trunk: r for r in await store.references()}
    statuses = await store.status_counts()
    overdue, overdue_s = await store.behind(datetime.now(UTC))
    registered = own.registered or {}
    return replace(
        fresh,
        taken_at_s=time.time(),
        counters=counters,
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
        overdue=overdue,
        overdue_s=overdue_s,
        store_up=True,
    )


def identities_of(
    services: Iterable[Service], bodies: Iterable[Organisation], measured: Iterable[str]
) -> tuple[Identity, ...]:
    """Everybody the store ever knew, and whoever was measured this month and is not known, under their id."""
    above = {b.id: b for b in bodies}
    known = {}
    for s in services:
        body = above.get(s.organisation or "")
        known[s.id] = Identity(
            service=s.id,
            name=s.name,
            organisation=body.name if body else s.organisation or "",
            ministry=_on_one_line(body.ministry or "" if body else ""),
            department=department_name(s.department) if s.department else "",
            report=f"{file_name(s.id)}.html",
            number_classes=tuple(sorted(set(s.numbers.values()))),
        )
    gone = {i: Identity(service=i, name=i, report=f"{file_name(i)}.html") for i in measured if i not in known}
    return tuple(who for _, who in sorted({**known, **gone}.items()))


def _on_one_line(name: str) -> str:
    """A name that stays the same between the quotes of a query: Grafana escapes neither newline nor backslash there."""
    return " ".join(name.replace("\\", "/").split())
