"""A month of the store → the reports of its services."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from importlib import metadata

from exporters.estimates import Target
from exporters.kpi import estimate
from exporters.report.build import build_report
from exporters.report.model import Report
from prober.rules import RULES_VERSION
from storage.catalogue import Service
from storage.store import Store


async def reports_of(
    store: Store, month: date, *, t_max_s: float, only: str | None = None, simulated: Collection[str] = ()
) -> list[Report]:
    """Reports of the services called in a month; `only` one service. `simulated`: campaigns labelled as such."""
    found = []
    for service in await store.catalogue.services():
        if only is not None and service.id != only:
            continue
        attempts = [a async for a in store.attempts_for_month(service.id, month)]
        if not attempts:
            continue
        tally = await store.tally(month, t_max_s, services=[service.id])
        found.append(
            build_report(
                service_id=service.id,
                name=service.name,
                numbers=sorted(service.numbers),
                zone=service.zone,
                month=month,
                estimates=estimate(tally, targets=targets_of(service), on=month),
                attempts=attempts,
                simulated=any(a.attempt.campaign in simulated for a in attempts),
                version=metadata.version("decroche"),
                rules_version=RULES_VERSION,
            )
        )
    return found


def targets_of(service: Service) -> Sequence[Target]:
    """What a service is measured against."""
    return [Target(identifier=name, value=float(value)) for name, value in sorted(service.targets.items())]
