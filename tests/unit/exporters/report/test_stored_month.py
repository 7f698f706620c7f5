"""A month of the store and its reports: the lists behind the figures hold exactly the calls that SQL counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from exporters.estimates import Rate
from exporters.report.model import Report
from exporters.reporting import reports_of
from prober.attempt import Limits, Policy, Script
from prober.outcome import Outcome
from prober.simulator import SIMULATED
from prober.simulator.behaviours import CAST
from scheduler.planner import Draw, Line, Target
from scheduler.simulated_month import simulate_month
from storage.catalogue import Organisation, Service
from storage.store import Store

MONTH = date(2026, 10, 1)
CALLED = ("mairie-vaux", "departement-marais", "cartes-grises", "caf-orne")
LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)


@pytest.fixture
async def reports(postgres_url: str) -> list[Report]:
    known = [s for s in CAST if s.id in CALLED]
    targets = [
        Target(
            service=s.id,
            zone="Europe/Paris",
            hours=lambda at: (True, False),
            lines=(Line(number=s.number),),
            scripts=(Script.AGENT, Script.OPTOUT),
        )
        for s in known
    ]
    draw = Draw(campaign="x", attempts=12, margin=0, spacing_s=900, seed="s", limits=LIMITS, policy=Policy.CONFIRM)
    async with Store(postgres_url) as store:
        services = [
            Service(
                id=s.id,
                name=s.name,
                organisation="ville",
                numbers={s.number: "short"},
                targets={"agent_pickup_rate": 0.8},
                hours={"published": "Mo-Fr 09:00-17:00", "assumed": True},
            )
            for s in known
        ]
        body = Organisation(id="ville", name="Ville fictive", informed_at=datetime(2026, 1, 1, tzinfo=UTC))
        await store.catalogue.save([body], services)
        await simulate_month(store, CAST, targets, draw, MONTH, 0.05)
        return await reports_of(store, MONTH, t_max_s=60, simulated=(SIMULATED,))


async def test_lists_hold_what_sql_counted_and_pages_can_be_written(
    reports: list[Report], write: Callable[..., list[Path]], tmp_path: Path
) -> None:
    assert {r.service.id for r in reports} == set(CALLED)
    for report in reports:
        for identifier, kpi in report.estimates.kpis.items():
            if not isinstance(kpi, Rate) or kpi.estimate is None:
                continue
            members = [a for a in report.attempts if identifier in a.kpis]
            assert len(members) == kpi.denominator, identifier
            assert sum(a.kpis[identifier] for a in members) == kpi.numerator, identifier
    written = write(reports, tmp_path)
    assert len(written) == 2 + len(CALLED)
    assert all("SIMULÉ" in p.read_text(encoding="utf-8") for p in written)


async def test_the_service_is_presented_as_its_callers_know_it(reports: list[Report]) -> None:
    report = next(r for r in reports if r.service.id == "mairie-vaux")
    assert report.service.organisation == "Ville fictive"
    assert (report.service.hours, report.service.hours_assumed) == ("Mo-Fr 09:00-17:00", True)
    rate = report.estimates.kpis["agent_pickup_rate"]
    assert isinstance(rate, Rate)
    assert (rate.numerator, rate.denominator, rate.target) == (12, 12, 0.8)


async def test_network_failures_are_excluded_and_counted_nowhere(reports: list[Report]) -> None:
    report = next(r for r in reports if r.service.id == "cartes-grises")
    assert [(s.name, s.n) for s in report.funnel] == [
        ("made", 24),
        ("counted", 0),
        ("answered", 0),
        ("queued", 0),
        ("reached", 0),
    ]
    assert report.funnel[0].lost == ((Outcome.NETWORK_CONGESTION, 24),)
    assert report.facts == ()
