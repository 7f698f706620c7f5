"""A month that is not closed: marked on every first page, without a verdict; what a pilot's calls were is said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporters.estimates import Rate
from exporters.folder import Publication
from exporters.monthly import write_month
from exporters.report.language import language
from exporters.report.method import method_of
from exporters.report.model import Report
from exporters.report.page import page_of
from exporters.report.rows import lines_of
from exporters.reporting import Asked, reports_of
from prober.attempt import Limits, Policy, Purpose, Script
from prober.classify import classify
from prober.outcome import Outcome
from prober.run import run_call
from prober.simulator.behaviours import CAST
from prober.simulator.line import SimulatedLine
from prober.verdict import Context
from scheduler.openings import timetable
from scheduler.planner import Draw, Line, MonthPlan, Target, plan_month
from scheduler.planning import frozen_of
from storage.catalogue import Organisation, Service
from storage.ledger import CLOSED
from storage.store import Plan, Store

MONTH = date(2026, 10, 1)
CALLED = "mairie-vaux"
DRAW = Draw(
    campaign="c",
    attempts=12,
    margin=0,
    spacing_s=900,
    seed="s",
    limits=Limits(max_wait_s=60, ring_s=12, silence_s=6, menu_s=30),
    policy=Policy.CONFIRM,
    pilot_until=date(2026, 10, 4),
    direct_counts=True,
)


async def placed(store: Store, plan: MonthPlan, *, left: int) -> None:
    """Make the calls of the plan but the last ones."""
    for n, attempt in enumerate(plan.attempts[: len(plan.attempts) - left]):
        record = await run_call(attempt, SimulatedLine(CAST, seed=n, scale=0.05))
        await store.save(record, classify(record, Context(open_at_invite=True)))


@pytest.fixture
async def running(postgres_url: str) -> AsyncIterator[tuple[Store, MonthPlan]]:
    """A store with a frozen month of one service, pilot and all, whose last three calls are still to be made."""
    number = next(s.number for s in CAST if s.id == CALLED)
    target = Target(
        service=CALLED,
        zone="Europe/Paris",
        openings=timetable("24/7", "Europe/Paris"),
        lines=(Line(number=number),),
        scripts=(Script.DIRECT,),
    )
    plan = plan_month(target, MONTH, replace(DRAW, attempts=60))
    async with Store(postgres_url) as store:
        body = Organisation(id="ville", name="Ville", informed_at=datetime(2026, 1, 1, tzinfo=UTC))
        services = [Service(id=i, name=i, organisation="ville", numbers={number: "short"}) for i in (CALLED, "other")]
        await store.catalogue.save([body], services)
        frozen = Plan(service=CALLED, month=MONTH, campaign="c", seed="s", frozen=frozen_of(plan, DRAW))
        assert await store.freeze(frozen, plan.attempts)
        await placed(store, plan, left=3)
        yield store, plan


async def the_report(store: Store) -> Report:
    (report,) = await reports_of(store, MONTH, t_max_s=60)
    return report


def judged(report: Report) -> tuple[Rate, Rate]:
    agent, reach = report.estimates.kpis["agent_pickup_rate"], report.estimates.kpis["human_reach_rate"]
    assert isinstance(agent, Rate)
    assert isinstance(reach, Rate)
    return agent, reach


async def test_no_verdict_until_the_month_is_closed(running: tuple[Store, MonthPlan]) -> None:
    store, plan = running
    report = await the_report(store)
    assert report.provisional is not None
    assert report.provisional.waiting == 3
    assert all((r.verdict, r.gates[0]) == ("insufficient", "the month is not closed") for r in judged(report))
    for rate, card in zip(judged(report), page_of(report, language("en")).cards, strict=True):
        assert card.verdict_words == "No conclusion before the end of the month"
        assert rate.early is not None
        assert rate.low is not None
        assert rate.early.low < rate.low, "who may look every day knows less"
        assert "at every look before the end of the month" in card.interval
    for attempt in plan.attempts[-3:]:
        await store.void(attempt.id)
    late = await the_report(store)
    assert late.provisional is not None
    assert late.provisional.waiting == 0
    await store.console.give(CLOSED, "test", {"month": "2026-10", "given_up": 3})
    closed = await the_report(store)
    assert closed.provisional is None
    assert [r.early for r in judged(closed)] == [None, None]
    assert all(r.verdict == r.raw_verdict == "met" for r in judged(closed))
    at = await store.ledger.closed(MONTH)
    assert at is not None
    assert closed.method.closed_on == f"{at.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d}"


async def test_every_first_page_says_that_it_is_provisional(running: tuple[Store, MonthPlan], tmp_path: Path) -> None:
    store, _ = running
    formats = ("html", "json", "badge", "opendata")
    asked = Asked(month=MONTH, t_max_s=60)
    await write_month(store, "", asked, Publication(out=tmp_path, formats=formats))
    for name in ("index.html", f"{CALLED}.html", f"{CALLED}-badge.svg", f"{CALLED}-badge.html"):
        assert "PROVISOIRE" in (tmp_path / name).read_text(encoding="utf-8"), name
    assert json.loads((tmp_path / f"{CALLED}.json").read_bytes())["provisional"] == {"waiting": 3}
    rows = (tmp_path / "opendata" / "estimates.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].endswith(",provisional")
    assert all(row.endswith(",true") for row in rows[1:])


async def test_the_pilot_and_the_direct_lines_are_told_in_the_method(running: tuple[Store, MonthPlan]) -> None:
    store, plan = running
    pilot = [a for a in plan.attempts if a.purpose is Purpose.PILOT]
    report = await the_report(store)
    assert (report.method.pilot, report.method.pilot_until) == (len(pilot), "2026-10-04")
    assert report.estimates.attempts == len(plan.attempts) - len(pilot) - 3
    said = {s.term: s.text for s in method_of(report, language("en"))}
    assert said["Pilot period"] == f"{len(pilot)} calls made until Sunday 4 October to learn the messages of the " + (
        "service are not counted."
    )
    assert said["Two kinds of callers"].endswith("count for both: the plan says so.")


async def test_direct_calls_count_for_both_targets_only_if_the_frozen_plan_says_so(
    running: tuple[Store, MonthPlan],
) -> None:
    store, plan = running
    made = len(plan.attempts) - sum(a.purpose is Purpose.PILOT for a in plan.attempts) - 3
    assert [r.denominator for r in judged(await the_report(store))] == [made, made]
    other = replace(plan, attempts=tuple(replace(a, id=f"o-{a.id}", service="other") for a in plan.attempts))
    frozen = frozen_of(other, replace(DRAW, direct_counts=False))
    await store.freeze(Plan(service="other", month=MONTH, campaign="c", seed="s", frozen=frozen), other.attempts)
    await placed(store, other, left=3)
    without = next(r for r in await reports_of(store, MONTH, t_max_s=60) if r.service.id == "other")
    assert [r.denominator for r in judged(without)] == [0, 0]
    said = {s.term: s.text for s in method_of(without, language("en"))}
    assert said["Two kinds of callers"].endswith("count for neither.")


async def test_a_direct_call_the_network_lost_is_behind_k2_with_network_failures_if_its_plan_counts_it(
    running: tuple[Store, MonthPlan],
) -> None:
    store, _ = running
    one = await anext(aiter(store.attempts_for_month(CALLED, MONTH)))
    lost = replace(one, verdict=replace(one.verdict, outcome=Outcome.NETWORK_FAILURE))
    for direct in (("c",), ()):
        (line,) = lines_of([lost], zone="Europe/Paris", t_max_s=60, direct=direct)
        assert line.with_network is bool(direct)
        assert "agent_pickup_rate" not in line.kpis


async def test_two_campaigns_of_one_service_are_told_apart_in_lists_as_in_figures(
    running: tuple[Store, MonthPlan],
) -> None:
    store, plan = running
    before = [r.denominator for r in judged(await the_report(store))]
    other = replace(plan, attempts=tuple(replace(a, id=f"o-{a.id}", campaign="d") for a in plan.attempts))
    frozen = frozen_of(other, replace(DRAW, direct_counts=False))
    await store.freeze(Plan(service=CALLED, month=MONTH, campaign="d", seed="s", frozen=frozen), other.attempts)
    await placed(store, other, left=0)
    report = await the_report(store)
    for rate, n in zip(judged(report), before, strict=True):
        assert rate.denominator == n
        assert len([a for a in report.attempts if rate.identifier in a.kpis]) == n
    said = {s.term: s.text for s in method_of(report, language("en"))}
    told = said["Two kinds of callers"]
    assert f"Of the {report.estimates.attempts} calls to direct lines, those of campaigns whose plan says so" in told
    assert f"count for both: {before[0]}." in told
