"""A month of the store → the reports of its services."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from importlib import metadata

from exporters.definitions import AGENT, REACH
from exporters.estimates import Rate, Target
from exporters.kpi import DEFINITIONS, estimate, members, successes
from exporters.rates import rate
from exporters.report.build import build_report
from exporters.report.model import Described, Method, NumberLine, Report
from exporters.report.rows import seen_and_counted
from prober.attempt import Script
from prober.number import price_class
from prober.rules import RULES_VERSION
from storage.catalogue import Service
from storage.mapping import JudgedAttempt
from storage.store import Plan, Store
from storage.tally import Tally


async def reports_of(
    store: Store, month: date, *, t_max_s: float, only: str | None = None, simulated: Collection[str] = ()
) -> list[Report]:
    """Reports of the services called in a month; `only` one service. `simulated`: campaigns labelled as such."""
    bodies = {o.id: o.name for o in await store.catalogue.organisations()}
    plans = await store.plans(month)
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
                service=_described(service, bodies.get(service.organisation or "", ""), attempts),
                month=month,
                tally=tally,
                estimates=estimate(tally, targets=targets_of(service), on=month),
                attempts=attempts,
                method=_method([p for p in plans if p.service == service.id], tally),
                simulated=any(a.attempt.campaign in simulated for a in attempts),
                before=await _before(store, service, month, t_max_s),
            )
        )
    return found


async def lists_behind(
    store: Store, month: date, t_max_s: float, *, only: str | None = None
) -> dict[str, tuple[list[str], list[str]]]:
    """KPI identifier → ids of the attempts in its denominator, and in its numerator, in order; only ids are kept."""
    direct = {(p.service, p.campaign) for p in await store.plans(month) if p.frozen.get("direct_counts")}
    found: dict[str, tuple[list[str], list[str]]] = {identifier: ([], []) for identifier in DEFINITIONS}
    async for judged in store.attempts_for_month(only, month):
        a = judged.attempt
        counts = a.script is Script.DIRECT and (a.service, a.campaign) in direct
        _, cell = seen_and_counted(judged, t_max_s, direct_counts=counts)
        for identifier, (inside, reached) in found.items():
            if members(identifier, cell):
                inside.append(a.id)
            if successes(identifier, cell):
                reached.append(a.id)
    return {identifier: (sorted(inside), sorted(reached)) for identifier, (inside, reached) in found.items()}


def targets_of(service: Service) -> Sequence[Target]:
    """What a service is measured against, from the day it holds (`since`; without one: always)."""
    since = service.targets.get("since")
    day = date.fromisoformat(since) if since else None
    values = {name: value for name, value in sorted(service.targets.items()) if name != "since"}
    return [Target(identifier=name, value=float(value), since=day) for name, value in values.items()]


async def _before(store: Store, service: Service, month: date, t_max_s: float) -> Mapping[str, Mapping[str, Rate]]:
    """The judged rates of the month before and of the same month a year ago, where calls were made."""
    found = {}
    for other in ((month - timedelta(days=1)).replace(day=1), month.replace(year=month.year - 1)):
        tally = await store.tally(other, t_max_s, services=[service.id])
        if tally.cells:
            found[f"{other:%Y-%m}"] = {d.identifier: rate(tally, d, None) for d in (AGENT, REACH)}
    return found


def _described(service: Service, organisation: str, attempts: Sequence[JudgedAttempt]) -> Described:
    forbidden = any(a.verdict.context.surtax_forbidden for a in attempts)
    return Described(
        id=service.id,
        name=service.name,
        organisation=organisation,
        zone=service.zone,
        numbers=tuple(
            NumberLine(number=n, price=price, surtax_forbidden=forbidden and price == "surtaxed")
            for n in sorted(service.numbers)
            for price in [price_class(n)]
        ),
        hours=str(service.hours.get("published") or ""),
        hours_assumed=bool(service.hours.get("assumed")),
    )


def _method(plans: Sequence[Plan], tally: Tally) -> Method:
    sources = {str(p.frozen.get("weights_source") or "") for p in plans} - {""}
    return Method(
        version=metadata.version("decroche"),
        rules_version=RULES_VERSION,
        seeds=tuple(sorted({p.seed for p in plans})),
        plans_sha256=tuple(sorted({str(p.frozen["sha256"]) for p in plans if "sha256" in p.frozen})),
        weights_source=(min(sources) if sources else "open_minutes") if tally.strata else "",
        direct_counts=any(p.frozen.get("direct_counts") for p in plans),
    )
