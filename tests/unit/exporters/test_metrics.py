"""The scrape: names and help that promtool accepts, labels that hold anything, and what is absent stays absent."""

from __future__ import annotations

import subprocess
from math import inf

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporters.kpi import DEFINITIONS
from exporters.metrics import KpiFigure, Snapshot, TrunkState, render
from storage.counting import Counted, Counters, Histogram

HARD = 'Mairie "d\'Été"\n\\ fin ' + "é" * 200


def snapshot(**more: object) -> Snapshot:
    labels = {"service": HARD, "script": "agent", "outcome": "human", "number_class": "short"}
    counters = Counters(
        counts=(
            Counted(name="attempts", labels=labels, count=3),
            Counted(name="attempts", labels=labels | {"number_class": "free"}, count=2),
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
    figure = KpiFigure(service="s", kpi="agent_pickup_rate", estimate=0.4, lower=0.1, upper=0.7, n=12)
    values = {
        "taken_at_s": 1.5,
        "counters": counters,
        "figures": (figure,),
        "trunks": (TrunkState(name="t", reference_ok=True, reference_at_s=1.0),),
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
    done = subprocess.run(["promtool", "check", "metrics"], input=render(snapshot()), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_counts_of_number_classes_add_up_and_labels_come_back_as_they_were() -> None:
    (sample,) = samples(render(snapshot()))["decroche_attempts_total"]
    assert sample == ({"service": HARD, "script": "agent", "outcome": "human"}, 5.0)


def test_histogram_has_its_sum_and_count() -> None:
    page = samples(render(snapshot()))
    assert page["decroche_time_to_human_seconds_count"][0][1] == 4
    assert page["decroche_time_to_human_seconds_sum"][0][1] == 12.5


def test_no_verdict_and_no_registration_are_absent_and_not_zero() -> None:
    page = samples(render(snapshot()))
    assert "decroche_kpi_verdict" not in page
    assert "decroche_trunk_registered" not in page
    assert page["decroche_kpi_n"] == [({"service": "s", "kpi": "agent_pickup_rate"}, 12.0)]


def test_a_verdict_that_may_be_given_is_shown() -> None:
    figure = KpiFigure(service="s", kpi="k", estimate=0.9, lower=0.88, upper=0.95, n=400, verdict="met")
    page = samples(render(snapshot(figures=(figure,))))
    assert page["decroche_kpi_verdict"] == [({"service": "s", "kpi": "k", "verdict": "met"}, 1.0)]


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


def series(services: int) -> int:
    """Lines of a page that shows so many services, each with two scripts and six outcomes met by each."""
    figures = tuple(
        KpiFigure(service=f"s{i}", kpi=k, estimate=0.5, lower=0.4, upper=0.6, n=200, verdict=verdict)
        for i in range(services)
        for k in DEFINITIONS
        for verdict in ["met" if k in ("agent_pickup_rate", "human_reach_rate") else None]
    )
    counts = tuple(
        Counted(name="attempts", labels={"service": f"s{i}", "script": script, "outcome": outcome}, count=1)
        for i in range(services)
        for script in ("agent", "optout")
        for outcome in ("human", "busy", "dissuaded", "dropped", "queue_timeout", "no_answer")
    )
    classes = tuple((f"s{i}", "short") for i in range(services))
    page = render(snapshot(figures=figures, counters=Counters(counts=counts), number_classes=classes))
    return sum(1 for line in page.splitlines() if line and not line.startswith(b"#"))


def test_a_service_adds_83_series_and_no_histogram() -> None:
    """Hence 83,000 series for 1,000 services and 830,000 for 10,000."""
    assert series(30) - series(10) == 20 * 83
