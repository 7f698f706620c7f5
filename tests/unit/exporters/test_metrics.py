"""The scrape: names and help that promtool accepts, labels that hold anything, and what is absent stays absent."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from math import inf

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from exporters.area_hours import MOST_AREAS, AreaHour, area_hours
from exporters.exposition import LONGEST_LABEL
from exporters.kpi import DEFINITIONS
from exporters.metrics import Identity, Page, Snapshot, TrunkState, render
from exporters.month_figures import KpiFigure, ServiceFigures, Within
from prober.outcome import Outcome
from storage.counting import Counted, Counters, Histogram
from storage.tally import Hour

HARD = 'Mairie "d\'Été"\n\\ fin ' + "é" * 150
PICKUP = KpiFigure(kpi="agent_pickup_rate", estimate=0.4, lower=0.1, upper=0.7, n=12, target=0.85)


def snapshot(**more: object) -> Snapshot:
    labels = {"service": HARD, "script": "agent", "outcome": "human", "number_class": "short"}
    counters = Counters(
        counts=(
            Counted(name="attempts", labels=labels, count=3),
            Counted(name="attempts", labels=labels | {"number_class": "free"}, count=2),
            Counted(name="voice", labels={"sound": "speech"}, count=2, total_s=7.5),
            Counted(name="prompts_changed", labels={"service": HARD}, count=1),
        ),
        histograms=(
            Histogram(
                name="time_to_human",
                labels={"script": "agent", "number_class": "short"},
                buckets=((1.0, 1), (inf, 4)),
                sum_s=12.5,
            ),
        ),
    )
    values = {
        "taken_at_s": 1.5,
        "month": "2026-12",
        "counters": counters,
        "services": {"s": ServiceFigures(kpis=(PICKUP,))},
        "trunks": (TrunkState(name="t", reference_ok=True, reference_at_s=1.0),),
        "calls_in_flight": {"queue": 2},
        **more,
    }
    return Snapshot(**values)  # type: ignore[arg-type]


def samples(page: bytes) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.mark.needs("promtool")
def test_promtool_finds_nothing() -> None:
    full = ServiceFigures(
        kpis=(PICKUP,), within=(Within(within_s="180", estimate=0.3, lower=0.2, upper=0.4),), collapse=0.5
    )
    hours = (AreaHour(level="ministry", area=HARD, weekday=1, hour=9, n=4, reached=3),)
    figures = {"services": {HARD: full}, "closed": {HARD: with_verdict("met")}}
    page = render(snapshot(**figures, identities=(who(HARD),), area_hours=hours))
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def who(service: str) -> Identity:
    return Identity(service=service, name=HARD, organisation="O", report="x.html", number_classes=("short",))


def with_verdict(verdict: str | None) -> ServiceFigures:
    return ServiceFigures(kpis=(replace(PICKUP, verdict=verdict),))


def test_counts_of_number_classes_add_up_and_labels_come_back_as_they_were() -> None:
    (sample,) = samples(render(snapshot()))["decroche_attempts_total"]
    assert sample == ({"service": HARD, "script": "agent", "outcome": "human"}, 5.0)


def test_the_text_is_the_one_that_the_client_writes() -> None:
    class Same(Collector):
        def collect(self) -> list[GaugeMetricFamily]:
            family = GaugeMetricFamily("decroche_kpi_estimate", "H", labels=("kpi", "service"))
            for service in sorted(("s", HARD)):
                family.add_metric(("agent_pickup_rate", service), 0.4)
            return [family]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Same())
    wanted = [line for line in generate_latest(registry).decode().splitlines() if line[0] != "#"]
    page = render(snapshot(services={s: ServiceFigures(kpis=(PICKUP,)) for s in ("s", HARD)})).decode()
    assert [line for line in page.splitlines() if line.startswith("decroche_kpi_estimate{")] == wanted


def test_a_page_drawn_again_shows_new_figures_and_forgets_services_that_left() -> None:
    page = Page()
    page.render(snapshot(services={"gone": ServiceFigures(kpis=(PICKUP,)), "s": ServiceFigures(kpis=(PICKUP,))}))
    new = ServiceFigures(kpis=(replace(PICKUP, estimate=0.9),))
    shown = samples(page.render(snapshot(services={"s": new})))["decroche_kpi_estimate"]
    assert shown == [({"kpi": "agent_pickup_rate", "service": "s"}, 0.9)]


def test_a_label_of_ten_kilobytes_is_cut_and_two_of_them_stay_two() -> None:
    long = ["é" * 10_000 + end for end in ("a", "b")]
    page = render(
        snapshot(services={s: ServiceFigures(kpis=(PICKUP,)) for s in long}, identities=tuple(map(who, long)))
    )
    shown = {labels["service"] for labels, _ in samples(page)["decroche_kpi_n"]}
    assert len(shown) == 2
    assert {len(s) for s in shown} == {LONGEST_LABEL}
    assert shown == {labels["service"] for labels, _ in samples(page)["decroche_service_info"]}


def test_histogram_has_its_sum_and_count() -> None:
    page = samples(render(snapshot()))
    assert page["decroche_time_to_human_seconds_count"][0][1] == 4
    assert page["decroche_time_to_human_seconds_sum"][0][1] == 12.5


def test_what_was_heard_and_where_the_prompts_changed() -> None:
    page = samples(render(snapshot()))
    assert page["decroche_voice_seconds_total"] == [({"sound": "speech"}, 7.5)]
    assert page["decroche_prompts_changed_total"] == [({"service": HARD}, 1.0)]


def test_calls_in_flight_are_told_by_state_and_nobody_is_a_zero() -> None:
    states = {labels["state"]: n for labels, n in samples(render(snapshot()))["decroche_calls_in_flight"]}
    assert (states["queue"], states["ringing"]) == (2, 0)
    assert "over" not in states


def test_what_is_not_known_is_absent_and_not_zero() -> None:
    page = samples(render(snapshot()))
    assert "decroche_kpi_verdict" not in page
    assert "decroche_trunk_registered" not in page
    assert "decroche_collapse_ratio" not in page
    assert page["decroche_kpi_n"] == [({"service": "s", "kpi": "agent_pickup_rate"}, 12.0)]


def test_a_verdict_is_of_the_month_that_is_over_and_never_of_the_running_one() -> None:
    page = samples(render(snapshot(services={"s": with_verdict("met")}, closed={"s": with_verdict("not_met")})))
    assert page["decroche_kpi_verdict"] == [({"service": "s", "kpi": "agent_pickup_rate", "verdict": "not_met"}, 1.0)]


def test_an_empty_program_still_has_a_page() -> None:
    page = samples(render(Snapshot(taken_at_s=0.0)))
    assert page["decroche_seats"][0][1] == 0


def test_outcomes_join_to_who_answers_for_them() -> None:
    rows = {
        labels["outcome"]: labels for labels, _ in samples(render(Snapshot(taken_at_s=0.0)))["decroche_outcome_info"]
    }
    assert len(rows) == 25
    assert (rows["busy"]["who"], rows["busy"]["counted"]) == ("service", "true")
    assert (rows["own_failure"]["who"], rows["own_failure"]["counted"]) == ("own", "false")


MET = ("human", "busy", "dissuaded", "dropped", "queue_timeout", "no_answer")


def full(services: int, outcomes: tuple[str, ...] = MET, scripts: tuple[str, ...] = ("agent", "optout")) -> Snapshot:
    """So many services with every figure there is and these outcomes met by each script."""
    judged = ("agent_pickup_rate", "human_reach_rate")
    kpis = tuple(
        KpiFigure(kpi=k, estimate=0.5, lower=0.4, upper=0.6, n=200, target=t, verdict="met" if t else None)
        for k in DEFINITIONS
        for t in [0.85 if k in judged else None]
    )
    within = tuple(Within(within_s=t, estimate=0.5, lower=0.4, upper=0.6) for t in ("180", "300", "600"))
    ids = [f"s{i}" for i in range(services)]
    counts = tuple(
        Counted(name="attempts", labels={"service": i, "script": script, "outcome": outcome}, count=1)
        for i in ids
        for script in scripts
        for outcome in outcomes
    )
    figures = {i: ServiceFigures(kpis=kpis, within=within, collapse=0.1) for i in ids}
    return snapshot(services=figures, closed=figures, identities=tuple(map(who, ids)), counters=Counters(counts=counts))


def series(page: bytes) -> int:
    return sum(1 for line in page.splitlines() if line and not line.startswith(b"#"))


@pytest.mark.parametrize("services", [1_000, 10_000])
def test_a_service_adds_96_series_and_no_histogram(services: int) -> None:
    """Hence 96,000 series for 1,000 services and 960,000 for 10,000 (docs/grafana.md), and 200 at the most besides."""
    page = render(full(services))
    assert 96 * services < series(page) < 96 * services + 200
    assert b"_bucket{" not in b"".join(line for line in page.splitlines() if b'service="' in line)


def test_a_service_that_met_every_outcome_adds_no_more_than_159() -> None:
    every = tuple(o.value for o in Outcome)
    scripts = ("agent", "optout", "direct")
    assert series(render(full(20, every, scripts))) - series(render(full(10, every, scripts))) == 10 * 159


OPEN = tuple(Hour(weekday, hour, 4, 3) for weekday in range(1, 6) for hour in range(8, 18))
"""Fifty hours a week."""


def hours_of(services: int, week: tuple[Hour, ...] = OPEN, ministries: int = 20) -> tuple[AreaHour, ...]:
    places = [(f"s{n}", f"Ministère {n % ministries}", f"{n % 107:03}") for n in range(services)]
    return area_hours({s: ServiceFigures(week=week) for s, _, _ in places}, places)


@pytest.mark.parametrize("services", [1_000, 10_000])
def test_hours_of_the_week_add_12_800_series_however_many_services(services: int) -> None:
    """128 areas (the nation, 20 ministries, 107 départements) with 50 hours and two figures (docs/grafana.md)."""
    page = render(Snapshot(taken_at_s=0.0, area_hours=hours_of(services)))
    assert series(page) - series(render(Snapshot(taken_at_s=0.0))) == 128 * 50 * 2


def test_hours_of_the_week_add_no_more_than_67_200_series_whatever_is_called_a_ministry() -> None:
    always = tuple(Hour(weekday, hour, 1, 0) for weekday in range(1, 8) for hour in range(24))
    found = hours_of(1_000, always, ministries=900)
    assert len(found) * 2 == MOST_AREAS * 168 * 2 == 67_200
    assert sum(h.n for h in found if h.level == "national") == 168_000
    assert len({h.area for h in found if h.level == "department"}) == 107


def test_hours_of_an_area_are_the_sum_of_its_services_and_a_stranger_counts_for_the_nation() -> None:
    figures = {s: ServiceFigures(week=(Hour(1, 9, n, x),)) for s, n, x in (("a", 4, 1), ("b", 6, 5), ("c", 1, 0))}
    found = area_hours(
        {**figures, "d": ServiceFigures()}, [("a", "M", "75"), ("b", "M", ""), ("c", "", ""), ("e", "M", "")]
    )
    assert [(h.level, h.area, h.weekday, h.hour, h.n, h.reached) for h in found] == [
        ("department", "75", 1, 9, 4, 1),
        ("ministry", "M", 1, 9, 10, 6),
        ("national", "France", 1, 9, 11, 6),
    ]
