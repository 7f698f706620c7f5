"""What Prometheus keeps over a restart, a lost database, a month's end and names that hold anything."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rounds import HARD, MONTHS, SERVICES, a_round, filled, watching
from scraping import Loop, prometheus_at, showing

from exporters.exposition import LONGEST_LABEL
from storage.catalogue import Service
from storage.embedded import EmbeddedPostgres
from storage.migrations import upgrade
from storage.store import Store

pytestmark = [pytest.mark.needs("prometheus"), pytest.mark.timeout(240)]
TOTAL = "sum(max by (service, script, outcome) (decroche_attempts_total))"


@pytest.fixture
def loop() -> Iterator[Loop]:
    """An event loop beside the test."""
    with Loop() as running:
        yield running


def total(loop: Loop, store: Store) -> int:
    """Attempts counted in the store."""
    return sum(c.count for c in loop(store.counters()).counts if c.name == "attempts")


def test_a_program_that_starts_again_goes_on_with_the_series(loop: Loop, postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url)
    loop(filled(store))
    first = watching(store, tmp_path / "spool")
    loop(first.refresh())
    before = total(loop, store)
    with contextlib.ExitStack() as stack:
        with showing(first) as port:
            prometheus = stack.enter_context(prometheus_at(tmp_path, [port]))
            prometheus.until(TOTAL, before)
            kept = {repr(r["metric"]) for r in prometheus.query('{__name__=~"decroche_.+"}')}
        prometheus.until("up", 0)
        loop(a_round(store))
        again = watching(store, tmp_path / "spool")
        loop(again.refresh())
        with showing(again, port):
            prometheus.until(TOTAL, total(loop, store))
            assert total(loop, store) > before
            prometheus.until('sum(resets({__name__=~"decroche_.+_total"}[5m]))', 0)
            prometheus.until(f"{TOTAL} - min_over_time(({TOTAL})[5m:1s])", total(loop, store) - before)
            assert kept <= {repr(r["metric"]) for r in prometheus.query('{__name__=~"decroche_.+"}')}
    loop(store.close())


def test_names_of_every_kind_reach_prometheus_and_come_back(loop: Loop, postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url)
    names = {"dur": HARD, "vide": "", "long": "é" * 10_000, 'id"\n\\é': "l'été"}
    loop(store.catalogue.save([], [Service(id=i, name=name) for i, name in names.items()]))
    watch = watching(store, tmp_path / "spool")
    loop(watch.refresh())
    with showing(watch) as port, prometheus_at(tmp_path, [port]) as prometheus:
        prometheus.until("count(decroche:service_info)", len(names))
        shown = {r["metric"]["service"]: r["metric"].get("name", "") for r in prometheus.query("decroche:service_info")}
    assert {i: name for i, name in shown.items() if i != "long"} == {i: n for i, n in names.items() if i != "long"}
    assert len(shown["long"]) == LONGEST_LABEL
    loop(store.close())


def test_a_database_that_goes_away_leaves_figures_that_grow_old(loop: Loop, tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "db", settings={"fsync": "off"})
    url = server.start()
    try:
        upgrade(url)
        store = Store(url)
        loop(a_round(store, rounds=1))
        watch = watching(store, tmp_path / "spool")
        loop(watch.refresh())
        with showing(watch) as port, prometheus_at(tmp_path, [port]) as prometheus:
            prometheus.until("decroche_store_up", 1)
            taken = prometheus.query("decroche_snapshot_timestamp_seconds")[0]["value"][1]
            figures = len(prometheus.query("decroche_kpi_estimate"))
            server.stop()
            loop(watch.refresh())
            prometheus.until("decroche_store_up", 0)
            assert prometheus.query("up")[0]["value"][1] == "1"
            assert prometheus.query("decroche_snapshot_timestamp_seconds")[0]["value"][1] == taken
            assert len(prometheus.query("decroche_kpi_estimate")) == figures > 40
        loop(store.close())
    finally:
        server.stop()


def test_at_midnight_in_paris_the_month_ends_and_nothing_falls_to_zero(
    loop: Loop, postgres_url: str, tmp_path: Path
) -> None:
    store = Store(postgres_url)
    loop(filled(store))
    watch = watching(store, tmp_path / "spool")
    loop(watch.refresh())
    counted = total(loop, store)
    with showing(watch) as port, prometheus_at(tmp_path, [port]) as prometheus:
        prometheus.until('count(decroche_kpi_n{kpi="agent_pickup_rate"})', len(SERVICES))
        prometheus.until("count(decroche_month_info)", 1)
        assert prometheus.query("decroche_month_info")[0]["metric"]["month"] == f"{MONTHS[0]:%Y-%m}"
        watch.now = lambda: datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
        loop(watch.refresh())
        prometheus.until('count(decroche_month_info{month="2027-01"})', 1)
        assert prometheus.query("decroche_kpi_estimate") == []
        assert float(prometheus.query(TOTAL)[0]["value"][1]) == counted
        assert prometheus.query('sum(resets({__name__=~"decroche_.+_total"}[5m]))')[0]["value"][1] == "0"
        verdicts = {r["metric"]["service"] for r in prometheus.query("decroche_kpi_verdict")}
        assert verdicts and "petit" not in verdicts
    loop(store.close())
