"""The snapshot that a scrape shows, taken from the store and from what the program itself knows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from exporters.metrics import Identity, Snapshot, TrunkState
from exporters.report.whole import file_name
from storage.catalogue import Service
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service stands among others: the ministry and the département it is shown under, "" if none."""

    ministry: str = ""
    department: str = ""


class Body(Protocol):
    """An organisation, as a file declares it."""

    @property
    def id(self) -> str:
        """Its name in the file."""

    @property
    def ministry(self) -> str | None:
        """Ministry it belongs to."""


class Placed(Protocol):
    """A service, as a file declares it."""

    @property
    def id(self) -> str:
        """Its name in the file."""

    @property
    def organisation(self) -> str:
        """Id of its organisation."""

    @property
    def department(self) -> str | None:
        """Its département."""


def places_of(services: Iterable[Placed], bodies: Iterable[Body]) -> dict[str, Place]:
    """Place of each service by id."""
    over = {b.id: b.ministry or "" for b in bodies}
    return {s.id: Place(ministry=over.get(s.organisation, ""), department=s.department or "") for s in services}


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
    services: Iterable[Service], bodies: Mapping[str, str], places: Mapping[str, Place], measured: Iterable[str]
) -> tuple[Identity, ...]:
    """Everybody in the catalogue, and those measured this month that are in it no more, under their id."""
    known = {
        s.id: Identity(
            service=s.id,
            name=s.name,
            organisation=bodies.get(s.organisation or "", s.organisation or ""),
            ministry=places.get(s.id, Place()).ministry,
            department=places.get(s.id, Place()).department,
            report=f"{file_name(s.id)}.html",
            number_classes=tuple(sorted(set(s.numbers.values()))),
        )
        for s in services
    }
    gone = {i: Identity(service=i, name=i, report=f"{file_name(i)}.html") for i in measured if i not in known}
    return tuple(who for _, who in sorted({**known, **gone}.items()))
