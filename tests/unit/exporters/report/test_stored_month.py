"""A month of the store and its reports: the lists behind the figures hold exactly the calls that SQL counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from exporters.estimates import Rate
from exporters.folder import Publication
from exporters.monthly import write_month
from exporters.report.language import language
from exporters.report.model import Report
from exporters.report.page import page_of
from exporters.report.plain import report_json
from exporters.report.render import html
from exporters.reporting import Asked, reports_of
from prober.attempt import Limits, Policy, Script
from prober.events import Sound
from prober.outcome import Outcome
from prober.simulator import SIMULATED
from prober.simulator.behaviours import CAST
from scheduler.openings import timetable
from scheduler.planner import Draw, Line, Target
from scheduler.simulated_month import simulate_month
from storage.catalogue import Organisation, Service
from storage.store import Store

MONTH = date(2026, 10, 1)
CALLED = ("mairie-vaux", "departement-marais", "cartes-grises", "caf-orne")
LIMITS = Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30)


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    """A store with a month of four services."""
    known = [s for s in CAST if s.id in CALLED]
    targets = [
        Target(
            service=s.id,
            zone="Europe/Paris",
            openings=timetable("24/7", "Europe/Paris"),
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
        yield store


@pytest.fixture
async def reports(store: Store) -> list[Report]:
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


async def test_losses_of_our_own_are_told_by_stratum(store: Store) -> None:
    (before,) = await reports_of(store, MONTH, t_max_s=60, only="mairie-vaux")
    lost = before.attempts[0]
    (held,) = await store.verdicts(lost.id)
    await store.rejudge(lost.id, replace(held, outcome=Outcome.OWN_FAILURE))
    (after,) = await reports_of(store, MONTH, t_max_s=60, only="mairie-vaux")
    here = {(s.script, s.name): s.own for s in after.strata}
    assert here == {(s.script, s.name): int((s.script, s.name) == (lost.script, lost.stratum)) for s in before.strata}


async def test_a_month_judged_anew_keeps_the_old_figure_and_says_what_changed(store: Store) -> None:
    (before,) = await reports_of(store, MONTH, t_max_s=60, only="mairie-vaux")
    assert before.rejudged is None
    patient = [a.id for a in before.attempts if a.script is Script.AGENT][:3]
    for attempt in patient:
        (held,) = await store.verdicts(attempt)
        await store.rejudge(attempt, replace(held, outcome=Outcome.HUMAN_WRONG_SERVICE, rules_version="later"))
    await store.rejudge(patient[0], replace(held, outcome=Outcome.VOICEMAIL, rules_version="later still"))
    (after,) = await reports_of(store, MONTH, t_max_s=60, only="mairie-vaux")
    assert after.rejudged is not None
    old, new = after.rejudged.rates["agent_pickup_rate"], after.estimates.kpis["agent_pickup_rate"]
    assert old == before.estimates.kpis["agent_pickup_rate"] or (old.numerator, old.denominator) == (12, 12)
    assert (new.numerator, new.denominator) == (9, 12)
    assert {m.id: (m.before, m.after) for m in after.rejudged.attempts} == {
        patient[0]: (Outcome.HUMAN, Outcome.VOICEMAIL),
        patient[1]: (Outcome.HUMAN, Outcome.HUMAN_WRONG_SERVICE),
        patient[2]: (Outcome.HUMAN, Outcome.HUMAN_WRONG_SERVICE),
    }
    page = html(page_of(after, language("fr")), language("fr")).replace("\u00a0", " ")
    assert "3 appels ont été jugés à nouveau" in page
    assert new.estimate is not None
    now = f"9 sur 12 ({round(100 * new.estimate)} %) maintenant"  # weighted by the strata of the month's draw
    assert f"12 sur 12 (au moins 69 %) au premier jugement, {now}" in page
    assert page.count("au premier jugement,") == 1, "the other rate did not move"
    assert "2 : « un agent a répondu » devient « une personne d&#39;un autre organisme »" in page
    assert page.count(' rejudged"') == 3, "the list behind the sentence"
    told = json.loads(report_json(after))["rejudged"]
    assert [a["after"] for a in told["attempts"]].count("human_wrong_service") == 2


async def test_the_same_store_gives_the_same_bytes_whatever_the_number_of_processes(
    store: Store, postgres_url: str, tmp_path: Path
) -> None:
    asked = Asked(month=MONTH, t_max_s=60, simulated=(SIMULATED,))
    made = {}
    for name, processes in (("one", 1), ("two", 2), ("again", 1)):
        publication = Publication(out=tmp_path / name, formats=("html", "json", "badge", "opendata"))
        files = await write_month(store, postgres_url, asked, publication, processes=processes)
        made[name] = {str(f.relative_to(tmp_path / name)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
    assert made["one"] == made["two"] == made["again"]
    assert len(made["one"]) == 1 + 2 * 2 + 4 * 4 + 9
    (report, *_) = await reports_of(store, MONTH, t_max_s=60)
    told = json.loads(report_json(report))["method"]
    assert told["version"] and told["rules_version"] and len(told["settings_sha256"]) == 64
    assert told["settings_sha256"] in html(page_of(report, language("fr")), language("fr"))
    (patient, *_) = await reports_of(store, MONTH, t_max_s=30)
    assert patient.method.settings_sha256 != report.method.settings_sha256


async def test_the_messages_of_the_voice_server_are_told_with_their_calls(reports: list[Report], store: Store) -> None:
    heard = {r.service.id: r.announcements for r in reports}
    assert any("menu" in labels for labels in heard.values())
    for report in reports:
        by_hand: Counter[str] = Counter()
        for a in report.attempts:
            record = await store.record(a.id)
            assert record is not None
            by_hand.update({h.label or "announcement" for h in record.heard if h.sound is Sound.RECORDING})
        assert dict(by_hand) == dict(report.announcements)
    shown = next(r for r in reports if "menu" in r.announcements)
    notes = " ".join(page_of(shown, language("en")).number_notes)
    assert f"menu ({shown.announcements['menu']})" in notes
