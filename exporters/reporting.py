"""A month of the store → the reports of its services, one by one."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from importlib import metadata
from zoneinfo import ZoneInfo

from exporters.definitions import AGENT, REACH
from exporters.estimates import Rate, Target
from exporters.kpi import DEFINITIONS, estimate, members, successes
from exporters.progress import Progress
from exporters.rates import rate
from exporters.report.build import build_report
from exporters.report.model import Described, Method, NumberLine, Report
from exporters.report.rows import seen_and_counted
from exporters.rollup import Placed, standings_of
from prober.number import price_class
from prober.rules import RULES_VERSION
from storage.catalogue import Organisation, Service
from storage.mapping import JudgedAttempt
from storage.store import Plan, Store
from storage.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which month, with what patience. `simulated`: campaigns whose calls are labelled as such."""

    month: date
    t_max_s: float
    simulated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of a store whose catalogue is read: reports are made service by service, and nothing of them is kept."""

    store: Store
    asked: Asked
    services: Mapping[str, Service]
    bodies: Mapping[str, Organisation]
    progress: Progress
    version: str = field(default_factory=lambda: metadata.version("decroche"))

    @classmethod
    async def of(cls, store: Store, asked: Asked, *, only: str | None = None) -> Month:
        """Read the catalogue, and how far the month is; `only` one service is asked for."""
        return cls(
            store=store,
            asked=asked,
            services={s.id: s for s in await store.catalogue.services()},
            bodies={o.id: o for o in await store.catalogue.organisations()},
            progress=await Progress.of(store, asked.month, only=only),
        )

    async def report(self, service_id: str) -> tuple[Report, Placed] | None:
        """Report of a service, and what roll-ups need of it; None if it is unknown or was not called."""
        async with self.store.database.together():
            return await self._report(service_id)

    async def _report(self, service_id: str) -> tuple[Report, Placed] | None:
        service, month = self.services.get(service_id), self.asked.month
        attempts = [a async for a in self.store.attempts_for_month(service_id, month)]
        if service is None or not attempts:
            return None
        body = self.bodies.get(service.organisation or "") or Organisation(id="", name="")
        plans = await self.store.plans(month, service=service_id)
        tally = await self.store.tally(month, self.asked.t_max_s, services=[service_id])
        provisional = self.progress.provisional(service_id, planned=bool(plans))
        estimates = estimate(tally, targets=targets_of(service), on=month, running=provisional is not None)
        report = build_report(
            service=_described(service, body, attempts),
            month=month,
            tally=tally,
            estimates=estimates,
            attempts=attempts,
            method=self._method(service, body, plans, tally),
            simulated=any(a.attempt.campaign in self.asked.simulated for a in attempts),
            provisional=provisional,
            before=await self._before(service),
            first=await self.store.first_verdicts(month, service_id),
            announcements=await self.store.ledger.announcements(service_id, month),
            changed=await self._changed(service),
            declared=await self.store.declared.of_month(month, service=service_id),
        )
        placed = Placed(
            service=service.id,
            name=service.name,
            organisation=body.id,
            organisation_name=body.name,
            ministry=body.ministry or "",
            department=service.department or "",
            yearly_calls=service.yearly_calls,
            standings=standings_of(tally, estimates.kpis),
        )
        return report, placed

    async def _before(self, service: Service) -> Mapping[str, Mapping[str, Rate]]:
        """The judged rates of the month before and of the same month a year ago, where calls were made."""
        found, month = {}, self.asked.month
        for other in ((month - timedelta(days=1)).replace(day=1), month.replace(year=month.year - 1)):
            tally = await self.store.tally(other, self.asked.t_max_s, services=[service.id], waits=False)
            if tally.cells:
                # The target changes nothing of the rate: it asks whether a verdict could be given.
                found[f"{other:%Y-%m}"] = {d.identifier: rate(tally, d, d.target) for d in (AGENT, REACH)}
        return found

    async def _changed(self, service: Service) -> Collection[str]:
        """Days of the month, by the service's clock, on which its prompts were seen to have changed."""
        zone = ZoneInfo(service.zone)
        days = [f"{at.astimezone(zone):%Y-%m-%d}" for at in await self.store.prompts.changed(service.numbers)]
        return sorted({day for day in days if day.startswith(f"{self.asked.month:%Y-%m}")})

    def _method(self, service: Service, body: Organisation, plans: Sequence[Plan], tally: Tally) -> Method:
        sources = {str(p.frozen.get("weights_source") or "") for p in plans} - {""}
        pilot, pilot_until = self.progress.pilots.get(service.id, (0, None))
        closed_at, zone = self.progress.closed_at if plans else None, ZoneInfo(service.zone)
        planned = [int(p.frozen["attempts"]) for p in plans if "attempts" in p.frozen]
        return Method(
            version=self.version,
            rules_version=RULES_VERSION,
            settings_sha256=_sha256({"t_max_s": self.asked.t_max_s, "service": asdict(service), "body": asdict(body)}),
            seeds=tuple(sorted({p.seed for p in plans})),
            plans_sha256=tuple(sorted({str(p.frozen["sha256"]) for p in plans if "sha256" in p.frozen})),
            planned=sum(planned) if planned else None,
            weights_source=(min(sources) if sources else "open_minutes") if tally.strata else "",
            direct_campaigns=tuple(p.campaign for p in plans if p.frozen.get("direct_counts")),
            pilot=pilot,
            pilot_until=_day(pilot_until, zone),
            closed_on=_day(closed_at, zone),
        )


async def reports_of(
    store: Store, month: date, *, t_max_s: float, only: str | None = None, simulated: Collection[str] = ()
) -> list[Report]:
    """Reports of the services called in a month, by id, all in memory; `only` one service."""
    ready = await Month.of(store, Asked(month=month, t_max_s=t_max_s, simulated=tuple(simulated)), only=only)
    wanted = await store.services_called(month) if only is None else [only]
    found = [await ready.report(service) for service in wanted]
    return [each[0] for each in found if each is not None]


async def lists_behind(
    store: Store, month: date, t_max_s: float, *, only: str | None = None
) -> dict[str, tuple[list[str], list[str]]]:
    """KPI identifier → ids of the attempts in its denominator, and in its numerator, in order; only ids are kept."""
    direct: dict[str, list[str]] = defaultdict(list)
    for p in await store.plans(month):
        if p.frozen.get("direct_counts"):
            direct[p.service].append(p.campaign)
    found: dict[str, tuple[list[str], list[str]]] = {identifier: ([], []) for identifier in DEFINITIONS}
    async for judged in store.attempts_for_month(only, month):
        a = judged.attempt
        _, cell = seen_and_counted(judged, t_max_s, direct=direct.get(a.service, ()))
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


def _described(service: Service, body: Organisation, attempts: Sequence[JudgedAttempt]) -> Described:
    forbidden = any(a.verdict.context.surtax_forbidden for a in attempts)
    return Described(
        id=service.id,
        name=service.name,
        organisation=body.name,
        zone=service.zone,
        numbers=tuple(
            NumberLine(number=n, price=price, surtax_forbidden=forbidden and price == "surtaxed")
            for n in sorted(service.numbers)
            for price in [price_class(n)]
        ),
        hours=str(service.hours.get("published") or ""),
        hours_assumed=bool(service.hours.get("assumed")),
        contact=body.contact or "",
    )


def _day(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}" if at else ""


def _sha256(settings: object) -> str:
    """Fingerprint of all that the figures depend on beside the calls: patience, targets, hours, numbers, weight."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()
